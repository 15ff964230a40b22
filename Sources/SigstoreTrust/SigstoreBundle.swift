package import CoreModel
internal import ManifestTree

/// A signature with all that it takes to verify it offline: a Sigstore bundle (`dev.sigstore.bundle.v1.Bundle` in
/// protobuf's JSON form), as it lies in a registry since cosign 3.
package struct SigstoreBundle: Hashable, Sendable {
    /// What is signed.
    package enum Content: Hashable, Sendable {
        case envelope(SignedEnvelope)
        /// The bytes with this digest, such as those of the manifest itself.
        case message(Digest, signature: [UInt8])
    }

    /// The media type that is written: of the manifest, of its layer, and in the bundle itself.
    package static let mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"

    /// How the media types of all versions begin.
    private static let family = "application/vnd.dev.sigstore.bundle"
    /// The minor versions by what follows.
    private static let versions: [String: Int] = [
        ".v0.3+json": 3, "+json;version=0.3": 3, "+json;version=0.2": 2, "+json;version=0.1": 1,
    ]

    package let content: Content
    /// Not read until it is asked for: a policy of keys needs none of it, and newer signers add to it.
    private let held: Held

    private enum Held: Hashable, Sendable {
        case written(Tree, version: Int)
        case made(VerificationMaterial)
    }

    package init(_ content: Content, _ material: VerificationMaterial) {
        self.content = content
        held = .made(material)
    }

    /// Whether a media type is that of some version of a bundle, one that is not known here included: such a signature
    /// is refused with that reason and not overlooked.
    package static func isBundle(_ mediaType: String?) -> Bool {
        guard let rest = mediaType.flatMap(suffix) else { return false }
        return rest.hasPrefix("+json") || rest.hasPrefix(".v")
    }

    private static func suffix(_ mediaType: String) -> String? {
        mediaType.hasPrefix(family) ? String(mediaType.dropFirst(family.count)) : nil
    }

    /// The minor version that a media type stands for; a patch of one changes nothing. Nil for others.
    private static func version(_ mediaType: String) -> Int? {
        guard let rest = suffix(mediaType) else { return nil }
        if let known = versions[rest] { return known }
        guard rest.hasPrefix(".v0.3."), rest.hasSuffix("+json") else { return nil }
        let patch = rest.dropFirst(".v0.3.".count).dropLast("+json".count)
        return patch.isEmpty || !patch.utf8.allSatisfy({ (0x30...0x39).contains($0) }) ? nil : 3
    }

    /// Parses strictly, all but the log entries and timestamps.
    /// - Throws: `SigstoreProblem`.
    package init(parsing bytes: [UInt8]) throws(SigstoreProblem) {
        self = try SigstoreProblem.reading("its bundle is not valid") { () throws(StrictMap.Problem) in
            try SigstoreBundle(StrictMap.tree(parsing: bytes))
        }
    }

    /// What the signature is over, with the signature.
    package var signedContent: SignedContent {
        switch content {
        case .envelope(let envelope): envelope.content
        case .message(let digest, let signature): SignedContent(.digest(digest), signature: signature)
        }
    }

    /// The rest of the bundle.
    /// - Throws: `SigstoreProblem` for anything in it that is not valid.
    package func material() throws(SigstoreProblem) -> VerificationMaterial {
        switch held {
        case .made(let material): return material
        case .written(let tree, let version):
            return try SigstoreProblem.reading("its bundle is not valid") { () throws(StrictMap.Problem) in
                try VerificationMaterial(tree, version: version)
            }
        }
    }
}

extension SigstoreBundle {
    private init(_ tree: Tree) throws(StrictMap.Problem) {
        let members: Set<String> = ["mediaType", "verificationMaterial", "dsseEnvelope", "messageSignature"]
        let top = try ProtobufMessage(tree, "the bundle", known: members)
        let type = try top.text("mediaType")
        guard let version = Self.version(type) else {
            throw StrictMap.Problem(reason: "mediaType is \(type.quotedForMessage), which is no known bundle")
        }
        _ = try top.message("verificationMaterial", known: VerificationMaterial.members).signerField()
        held = .written(tree["verificationMaterial"] ?? tree["verification_material"] ?? .null, version: version)
        switch (top.has("dsseEnvelope"), top.has("messageSignature")) {
        case (true, false):
            content = .envelope(try SignedEnvelope(top.message("dsseEnvelope", known: SignedEnvelope.members)))
        case (false, true):
            let message = try top.message("messageSignature", known: ["messageDigest", "signature"])
            let digest = try message.message("messageDigest", known: ["algorithm", "digest"])
            let algorithm = try digest.name("algorithm", in: TrustedRoot.hashes) ?? ""
            guard let hash = Self.algorithms[algorithm],
                let value = Digest(algorithm: hash, bytes: try digest.bytes("digest"))
            else { throw StrictMap.Problem(reason: "messageSignature has no digest of SHA-2") }
            content = .message(value, signature: try message.content("signature"))
        default:
            throw StrictMap.Problem(reason: "it does not hold exactly one of dsseEnvelope and messageSignature")
        }
    }

    private static let algorithms: [String: Digest.Algorithm] = [
        "SHA2_256": .sha256, "SHA2_384": .sha384, "SHA2_512": .sha512,
    ]
}

extension ProtobufMessage {
    /// Which of the ways to name a signer a `VerificationMaterial` uses.
    fileprivate func signerField() throws(Problem) -> String {
        let fields = ["publicKey", "certificate", "x509CertificateChain"].filter { has($0) }
        guard let field = fields.first, fields.count == 1 else {
            throw Problem(reason: "verificationMaterial does not hold exactly one key or certificate")
        }
        return field
    }
}

extension VerificationMaterial {
    fileprivate static let members: Set<String> = [
        "publicKey", "certificate", "x509CertificateChain", "tlogEntries", "timestampVerificationData",
    ]

    /// Reads the material of a bundle of a version (bundle specification, "Verification Material").
    fileprivate init(_ tree: Tree, version: Int) throws(StrictMap.Problem) {
        let message = try ProtobufMessage(tree, "verificationMaterial", known: Self.members)
        self.init(signer: try Self.signer(message, version: version))
        for entry in try message.messages("tlogEntries", limit: Self.limit, known: LogEntry.members) {
            let entry = try LogEntry(entry)
            guard version > 1 || entry.signedEntryTimestamp != nil else {
                throw StrictMap.Problem(reason: "a log entry of version 0.1 has no inclusionPromise")
            }
            guard version == 1 || entry.proof != nil else {
                throw StrictMap.Problem(reason: "a log entry has no inclusionProof")
            }
            logEntries.append(entry)
        }
        let data = try message.message(ifAny: "timestampVerificationData", known: ["rfc3161Timestamps"])
        let tokens = try data?.messages("rfc3161Timestamps", limit: Self.limit, known: ["signedTimestamp"])
        for token in tokens ?? [] { timestamps.append(try token.content("signedTimestamp")) }
    }

    private static func signer(_ message: ProtobufMessage, version: Int) throws(StrictMap.Problem) -> Signer {
        switch try message.signerField() {
        case "publicKey":
            return .key(hint: try message.message("publicKey", known: ["hint"]).string("hint"))
        case "certificate":
            return .certificates([try message.message("certificate", known: ["rawBytes"]).content("rawBytes")])
        default:
            guard version < 3 else {
                throw StrictMap.Problem(reason: "a bundle of version 0.3 has a chain in place of a certificate")
            }
            let chain = try message.message("x509CertificateChain", known: ["certificates"])
            var certificates: [[UInt8]] = []
            for one in try chain.messages("certificates", limit: 10, known: ["rawBytes"]) {
                certificates.append(try one.content("rawBytes"))
            }
            guard !certificates.isEmpty else { throw StrictMap.Problem(reason: "\(chain.name) has no certificates") }
            return .certificates(certificates)
        }
    }
}
