internal import CoreModel
internal import ManifestTree
internal import SignatureCrypto

/// Whom to believe: the certificate authorities, logs and timestamping authorities of one Sigstore instance, as
/// `trusted_root.json` lists them (`dev.sigstore.trustroot.v1.TrustedRoot` in protobuf's JSON form).
package struct TrustedRoot: Hashable, Sendable {
    /// The largest file read, in bytes; that of the public instance has about ten thousand.
    package static let sizeLimit = 1 << 20
    /// The most logs or authorities of one kind.
    static let listLimit = 100

    private static let mediaTypes: Set<String> = [
        "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "application/vnd.dev.sigstore.trustedroot+json;version=0.2",
        "application/vnd.dev.sigstore.trustedroot.v0.1+json", "application/vnd.dev.sigstore.trustedroot.v0.2+json",
    ]

    /// Logs of signatures, by the identifiers in entries.
    package internal(set) var signatureLogs: [[UInt8]: TransparencyLog] = [:]
    /// Logs of certificates, by the identifiers in signed certificate timestamps.
    package internal(set) var certificateLogs: [[UInt8]: TransparencyLog] = [:]
    package internal(set) var certificateAuthorities: [TrustedAuthority] = []
    package internal(set) var timestampAuthorities: [TrustedAuthority] = []
    /// What the file lists and this version cannot use, each with the reason: newer kinds of keys, as a rule. What was
    /// signed with them does not verify.
    package internal(set) var unusable: [String] = []
    /// SHA-256 of the file's content, whatever the order of its members.
    package let fingerprint: String

    /// Reads the file strictly.
    /// - Throws: `SigstoreError.invalidRoot`.
    package init(parsing bytes: [UInt8]) throws {
        guard bytes.count <= Self.sizeLimit else {
            throw Self.invalid("has \(bytes.count) bytes, more than \(Self.sizeLimit)")
        }
        do {
            let tree = try StrictMap.tree(parsing: bytes)
            fingerprint = try Digest.of(tree.jsonBytes(sortedKeys: true)).hex
            try read(tree)
        } catch let problem as StrictMap.Problem {
            throw Self.invalid("is not valid: \(problem.reason)")
        }
        guard !signatureLogs.isEmpty || !certificateAuthorities.isEmpty || !timestampAuthorities.isEmpty else {
            let reason = unusable.first.map { " (\($0))" } ?? ""
            throw Self.invalid("names no log and no authority that can be used\(reason)")
        }
    }

    package static func == (left: TrustedRoot, right: TrustedRoot) -> Bool { left.fingerprint == right.fingerprint }
    package func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }

    private static func invalid(_ what: String) -> SigstoreError {
        SigstoreError(.invalidRoot, "The trusted root \(what); give the trusted_root.json of your Sigstore instance")
    }
}

extension TrustedRoot {
    private static let members: Set<String> = [
        "mediaType", "tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities",
    ]
    private static let logMembers: Set<String> = [
        "baseUrl", "hashAlgorithm", "publicKey", "logId", "checkpointKeyId", "operator",
    ]
    private static let authorityMembers: Set<String> = ["subject", "uri", "certChain", "validFor", "operator"]
    static let hashes: [Int64: String] = [
        0: "HASH_ALGORITHM_UNSPECIFIED", 1: "SHA2_256", 2: "SHA2_384", 3: "SHA2_512", 4: "SHA3_256", 5: "SHA3_384",
    ]

    private mutating func read(_ tree: Tree) throws(StrictMap.Problem) {
        let top = try ProtobufMessage(tree, "the trusted root", known: Self.members)
        let type = try top.text("mediaType")
        guard Self.mediaTypes.contains(type) else {
            throw StrictMap.Problem(reason: "mediaType is \(type.quotedForMessage), which is no known trusted root")
        }
        signatureLogs = try logs(top, "tlogs")
        certificateLogs = try logs(top, "ctlogs")
        certificateAuthorities = try authorities(top, "certificateAuthorities")
        timestampAuthorities = try authorities(top, "timestampAuthorities")
    }

    private mutating func logs(
        _ top: ProtobufMessage,
        _ field: String
    ) throws(StrictMap.Problem) -> [[UInt8]: TransparencyLog] {
        var logs: [[UInt8]: TransparencyLog] = [:]
        for message in try top.messages(field, limit: Self.listLimit, known: Self.logMembers) {
            let id = try message.message("logId", known: ["keyId"]).content("keyId")
            let key = try message.message("publicKey", known: ["rawBytes", "keyDetails", "validFor"])
            let details = try key.name("keyDetails", in: LogKey.names) ?? ""
            let bytes = try key.content("rawBytes")
            let hash = try message.name("hashAlgorithm", in: Self.hashes) ?? ""
            let (url, window) = (try message.string("baseUrl"), try key.times("validFor"))
            guard logs[id] == nil else { throw StrictMap.Problem(reason: "\(message.name) has the logId of another") }
            guard hash == "SHA2_256" else {
                unusable.append("\(message.name): it hashes with \(hash.quotedForMessage)")
                continue
            }
            do throws(SigstoreProblem) {
                let key = try LogKey(bytes, details: details)
                logs[id] = TransparencyLog(baseURL: url, id: id, key: key, window: window)
            } catch {
                unusable.append("\(message.name): \(error.reason)")
            }
        }
        return logs
    }

    private mutating func authorities(
        _ top: ProtobufMessage,
        _ field: String
    ) throws(StrictMap.Problem) -> [TrustedAuthority] {
        var authorities: [TrustedAuthority] = []
        for message in try top.messages(field, limit: Self.listLimit, known: Self.authorityMembers) {
            let chain = try message.message("certChain", known: ["certificates"])
            let held = try chain.messages("certificates", limit: 10, known: ["rawBytes"])
            guard !held.isEmpty else { throw StrictMap.Problem(reason: "\(chain.name) has no certificates") }
            var encoded: [[UInt8]] = []
            for certificate in held { encoded.append(try certificate.content("rawBytes")) }
            let window = try message.times("validFor")
            do {
                var certificates = try encoded.map { try Certificate(der: $0) }
                let root = certificates.removeLast()
                authorities.append(TrustedAuthority(root: root, intermediates: certificates, window: window))
            } catch {
                unusable.append("\(message.name): its certificate cannot be used: \(error)")
            }
        }
        return authorities
    }
}
