package import ManifestTree

/// A change to one object, in one of the forms that API servers take.
package enum KubePatch: Hashable, Sendable {
    /// RFC 7386: maps are merged, null removes, lists are replaced.
    case merge(Tree)
    /// RFC 6902: a list of operations, which fail as a whole.
    case json(Tree)
    /// Server-side apply: the object holds exactly the fields that `manager` wants; `force` takes them from others.
    case apply(KubeObject, manager: String, force: Bool)

    package var contentType: String {
        switch self {
        case .merge: "application/merge-patch+json"
        case .json: "application/json-patch+json"
        // JSON is YAML; this is the only media type for apply that every version since 1.16 knows.
        case .apply: "application/apply-patch+yaml"
        }
    }

    package var body: Tree {
        switch self {
        case .merge(let tree), .json(let tree): tree
        case .apply(let object, _, _): object.tree
        }
    }
}
