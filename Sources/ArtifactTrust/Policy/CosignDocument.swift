internal import CoreModel
internal import ManifestTree
internal import SignatureCrypto
internal import SigstoreTrust

/// What a policy says of an authority that signs as cosign does: with keys, or with certificates for identities.
struct CosignDocument: Hashable, Sendable {
    static let fields: Set<String> = [
        "secretRef", "keys", "identities", "anyIdentity", "trustedRootSecretRef", "trustedRoot", "transparencyLog",
    ]

    /// Where a trusted root comes from.
    enum Root: Hashable, Sendable {
        /// It stands in the policy.
        case inline([UInt8])
        /// A Secret holds it; nil means the one that everybody gets who names none.
        case named(SecretName?)
    }

    private let path: String
    private let secret: SecretName?
    private let keys: [NamedKey]
    /// Nil where keys sign.
    private let identities: TrustedIdentities?
    private let root: Root
    private let requiresLog: Bool

    init(_ reader: PolicyReader) throws {
        path = reader.path
        secret = try reader.secret("secretRef")
        keys = try Self.keys(reader)
        identities = try Self.identities(reader)
        root = try Self.root(reader)
        let log = try reader.string("transparencyLog")
        guard [nil, "required", "optional"].contains(log) else {
            throw reader.error("transparencyLog", "is neither required nor optional")
        }
        let hasKeys = secret != nil || !keys.isEmpty
        guard hasKeys != (identities != nil) else {
            let problem = hasKeys ? "names keys and identities; make two authorities of them" : "names nobody"
            throw PolicyReader.error(path, "\(problem); set secretRef, keys or identities")
        }
        // A certificate is good for minutes, so somebody has to say when it was used.
        requiresLog = identities == nil ? log == "required" : log != "optional"
        if identities == nil, !requiresLog, reader.has("trustedRoot") || reader.has("trustedRootSecretRef") {
            throw reader.error("transparencyLog", "is not 'required', and a trusted root changes nothing for keys then")
        }
    }

    /// Reads what it names.
    func method(with material: some PolicyMaterial) async throws -> TrustMethod {
        if let identities {
            return .keyless(try KeylessMethod(identities: identities, basis: try await basis(with: material)))
        }
        var keys = keys
        if let secret {
            let entries = try await material.entries(of: secret, field: "\(path).secretRef")
            keys += try CosignKeyMethod.keys(secret: secret.description, data: entries)
        }
        let basis = requiresLog ? try await basis(with: material) : nil
        return .cosignKeys(try CosignKeyMethod(keys: keys, basis: basis))
    }

    private func basis(with material: some PolicyMaterial) async throws -> SigstoreBasis {
        let bytes: [UInt8]
        var field = "\(path).trustedRoot"
        switch root {
        case .inline(let own): bytes = own
        case .named(let secret):
            field = "\(path).trustedRootSecretRef"
            bytes = try await material.trustedRoot(secret, field: field)
        }
        do {
            let rules = EvidenceRules(requiresLog: requiresLog)
            return SigstoreBasis(root: try TrustedRoot(parsing: bytes), rules: rules)
        } catch let error as SigstoreError {
            throw TrustError(.invalidPolicy, "\(field) is no trusted root that can be used", cause: error)
        }
    }

    private static func keys(_ reader: PolicyReader) throws -> [NamedKey] {
        try reader.strings("keys", limit: CosignKeyMethod.keyLimit).enumerated().map { index, text in
            do {
                return NamedKey(name: "keys[\(index)]", key: try PublicKey(pem: text))
            } catch {
                throw TrustError(.invalidKey, "\(reader.path).keys[\(index)] is not a usable public key", cause: error)
            }
        }
    }

    private static func identities(_ reader: PolicyReader) throws -> TrustedIdentities? {
        let fields: Set<String> = ["issuer", "issuerRegExp", "subject", "subjectRegExp"]
        let listed = try reader.maps("identities", limit: TrustedIdentities.limit, known: fields)
        if try reader.bool("anyIdentity") {
            guard listed.isEmpty else { throw reader.error("anyIdentity", "is true, and identities are listed") }
            return .any
        }
        guard reader.has("identities") else { return nil }
        do {
            return try TrustedIdentities(
                listing: listed.map { identity in
                    try IdentityMatcher(issuer: rule(identity, "issuer"), subject: rule(identity, "subject"))
                }
            )
        } catch let error as SigstoreError {
            throw TrustError(.invalidPolicy, "\(reader.path).identities cannot be used", cause: error)
        }
    }

    /// Exactly one of `name` and `nameRegExp`.
    private static func rule(_ reader: PolicyReader, _ name: String) throws -> TextRule {
        let (exact, pattern) = (try reader.string(name), try reader.string("\(name)RegExp"))
        switch (exact, pattern) {
        case (let exact?, nil): return .exact(exact)
        case (nil, let pattern?):
            do throws(PatternProblem) {
                return .pattern(try LinearPattern(parsing: pattern))
            } catch {
                throw reader.error("\(name)RegExp", "is an expression that \(error.phrase)")
            }
        default: throw PolicyReader.error(reader.path, "needs one of \(name) and \(name)RegExp")
        }
    }

    private static func root(_ reader: PolicyReader) throws -> Root {
        let secret = try reader.secret("trustedRootSecretRef")
        guard let text = try reader.string("trustedRoot") else { return .named(secret) }
        guard secret == nil else { throw reader.error("trustedRoot", "is set beside trustedRootSecretRef; keep one") }
        return .inline(Array(text.utf8))
    }
}
