import ArtifactTrust
import CoreModel
import KubeModel
import ManifestTree
import OCIDistribution
import SluiceAPI

/// One verification policy as it was last read.
package struct SourcePolicy: Sendable {
    let key: ObjectKey
    /// `ClusterVerificationPolicy/name` or `VerificationPolicy/namespace/name`, as verdicts call its rule.
    let name: String
    /// What it says, or why that cannot be told.
    let document: Result<PolicyDocument, any Error>
    /// Which repositories it is about; nil where that cannot be read, and it could be about any.
    private let repositories: [RepositoryPattern]?
    private let uid: String
    private let generation: Int64

    init(_ object: KubeObject) {
        (key, uid, generation) = (object.key, object.uid, object.generation)
        name = "\(object.kind)/\(object.namespace.isEmpty ? object.name : "\(object.key)")"
        let spec = object.tree["spec"]
        document = Result { try PolicyDocument(parsing: spec) }
        repositories =
            if case .success(let document) = document {
                document.repositories
            } else {
                PolicyDocument.repositories(ofUnreadable: spec)
            }
    }

    /// Why the policy cannot be enforced; nil where it can.
    var problem: String? {
        if case .failure(let error) = document { "\(error)" } else { nil }
    }

    /// Tells this version of the policy from every other.
    var version: String { "\(uid) \(generation)" }

    /// The rule that it makes.
    /// - Throws: why it cannot be enforced.
    func rule(_ material: TrustMaterial) async throws -> TrustRule {
        try await document.get().rule(named: name, with: ScopedMaterial(material, namespace: key.namespace))
    }

    /// Whether this was read from what the object says now.
    func isRead(from object: KubeObject) -> Bool { uid == object.uid && generation == object.generation }

    /// Whether the policy counts for sources of a namespace.
    func isFor(_ namespace: String) -> Bool { key.namespace.isEmpty || key.namespace == namespace }

    /// Whether the policy is about a repository. One whose repositories cannot be read is about all of them, so that a
    /// mistake in it opens nothing.
    func covers(_ repository: Repository) -> Bool { repositories?.contains { $0.matches(repository) } ?? true }

    /// Whether the policy covers a source.
    func covers(_ source: KubeObject) -> Bool {
        guard isFor(source.namespace), let repository = OCIRepository(source).repository else { return false }
        return covers(repository)
    }
}
