internal import CoreModel
internal import ManifestTree

/// Whom a statement trusts to sign (trust-store-trust-policy.md, "Trusted Identities Constraints").
package enum TrustedIdentity: Hashable, Sendable, CustomStringConvertible {
    /// Everybody whose certificate leads to a trust store.
    case any
    /// Whose certificate's subject has all of these attributes.
    case subject(NamePattern)
    /// Something that only a plugin of notation understands; nobody matches it here.
    case foreign(String)

    private static let subjectPrefix = "x509.subject"

    init(_ text: String) throws(NotationProblem) {
        if text == "*" {
            self = .any
            return
        }
        guard let colon = text.firstIndex(of: ":") else {
            throw NotationProblem(
                "has the identity \(text.quotedForMessage); write \"*\" or \"x509.subject: C=…, ST=…, O=…\""
            )
        }
        guard text[..<colon] == Self.subjectPrefix else {
            self = .foreign(text)
            return
        }
        do {
            self = .subject(try NamePattern(parsing: String(text[text.index(after: colon)...])))
        } catch {
            throw NotationProblem("has the identity \(text.quotedForMessage), which \(error.reason)")
        }
    }

    package var description: String {
        switch self {
        case .any: "*"
        case .subject(let pattern): "\(Self.subjectPrefix): \(pattern)"
        case .foreign(let text): text
        }
    }
}

/// Attributes that the subject of a certificate has to have, each with exactly this value.
package struct NamePattern: Hashable, Sendable, CustomStringConvertible {
    /// By object identifier in dotted form.
    package let attributes: [String: String]
    /// As it was written.
    package let description: String

    /// Keywords of RFC 4514 section 3, and those that notation knows besides.
    private static let keywords: [String: String] = [
        "CN": "2.5.4.3", "SERIALNUMBER": "2.5.4.5", "C": "2.5.4.6", "L": "2.5.4.7", "ST": "2.5.4.8", "S": "2.5.4.8",
        "STREET": "2.5.4.9", "O": "2.5.4.10", "OU": "2.5.4.11", "POSTALCODE": "2.5.4.17",
        "DC": "0.9.2342.19200300.100.1.25", "UID": "0.9.2342.19200300.100.1.1",
    ]
    private static let mandatory = ["C", "ST", "O"]

    /// Parses `C=US, ST=WA, O=acme.io`; country, state and organization have to be among the attributes.
    init(parsing text: String) throws(NotationProblem) {
        description = text.trimmed
        var attributes: [String: String] = [:]
        for part in try Self.parts(of: text) {
            guard let equals = part.firstIndex(of: "=") else {
                throw NotationProblem("has \(part.quotedForMessage) where TYPE=VALUE belongs")
            }
            let type = String(part[..<equals]).trimmed
            guard let identifier = Self.identifier(type) else {
                throw NotationProblem("has the attribute \(type.quotedForMessage), which is unknown")
            }
            guard attributes[identifier] == nil else { throw NotationProblem("has the attribute \(type) twice") }
            attributes[identifier] = try Self.value(String(part[part.index(after: equals)...]), of: type)
        }
        for keyword in Self.mandatory where attributes[Self.keywords[keyword] ?? ""] == nil {
            throw NotationProblem("has no \(keyword); C, ST and O have to be there")
        }
        self.attributes = attributes
    }

    /// Whether every certificate that the other names, this one names as well.
    func covers(_ other: NamePattern) -> Bool {
        attributes.allSatisfy { other.attributes[$0.key]?.isExactly($0.value) == true }
    }

    /// The text between unescaped commas, escapes kept.
    private static func parts(of text: String) throws(NotationProblem) -> [String] {
        var parts = [""]
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if isEscaped {
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "," {
                parts.append("")
                continue
            } else if scalar == ";" || scalar == "+" {
                throw NotationProblem("has an unescaped \(scalar); attributes are separated by commas, one in each")
            }
            parts[parts.count - 1].unicodeScalars.append(scalar)
        }
        return parts
    }

    private static func identifier(_ type: String) -> String? {
        if let known = keywords[type.uppercased()] { return known }
        let arcs = type.split(separator: ".", omittingEmptySubsequences: false)
        guard arcs.count > 1, arcs.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
        else { return nil }
        return type
    }

    /// The value without its escapes (RFC 4514 section 2.4) and without the white space around it.
    private static func value(_ text: String, of type: String) throws(NotationProblem) -> String {
        let raw = Array(text.utf8)
        var bytes: [UInt8] = []
        /// Up to where white space at the end was escaped and stays.
        var kept = 0
        var index = raw.firstIndex { $0 != UInt8(ascii: " ") } ?? raw.count
        guard index < raw.count, raw[index] != UInt8(ascii: "#") else {
            throw NotationProblem("gives \(type) no value in text")
        }
        while index < raw.count {
            defer { index += 1 }
            guard raw[index] == UInt8(ascii: "\\") else {
                guard !"\"<>".utf8.contains(raw[index]), raw[index] >= 0x20 else {
                    throw NotationProblem("has a character in the value of \(type) that needs a \\ before it")
                }
                bytes.append(raw[index])
                continue
            }
            guard index + 1 < raw.count else { throw NotationProblem("ends in a lone \\") }
            if " ,;\\+\"<>=#".utf8.contains(raw[index + 1]) {
                bytes.append(raw[index + 1])
                index += 1
            } else if index + 2 < raw.count, let byte = hexadecimal(raw[index + 1], raw[index + 2]) {
                bytes.append(byte)
                index += 2
            } else {
                throw NotationProblem("has a \\ before a character that needs none")
            }
            kept = bytes.count
        }
        while bytes.count > kept, bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
        guard !bytes.isEmpty, let value = String(validating: bytes, as: UTF8.self) else {
            throw NotationProblem("gives \(type) no value in text")
        }
        return value
    }

    private static func hexadecimal(_ high: UInt8, _ low: UInt8) -> UInt8? {
        guard let high = Hex.value(high), let low = Hex.value(low) else { return nil }
        return high << 4 | low
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...]
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// Byte for byte: `==` alone would take two spellings of one character for the same text.
    func isExactly(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
