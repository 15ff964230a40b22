import ArtifactTrust
import ManifestTree
import Testing

@testable import SluiceAPI

/// The schema and the reader of policies know the same fields: what the one drops or the other refuses would weaken a
/// policy, or break it.
struct PolicyFieldTests {
    static let keys: Tree = [
        "name": "keys",
        "cosign": [
            "secretRef": ["name": "keys", "namespace": "trust"], "keys": [.string(SigningKeys.firstPublic)],
            "trustedRootSecretRef": ["name": "root", "namespace": "trust"], "transparencyLog": "required",
        ],
    ]
    static let identities: Tree = [
        "name": "identities",
        "cosign": [
            "identities": [
                ["issuer": "https://issuer.test", "subject": "a@example.com"],
                ["issuerRegExp": ".*", "subjectRegExp": ".*@example.com"],
            ], "trustedRoot": "{}",
        ], "attestations": [attestation],
    ]
    static let attestation: Tree = [
        "predicateType": "https://slsa.dev/provenance/v1", "builder": "https://builder.test/**",
        "source": "github.com/acme/app", "expressions": ["predicate.a == 1"],
    ]
    static let anybody: Tree = ["name": "anybody", "cosign": ["anyIdentity": true]]
    static let notation: Tree = [
        "name": "notation", "notation": ["secretRef": ["name": "notation", "namespace": "trust"]],
    ]
    static let digests: Tree = [
        "allow": ["sha256:0000000000000000000000000000000000000000000000000000000000000000"],
        "deny": ["sha256:1111111111111111111111111111111111111111111111111111111111111111"],
    ]
    static let windows: Tree = [
        ["from": "17:00", "to": "24:00", "days": ["Fri"], "timeZone": "Europe/Berlin"],
        ["from": "2026-12-20T00:00:00Z", "to": "2027-01-02T00:00:00Z"],
    ]
    static let everything: Tree = [
        "repositories": ["ghcr.io/acme/**"], "threshold": 1, "authorities": [keys, identities, anybody, notation],
        "annotations": ["a": "b"], "manifestAnnotations": ["c": "d"], "signedFor": ["ghcr.io/acme/app"],
        "minimumAge": "24h", "digests": digests, "freezeWindows": windows,
    ]

    /// The paths of every field of a schema.
    static func paths(_ fields: [SchemaField], _ prefix: String = "") -> Set<String> {
        fields.reduce(into: []) { paths, field in
            paths.insert(prefix + field.name)
            var shape = field.shape
            if case .list(let element) = shape { shape = element }
            if case .strict(let inner) = shape { paths.formUnion(Self.paths(inner, "\(prefix)\(field.name).")) }
        }
    }

    /// The paths of every field of a document; maps of strings are one field.
    static func paths(_ tree: Tree, _ prefix: String = "") -> Set<String> {
        if let list = tree.list { return list.reduce(into: []) { $0.formUnion(Self.paths($1, prefix)) } }
        return (tree.map ?? [:]).reduce(into: []) { paths, entry in
            paths.insert(prefix + entry.key)
            if ["annotations", "manifestAnnotations"].contains(entry.key) { return }
            paths.formUnion(Self.paths(entry.value, "\(prefix)\(entry.key)."))
        }
    }

    @Test func theSchemaKnowsWhatTheReaderTakes() throws {
        #expect(Self.paths(ClusterVerificationPolicy.definition.spec) == Self.paths(Self.everything))
        let document = try PolicyDocument(parsing: Self.everything)
        #expect(document.repositories.count == 1)
        var inline = Self.everything
        inline["repositories"] = nil
        _ = try PolicyDocument(parsing: inline, at: "spec.verify.policy", .inline)
    }

    @Test(arguments: ["minimunAge", "mode", "authorities.signers", "authorities.cosign.key", "digests.allowed"])
    func aMistakeInANameIsRefused(path: String) {
        var spec = Self.everything
        let parts = path.split(separator: ".").map(String.init)
        if parts.first == "authorities" {
            var authority = spec["authorities"]?.list?[0] ?? [:]
            authority[path: Array(parts.dropFirst())] = "x"
            spec["authorities"] = [authority]
        } else {
            spec[path: parts] = "x"
        }
        #expect { _ = try PolicyDocument(parsing: spec) } throws: { "\($0)".contains(parts[parts.count - 1]) }
    }
}
