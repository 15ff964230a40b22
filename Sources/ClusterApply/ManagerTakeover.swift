import KubeModel
import ManifestTree

/// Takes over the fields that kubectl wrote, so that what is no longer wanted goes away with the next apply.
struct ManagerTakeover {
    /// Who applies, such as `kustomize-controller`.
    let manager: String
    /// Further managers whose fields are taken, besides kubectl's.
    let others: [String]

    /// The patch that hands the fields of other managers to ours; nil when there are none. It holds for this version of
    /// the object only.
    func patch(for object: KubeObject) -> KubePatch? {
        let entries = object.tree["metadata"]?["managedFields"]?.list ?? []
        let taken = entries.filter(isTaken)
        guard !taken.isEmpty, var own = entries.first(where: isOwn) else { return nil }
        for entry in taken {
            own["fieldsV1"] = Self.union(own["fieldsV1"] ?? [:], entry["fieldsV1"] ?? [:])
        }
        let kept = entries.filter { !isTaken($0) && !isOwn($0) }
        let operations: Tree = [
            ["op": "test", "path": "/metadata/resourceVersion", "value": .string(object.resourceVersion)],
            ["op": "replace", "path": "/metadata/managedFields", "value": .list(kept + [own])],
        ]
        return .json(operations)
    }

    private func isOwn(_ entry: Tree) -> Bool {
        entry["manager"]?.string == manager && entry["operation"]?.string == "Apply" && isWhole(entry)
    }

    private func isTaken(_ entry: Tree) -> Bool {
        guard isWhole(entry), let name = entry["manager"]?.string else { return false }
        let isUpdate = entry["operation"]?.string == "Update"
        if name.hasPrefix("kubectl") || others.contains(name) { return true }
        return isUpdate && (name == manager || name == "before-first-apply")
    }

    /// Status and scale have writers of their own.
    private func isWhole(_ entry: Tree) -> Bool { entry["subresource"]?.string?.isEmpty ?? true }

    /// Field sets are maps of maps, in which presence is all that counts.
    private static func union(_ left: Tree, _ right: Tree) -> Tree {
        guard case .map(var merged) = left, let added = right.map else { return left }
        for (key, value) in added { merged[key] = merged[key].map { union($0, value) } ?? value }
        return .map(merged)
    }
}
