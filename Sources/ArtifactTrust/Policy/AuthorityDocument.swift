internal import CoreModel
internal import ExpressionLanguage
internal import ManifestTree
internal import SignatureCrypto

/// What a policy says of one authority.
struct AuthorityDocument: Hashable, Sendable {
    enum Method: Hashable, Sendable {
        case cosign(CosignDocument)
        /// The Secret with the trust policy and its certificates, and the field that names it.
        case notation(SecretName, field: String)
    }

    static let fields: Set<String> = ["name", "cosign", "notation", "attestations"]

    let name: String
    let method: Method
    let attestations: [AttestationRequirement]

    init(_ reader: PolicyReader) throws {
        name = try reader.required("name")
        guard name.utf8.count <= 63 else { throw reader.error("name", "is longer than 63 characters") }
        guard reader.has("cosign") != reader.has("notation") else {
            throw PolicyReader.error(reader.path, "needs one of cosign and notation")
        }
        method = try Self.method(reader)
        let fields: Set<String> = ["predicateType", "builder", "source", "expressions"]
        attestations = try reader.maps("attestations", limit: 16, known: fields).map { try Self.attestation($0) }
    }

    /// Reads what it names.
    func resolved(with material: some PolicyMaterial) async throws -> TrustAuthority {
        switch method {
        case .cosign(let cosign):
            let method = try await cosign.method(with: material)
            return TrustAuthority(name: name, method: method, attestations: attestations)
        case .notation(let secret, let field):
            let entries = try await material.entries(of: secret, field: field)
            let method = TrustMethod.notation(try NotationMethod(secret: secret.description, data: entries))
            return TrustAuthority(name: name, method: method)
        }
    }

    private static func method(_ reader: PolicyReader) throws -> Method {
        if let cosign = try reader.map("cosign", known: CosignDocument.fields) {
            return .cosign(try CosignDocument(cosign))
        }
        guard !reader.has("attestations") else {
            throw reader.error("attestations", "belongs to cosign; the Notary Project knows none")
        }
        guard let notation = try reader.map("notation", known: ["secretRef"]),
            let secret = try notation.secret("secretRef")
        else { throw reader.error("notation.secretRef", "is missing") }
        return .notation(secret, field: "\(notation.path).secretRef")
    }

    private static func attestation(_ reader: PolicyReader) throws -> AttestationRequirement {
        let (builder, source) = (try reader.string("builder"), try reader.string("source"))
        let expressions = try reader.strings("expressions", limit: 32).enumerated().map { index, text in
            do {
                return try Expression(parsing: text)
            } catch {
                throw reader.error("expressions[\(index)]", "cannot be read: \(error)")
            }
        }
        do {
            let asked = builder != nil || source != nil
            return try AttestationRequirement(
                predicateType: try reader.required("predicateType"),
                provenance: asked ? try ProvenanceRequirement(builder: builder, source: source) : nil,
                expressions: expressions
            )
        } catch let error as TrustError where !error.message.hasPrefix(reader.path) {
            throw PolicyReader.error(reader.path, "cannot be met: \(error)")
        }
    }
}

extension PolicyReader {
    /// The Secret that a field names; nil where the field is not there.
    func secret(_ key: String) throws(TrustError) -> SecretName? {
        guard let reference = try map(key, known: ["name", "namespace"]) else { return nil }
        return SecretName(namespace: try reference.string("namespace"), name: try reference.required("name"))
    }
}
