import CoreModel
package import ManifestTree
import SignatureCrypto

/// A log of signatures that signs whatever it is given: Rekor of version 1, or of version 2, which keeps tiles.
package struct TestSignatureLog: Sendable {
    package let key: TestKeyPair
    package let host: String
    package let isTiled: Bool
    /// What was logged before.
    package var before: [[UInt8]] = (0..<5).map { Array("an entry of somebody else, number \($0)".utf8) }
    /// What was logged after.
    package var after: [[UInt8]] = (0..<6).map { Array("a later entry, number \($0)".utf8) }

    package init(host: String, key: TestKeyPair, isTiled: Bool) {
        self.host = host
        self.key = key
        self.isTiled = isTiled
    }

    package var url: String { "https://\(host)" }

    /// The identifier by which entries name the log.
    package var identifier: [UInt8] {
        get throws {
            guard isTiled, key.kind == .ed25519 else { return key.identifier }
            return try TestMerkleTree.sha256(Array("\(host)\n".utf8) + [1] + key.publicInfo.suffix(32))
        }
    }

    /// The first line of checkpoints.
    package var origin: String { isTiled ? host : "\(host) - 1193050959916656506" }

    /// Logs a body.
    package func entry(_ body: [UInt8], kind: String, version: String, at time: Int64) throws -> TestLogEntry {
        let tree = TestMerkleTree(before + [body] + after)
        let root = try tree.root()
        // Rekor 1 counts over all trees that it ever had.
        let index = isTiled ? before.count : before.count + 1_000
        var entry = TestLogEntry(logID: try identifier, index: index, kind: kind, version: version, body: body)
        entry.integratedTime = isTiled ? 0 : time
        entry.signedEntryTimestamp = isTiled ? nil : try key.signing.sign(entry.signedText, scheme: key.scheme)
        entry.proofIndex = before.count
        entry.rootHash = root
        entry.treeSize = tree.entries.count
        entry.hashes = try tree.proof(of: before.count)
        entry.checkpoint = try checkpoint(size: tree.entries.count, root: root)
        return entry
    }

    /// A signed note about a tree.
    package func checkpoint(size: Int, root: [UInt8], origin: String? = nil, name: String? = nil) throws -> String {
        let text = "\(origin ?? self.origin)\n\(size)\n\(Base64.encode(root))\n"
        let signature = try key.signing.sign(Array(text.utf8), scheme: key.scheme)
        let hash = try identifier.prefix(4)
        return "\(text)\n\u{2014} \(name ?? host) \(Base64.encode(hash + signature))\n"
    }

    /// The log as a trusted root lists it.
    package func instance(from start: Int64, to end: Int64? = nil) throws -> Tree {
        .logInstance(url: url, key: key, identifier: try identifier, from: start, to: end)
    }
}

/// An entry as a bundle carries it; each field may be bent.
package struct TestLogEntry: Sendable {
    package var logID: [UInt8]
    package var index: Int
    package var kind: String
    package var version: String
    package var body: [UInt8]
    package var integratedTime: Int64 = 0
    package var signedEntryTimestamp: [UInt8]?
    package var hasProof = true
    package var proofIndex = 0
    package var rootHash: [UInt8] = []
    package var treeSize = 0
    package var hashes: [[UInt8]] = []
    package var checkpoint = ""

    init(logID: [UInt8], index: Int, kind: String, version: String, body: [UInt8]) {
        self.logID = logID
        self.index = index
        self.kind = kind
        self.version = version
        self.body = body
    }

    /// What Rekor 1 signs at once, in canonical JSON.
    package var signedText: [UInt8] {
        Array(
            """
            {"body":"\(Base64.encode(body))","integratedTime":\(integratedTime),"logID":"\(Hex.encode(logID))",\
            "logIndex":\(index)}
            """.utf8
        )
    }

    /// The entry in a bundle.
    package var tree: Tree {
        var tree: Tree = [
            "logIndex": .string(String(index)), "logId": ["keyId": .string(Base64.encode(logID))],
            "kindVersion": ["kind": .string(kind), "version": .string(version)],
            "canonicalizedBody": .string(Base64.encode(body)),
        ]
        if integratedTime != 0 { tree["integratedTime"] = .string(String(integratedTime)) }
        if let signedEntryTimestamp {
            tree["inclusionPromise"] = ["signedEntryTimestamp": .string(Base64.encode(signedEntryTimestamp))]
        }
        if hasProof {
            tree["inclusionProof"] = [
                "logIndex": .string(String(proofIndex)), "rootHash": .string(Base64.encode(rootHash)),
                "treeSize": .string(String(treeSize)),
                "hashes": .list(hashes.map { .string(Base64.encode($0)) }),
                "checkpoint": ["envelope": .string(checkpoint)],
            ]
        }
        return tree
    }

    /// The entry in cosign 2's annotation `dev.sigstore.cosign/bundle`.
    package var annotation: String {
        let tree: Tree = [
            "SignedEntryTimestamp": .string(Base64.encode(signedEntryTimestamp ?? [])),
            "Payload": [
                "body": .string(Base64.encode(body)),
                "integratedTime": .number(Tree.Number(Int(integratedTime))),
                "logIndex": .number(Tree.Number(index)), "logID": .string(Hex.encode(logID)),
            ],
        ]
        return tree.jsonString()
    }
}

extension Tree {
    /// A `TransparencyLogInstance`.
    static func logInstance(
        url: String,
        key: TestKeyPair,
        identifier: [UInt8],
        from start: Int64,
        to end: Int64?
    ) -> Tree {
        let details =
            switch key.kind {
            case .p256: "PKIX_ECDSA_P256_SHA_256"
            case .p384: "PKIX_ECDSA_P384_SHA_384"
            case .p521: "PKIX_ECDSA_P521_SHA_512"
            case .ed25519: "PKIX_ED25519"
            case .rsa: "PKIX_RSA_PKCS1V15_2048_SHA256"
            }
        return [
            "baseUrl": .string(url), "hashAlgorithm": "SHA2_256",
            "publicKey": [
                "rawBytes": .string(Base64.encode(key.publicInfo)), "keyDetails": .string(details),
                "validFor": .window(from: start, to: end),
            ],
            "logId": ["keyId": .string(Base64.encode(identifier))],
        ]
    }

    /// A `TimeRange`.
    static func window(from start: Int64, to end: Int64?) -> Tree {
        var tree: Tree = ["start": .string(Timestamp(seconds: start).description)]
        if let end { tree["end"] = .string(Timestamp(seconds: end).description) }
        return tree
    }
}
