import KubeModel
import ManifestTree
import SluiceAPI

/// What commands have to know of a kind that a controller reconciles.
struct ReconciledKind: Sendable {
    let type: ResourceType
    /// How commands call it.
    let words: String
    /// Where the status holds the revision.
    let revisionPath: [String]
    /// What a finished reconcile did to the revision.
    let verb: String

    var name: String { type.kind }

    static let ociRepository = ReconciledKind(
        type: OCIRepository.type,
        words: "sources oci",
        revisionPath: ["status", "artifact", "revision"],
        verb: "fetched"
    )

    static let kustomization = ReconciledKind(
        type: Kustomization.type,
        words: "kustomizations",
        revisionPath: ["status", "lastAppliedRevision"],
        verb: "applied"
    )

    func revision(of object: KubeObject) -> String { object.tree[path: revisionPath]?.string ?? "" }

    /// Flux's words for an empty list; nil stands for all namespaces.
    func noneFound(in namespace: String?) -> ToolError {
        let place = namespace.map { "in \"\($0)\" namespace" } ?? "in any namespace"
        return ToolError(.notFound, "no \(name) objects found \(place)")
    }
}

extension KubeObject {
    /// Whether reconciliation is paused.
    var isSuspended: Bool { tree[path: ["spec", "suspend"]]?.bool ?? false }
}
