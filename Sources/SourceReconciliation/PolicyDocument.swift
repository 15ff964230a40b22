import ArtifactTrust
import CoreModel
import ManifestTree
import OCIDistribution
import SignatureCrypto
import SluiceAPI

struct SecretName: Hashable, Sendable {
    let namespace: String?
    let name: String
}

protocol PolicyMaterial: Sendable {
    func entries(of secret: SecretName, field: String) async throws -> [String: [UInt8]]
}

struct PolicyDocument: Sendable {
    enum Selection { case repositories, inline }
    private let reader: FieldReader
    private let patterns: [LinearPattern]

    init(parsing spec: Tree?, at path: String = "spec", _ selection: Selection = .repositories) throws {
        let reader = FieldReader(spec, path: path)
        self.reader = reader
        try reader.refuseUnknown(besides: ["repositories", "authorities", "threshold", "minimumAge", "freezeWindows"])
        patterns = try (spec?["repositories"]?.list ?? []).compactMap(\.string).map { text in
            let segments = text.split(separator: "/").map { segment in
                segment == "**"
                    ? "(.*)"
                    : segment.split(separator: "*", omittingEmptySubsequences: false)
                        .map { $0.replacing(".", with: "\\.") }.joined(separator: "[^/]*")
            }
            guard let pattern = LinearPattern("^" + segments.joined(separator: "/") + "$") else {
                throw reader.error("repositories", "has the pattern \(text), which is none")
            }
            return pattern
        }
        if selection == .repositories, patterns.isEmpty {
            throw reader.error("repositories", "is empty; name at least one")
        }
        for authority in try reader.objects("authorities") {
            for text in authority.object("cosign").value["keys"]?.list?.compactMap(\.string) ?? [] {
                do { _ = try PublicKey(pem: Array(text.utf8)) } catch {
                    throw authority.error("cosign.keys", "has an entry that is no public key")
                }
            }
        }
    }

    func covers(_ repository: Repository) -> Bool { patterns.contains { $0.isFound(in: repository.description) } }

    func rule(named name: String, with material: some PolicyMaterial) async throws -> TrustRule {
        var authorities: [TrustAuthority] = []
        for authority in try reader.objects("authorities") {
            let cosign = authority.object("cosign")
            var keys = try (cosign.value["keys"]?.list ?? []).compactMap(\.string).enumerated().map { index, text in
                NamedKey(name: "key \(index)", key: try PublicKey(pem: Array(text.utf8)))
            }
            let reference = cosign.object("secretRef")
            if reference.isPresent {
                let secret = SecretName(
                    namespace: try reference.string("namespace"),
                    name: try reference.requiredString("name")
                )
                let data = try await material.entries(of: secret, field: reference.path)
                keys += try CosignKeyMethod.keys(secret: secret.name, data: data)
            }
            authorities.append(
                TrustAuthority(
                    name: try authority.requiredString("name"),
                    method: .cosignKeys(try CosignKeyMethod(keys: keys))
                )
            )
        }
        var requirements = TrustRequirements()
        requirements.minimumAge = try reader.duration("minimumAge")
        requirements.freezeWindows = try reader.objects("freezeWindows").map { window in
            guard let from = Timestamp(try window.requiredString("from")),
                let to = Timestamp(try window.requiredString("to"))
            else {
                throw window.error("from", "is no time")
            }
            return .once(from: from, to: to)
        }
        return try TrustRule(
            name: name,
            authorities: authorities,
            threshold: Int(try reader.integer("threshold") ?? Int64(authorities.count)),
            requirements: requirements
        )
    }
}
