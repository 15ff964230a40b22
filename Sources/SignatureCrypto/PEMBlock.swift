internal import CoreModel

/// One textual encoding of RFC 7468: the label of its boundaries and the bytes between them.
package struct PEMBlock: Sendable, CustomStringConvertible, CustomReflectable {
    /// The largest key file read; an RSA key of 16,384 bits needs about 13 KiB with its private half.
    package static let sizeLimit = 65_536
    /// PKCS#8 with a password.
    package static let encryptedLabel = "ENCRYPTED PRIVATE KEY"

    package let label: String
    package let bytes: [UInt8]

    /// Reads text that holds one block. Explanatory text may stand before it (RFC 7468 section 2), only white space
    /// after it.
    /// - Throws: `CryptoError.invalidKey`; `subject` starts its sentence.
    package init(onlyBlockIn text: String, subject: String) throws {
        func refuse(_ what: String) -> CryptoError { CryptoError(.invalidKey, "\(subject) \(what)") }
        guard text.utf8.count <= Self.sizeLimit else {
            throw refuse("is larger than \(Self.sizeLimit) bytes; give one key in PEM form")
        }
        var lines = Self.withoutCurve(Self.lines(of: text)[...])
        guard let start = lines.firstIndex(where: { Self.label(of: $0, boundary: "BEGIN") != nil }),
            let label = Self.label(of: lines[start], boundary: "BEGIN")
        else { throw refuse("is not in PEM form; it has to start with a line like -----BEGIN PUBLIC KEY-----") }
        lines = lines[(start + 1)...]
        guard let end = lines.firstIndex(where: { $0.hasPrefix("-----") }),
            Self.label(of: lines[end], boundary: "END") == label
        else { throw refuse("is cut off; the line -----END \(label)----- is missing") }
        try Self.checkRest(lines[(end + 1)...], refuse)
        let body = lines[..<end]
        guard !body.contains(where: { $0.contains(":") }) else {
            throw refuse(
                "carries PEM headers, or is encrypted as OpenSSL did of old; convert it with 'openssl pkcs8 -topk8'"
            )
        }
        guard let bytes = Base64.decode(body.joined()), !bytes.isEmpty else {
            throw refuse("has a PEM body that is not base64; export the key again")
        }
        self.label = label
        self.bytes = bytes
    }

    /// The largest file of several blocks; a store of authorities has a few hundred KiB.
    package static let listSizeLimit = 4 << 20

    /// The bytes of all blocks, which have to be of one kind. Text between them is skipped.
    /// - Throws: `CryptoError.invalidKey` for a block of another kind, for one that is cut off or not base64, and for a
    ///   text without any; `subject` starts its sentence.
    package static func list(_ bytes: [UInt8], label wanted: String, subject: String) throws -> [[UInt8]] {
        func refuse(_ what: String) -> CryptoError { CryptoError(.invalidKey, "\(subject) \(what)") }
        guard bytes.count <= listSizeLimit, let text = String(validating: bytes, as: UTF8.self) else {
            throw refuse("is not text of at most \(listSizeLimit) bytes; give \(wanted) blocks in PEM form")
        }
        var found: [[UInt8]] = []
        var body: [Substring]?
        for line in lines(of: text) {
            if let label = label(of: line, boundary: "BEGIN") {
                guard body == nil, label == wanted else {
                    throw refuse("holds a PEM block of type \(label.debugDescription); give only \(wanted) blocks")
                }
                body = []
            } else if let lines = body, line.hasPrefix("-----") {
                guard label(of: line, boundary: "END") == wanted, let bytes = Base64.decode(lines.joined()),
                    !bytes.isEmpty
                else { throw refuse("has a PEM block that is cut off or not base64; export it again") }
                found.append(bytes)
                body = nil
            } else {
                body?.append(line)
            }
        }
        guard body == nil else { throw refuse("is cut off; the line -----END \(wanted)----- is missing") }
        guard !found.isEmpty else { throw refuse("has no PEM block of type \(wanted); give at least one") }
        return found
    }

    /// The label alone: the bytes may be a private key.
    package var description: String { "PEM block \(label.debugDescription)" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    /// `openssl ecparam -genkey` writes the curve's name in a block of its own before the key, which names it too.
    private static func withoutCurve(_ lines: ArraySlice<Substring>) -> ArraySlice<Substring> {
        let name = "EC PARAMETERS"
        guard let first = lines.first, label(of: first, boundary: "BEGIN") == name,
            let end = lines.firstIndex(where: { label(of: $0, boundary: "END") == name })
        else { return lines }
        return lines[(end + 1)...]
    }

    private static func checkRest(_ rest: ArraySlice<Substring>, _ refuse: (String) -> CryptoError) throws {
        if rest.contains(where: { label(of: $0, boundary: "BEGIN") != nil }) {
            throw refuse("is one of several in the same PEM text; give each key an entry of its own")
        }
        guard rest.allSatisfy(\.isEmpty) else { throw refuse("is followed by other text; remove what stands after it") }
    }

    /// The lines without the white space at their ends; a byte order mark counts as white space.
    private static func lines(of text: String) -> [Substring] {
        let start = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
        return start.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map(trimmed)
    }

    private static func trimmed(_ line: Substring) -> Substring {
        var line = line
        while let last = line.last, last == " " || last == "\t" || last == "\r" { line.removeLast() }
        return line.drop { $0 == " " || $0 == "\t" }
    }

    private static func label(of line: Substring, boundary: String) -> String? {
        let start = "-----\(boundary) "
        guard line.hasPrefix(start), line.hasSuffix("-----"), line.count > start.count + 5 else { return nil }
        return String(line.dropFirst(start.count).dropLast(5))
    }
}
