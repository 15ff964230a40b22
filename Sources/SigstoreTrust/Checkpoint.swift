internal import CoreModel
internal import ManifestTree
internal import SignatureCrypto

/// What a log says of its tree at some time: a signed note (C2SP signed-note, tlog-checkpoint).
struct Checkpoint: Hashable, Sendable {
    /// The largest note read, in bytes.
    static let sizeLimit = 64 << 10
    /// The most signatures read: of the log and of witnesses.
    static let signatureLimit = 100

    /// One signature of the note.
    struct Signature: Hashable, Sendable {
        let name: String
        /// Four bytes that tell keys apart.
        let keyHash: [UInt8]
        let bytes: [UInt8]
    }

    /// The tree that it is about, such as `rekor.sigstore.dev - 2605736670972794746`.
    let origin: String
    let treeSize: UInt64
    let rootHash: [UInt8]
    let signatures: [Signature]
    /// What is signed: the text with its last line feed.
    let text: [UInt8]

    /// Reads a note; nothing in it is believed before a signature is checked.
    init(parsing note: String) throws(SigstoreProblem) {
        guard note.utf8.count <= Self.sizeLimit else { throw Self.problem("is larger than \(Self.sizeLimit) bytes") }
        let bytes = Array(note.utf8)
        guard bytes.allSatisfy({ $0 >= 0x20 || $0 == 0x0A }), bytes.last == 0x0A else {
            throw Self.problem("is not a signed note")
        }
        // The signatures follow the last empty line, so that text which the log signed cannot pose as one.
        guard let end = bytes.indices.dropLast().last(where: { bytes[$0] == 0x0A && bytes[$0 + 1] == 0x0A }) else {
            throw Self.problem("has no signatures")
        }
        text = Array(bytes[...end])
        let lines = bytes[..<end].split(separator: 0x0A, omittingEmptySubsequences: false).map(Self.string)
        guard lines.count >= 3, !lines[0].isEmpty else { throw Self.problem("has not the three lines that it needs") }
        origin = lines[0]
        guard let size = UInt64(lines[1]), String(size) == lines[1] else {
            throw Self.problem("has the tree size \(lines[1].quotedForMessage)")
        }
        treeSize = size
        guard let hash = Base64.decode(lines[2]), hash.count == MerkleTree.hashSize else {
            throw Self.problem("has no root hash of SHA-256")
        }
        rootHash = hash
        signatures = try Self.signatures(bytes[(end + 2)...])
    }

    private static func signatures(_ bytes: ArraySlice<UInt8>) throws(SigstoreProblem) -> [Signature] {
        let lines = bytes.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
        guard (1...signatureLimit).contains(lines.count) else {
            throw problem("has \(lines.count) signatures, and 1 to \(signatureLimit) are taken")
        }
        var signatures: [Signature] = []
        for line in lines.map(string) {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "\u{2014}", !parts[1].isEmpty, let content = Base64.decode(parts[2]),
                content.count > 4
            else { throw problem("has the malformed signature \(line.quotedForMessage)") }
            signatures.append(
                Signature(name: String(parts[1]), keyHash: Array(content[..<4]), bytes: Array(content[4...]))
            )
        }
        return signatures
    }

    private static func string(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func problem(_ what: String) -> SigstoreProblem {
        SigstoreProblem("the checkpoint of its log entry \(what)")
    }
}

extension Checkpoint {
    /// Whether it is of a log in tiles (Rekor 2), which has one tree; Rekor 1 ends an origin with the tree's number.
    var isOfTiledLog: Bool {
        guard let dash = origin.ranges(of: " - ").last else { return true }
        let number = origin[dash.upperBound...]
        return number.isEmpty || !number.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Checks that the log signed it: by its key, and in tiled logs under its own name.
    func verify(by log: TransparencyLog) throws {
        let name = isOfTiledLog ? log.host : nil
        if let name, origin != name {
            throw Self.problem("is of the log \(origin.quotedForMessage), not of \(name.quotedForMessage)")
        }
        let hashes = try Self.keyHashes(log, origin: origin)
        let own = signatures.filter { hashes.contains($0.keyHash) && (name == nil || $0.name == name) }
        guard !own.isEmpty else { throw Self.problem("is not signed by its log") }
        guard try own.contains(where: { try log.key.verify($0.bytes, of: text) }) else {
            throw Self.problem("has a false signature")
        }
    }

    /// The first four bytes of the key's hash, as the scheme has it (C2SP signed-note, "Signatures") and as Rekor 1
    /// has it for every key.
    private static func keyHashes(_ log: TransparencyLog, origin: String) throws -> Set<[UInt8]> {
        let info = log.key.key.encoded()
        let named = Array(origin.utf8) + [0x0A]
        let input: [UInt8]
        switch log.key.scheme {
        case .ecdsa: input = info
        case .ed25519, .ed25519ph: input = named + [1] + info.suffix(32)
        case .rsaPKCS1, .rsaPSS: input = named + [0xFF] + Array("PKIX-RSA-PKCS#1v1.5".utf8) + info
        }
        return Set(try [info, input].map { Array(try Digest.of($0).bytes.prefix(4)) })
    }
}
