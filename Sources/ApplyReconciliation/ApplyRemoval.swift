import ClusterApply
import ControllerRuntime
import KubeClient
import KubeModel
import ManifestTree
import SluiceAPI

/// Takes away what a Kustomization applied, when it is deleted itself.
struct ApplyRemoval: Sendable {
    let context: ApplyContext
    let appliers: ApplierPool
    let writer: ObjectWriter

    /// Deletes the objects where the policy says so, then lets the Kustomization go. While deletions fail it stays.
    /// - Throws: `KubeError` where the finalizer could not be removed.
    func run(_ kustomization: Kustomization) async throws -> ReconcileOutcome {
        let object = kustomization.object
        let inventory = Inventory.read(object.tree[path: ["status", "inventory"]]).inventory
        if kustomization.deletesObjects, !kustomization.isSuspended, !inventory.isEmpty {
            do {
                try await delete(inventory, of: object)
            } catch {
                if Task.isCancelled { return .settled }
                let message = "deletion waits for objects that could not be deleted: \(error)"
                context.recorder.record(ObjectEvent(object, .error, reason: "PruneFailed", message: message))
                return .failed(atLeast: .seconds(1))
            }
        }
        try await writer.removeFinalizer(from: object)
        return .settled
    }

    private static let accounts = ResourceType(
        group: "",
        version: "v1",
        resource: "serviceaccounts",
        kind: "ServiceAccount",
        namespaced: true
    )

    /// Where we may not look, the account counts as there: what it may do, the API server will say.
    private func exists(account name: String, namespace: String) async throws -> Bool {
        // Without a name the controller acts itself.
        if name.isEmpty { return true }
        do {
            return try await context.client.get(Self.accounts, ObjectKey(namespace: namespace, name: name)) != nil
        } catch let error as KubeError where error.code == .forbidden {
            return true
        }
    }

    private func delete(_ inventory: Inventory, of object: KubeObject) async throws {
        let named = object.tree[path: ["spec", "serviceAccountName"]]?.string ?? context.settings.defaultServiceAccount
        guard try await exists(account: named, namespace: object.namespace) else {
            // As with Flux: nobody is left who may delete them, and a namespace that is deleted with its accounts would
            // wait for this object for ever.
            let message = "the objects are left behind, since the ServiceAccount '\(named)' that applied them is gone"
            context.recorder.record(ObjectEvent(object, .error, reason: "PruneFailed", message: message))
            return
        }
        let applier = try appliers.applier(actingAs: named.isEmpty ? nil : named, namespace: object.namespace)
        let claimed = InventoryClaims(kustomizations: context.kustomizations).claimed(inventory, besides: object.key)
        let pruning = try await applier.prune(inventory, owner: ApplyOwner(object.key), keeping: claimed)
        if !pruning.changes.mutations.isEmpty {
            context.recorder.record(
                ObjectEvent(object, .info, reason: "ReconciliationSucceeded", message: pruning.changes.summary)
            )
        }
        if let failure = pruning.failure { throw failure }
        if object.tree[path: ["spec", "deletionPolicy"]]?.string
            == Kustomization.DeletionPolicy.waitForTermination.rawValue
        {
            let timeout = (try? Kustomization(object).spec().timeout) ?? .seconds(300)
            do {
                try await applier.awaitGone(inventory.subtracting(claimed), timeout: timeout)
            } catch let error as ApplyError {
                // As with Flux, the time is given once: then the object goes, and somebody is told what it left.
                context.recorder.record(ObjectEvent(object, .error, reason: "PruneFailed", message: "\(error)"))
            }
        }
    }
}
