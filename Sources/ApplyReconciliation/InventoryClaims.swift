import ClusterApply
import ControllerRuntime
import KubeModel
import ManifestTree
import SluiceAPI

/// Which objects other Kustomizations hold in their inventories: who gives one up must not delete it then.
struct InventoryClaims: Sendable {
    let kustomizations: ObjectCache

    /// Those of the objects that Kustomizations other than `key` hold. Only for pruning: it looks at every inventory.
    func claimed(_ inventory: Inventory, besides key: ObjectKey) -> Inventory {
        guard !inventory.isEmpty else { return inventory }
        let wanted = Dictionary(inventory.entries.map { ($0.identity.id, $0) }, uniquingKeysWith: { $1 })
        let others = kustomizations.all.filter { $0.key != key && !$0.isBeingDeleted }
        return Inventory(
            others.flatMap { other in
                (other.tree[path: ["status", "inventory", "entries"]]?.list ?? []).compactMap { entry in
                    entry["id"]?.string.flatMap { wanted[$0] }
                }
            }
        )
    }
}
