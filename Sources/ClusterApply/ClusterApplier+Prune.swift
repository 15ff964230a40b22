import CoreModel
import KubeClient
import KubeModel

/// What pruning came to.
package struct PruneOutcome: Sendable {
    /// Deleted and skipped objects. Those that were gone already count as deleted.
    package var changes = ChangeSet()
    /// What is still there because of an error; it belongs back into the inventory.
    package var survivors = Inventory()
    /// One line for each survivor; nil when there are none.
    package var failure: ApplyError?
}

extension ClusterApplier {
    /// Deletes what the inventory names, in reverse order, with background propagation.
    ///
    /// Only objects with both labels of the owner are deleted, and only the very object that was looked at. Objects
    /// that ask to be left alone or not to be pruned are skipped. So are those that are in `kept`, which others hold or
    /// which an entry names with a namespace that its kind does not have.
    /// - Throws: `CancellationError` only; refusals are in the outcome.
    package func prune(
        _ stale: Inventory,
        owner: ApplyOwner,
        keeping kept: Inventory = Inventory()
    ) async throws -> PruneOutcome {
        var outcome = PruneOutcome()
        var failures: [String] = []
        var survivors: [Inventory.Entry] = []
        let entries = stale.entries.sorted { ApplyOrder.precedes($1.identity, $0.identity) }
        for run in ApplyOrder.runs(entries, kind: \.identity.kind) {
            let results = try await BoundedTasks.map(run, limit: settings.concurrency) { entry in
                (entry, try await self.attempt(entry, owner, kept))
            }
            for (entry, result) in results {
                switch result {
                case .success(let action):
                    outcome.changes.append(.init(entry.identity, version: entry.version, action))
                case .failure(let error):
                    let reason = error.reason.isEmpty ? error.code.rawValue : error.reason
                    failures.append("\(entry.identity) delete failed (\(reason)): \(error)")
                    survivors.append(entry)
                }
            }
        }
        outcome.survivors = Inventory(survivors.reversed())
        if !failures.isEmpty { outcome.failure = .joining(.pruneFailed, failures, changes: outcome.changes) }
        return outcome
    }

    /// Waits until none of the objects is there any more; those of unknown kinds are not.
    /// - Throws: `readyTimeout`, naming what is left.
    package func awaitGone(_ inventory: Inventory, timeout: Duration) async throws {
        var left = inventory.entries
        var poll = Polling(settings, timeout: timeout)
        while true {
            let found = try await BoundedTasks.map(left, limit: settings.concurrency) { entry in
                try await self.isPresent(entry) ? entry : nil
            }
            left = found.compactMap(\.self)
            guard !left.isEmpty else { return }
            guard try await poll.wait() else {
                let names = left.map(\.identity.description).joined(separator: ", ")
                throw ApplyError(.readyTimeout, "timeout waiting for the termination of: [\(names)]")
            }
        }
    }

    private func isPresent(_ entry: Inventory.Entry) async throws -> Bool {
        guard let type = try await servedType(of: entry) else { return false }
        guard let key = Self.key(of: entry, type) else { return false }
        return try await client.get(type, key) != nil
    }

    private func attempt(
        _ entry: Inventory.Entry,
        _ owner: ApplyOwner,
        _ kept: Inventory
    ) async throws -> Result<ChangeSet.Action, KubeError> {
        do {
            return .success(try await delete(entry, owner, kept))
        } catch let error as KubeError where error.kind != .cancelled {
            return .failure(error)
        }
    }

    private func delete(
        _ entry: Inventory.Entry,
        _ owner: ApplyOwner,
        _ kept: Inventory
    ) async throws -> ChangeSet.Action {
        guard let type = try await servedType(of: entry) else { return .deleted }
        guard let key = Self.key(of: entry, type) else { return .skipped }
        let (kind, name) = (entry.identity.groupKind, entry.identity.name)
        let isKept = kept.entries.contains {
            $0.identity.groupKind == kind && $0.identity.name == name
                && (!type.namespaced || $0.identity.namespace == key.namespace)
        }
        guard !isKept else { return .skipped }
        guard let object = try await client.get(type, key) else { return .deleted }
        let directives = ApplyDirectives(
            group: owner.group,
            labels: object.labels,
            annotations: object.annotations
        )
        guard owner.owns(object.labels), !directives.isLeftAlone, !directives.isPruneDisabled else { return .skipped }
        record.set(owner, entry.identity, nil)
        let options = DeleteOptions(propagation: .background, uid: object.uid)
        try await client.delete(type, key, options)
        return .deleted
    }

    /// Where the object is; nil where none can be, as for one that was never accepted since it lacked a namespace.
    private static func key(of entry: Inventory.Entry, _ type: ResourceType) -> ObjectKey? {
        let key = entry.identity.key
        if !type.namespaced { return ObjectKey(namespace: "", name: key.name) }
        return key.namespace.isEmpty ? nil : key
    }

    /// The kind in the version of the inventory, or in another one when that is no longer served; nil when the kind is
    /// gone, as after its definition was deleted.
    private func servedType(of entry: Inventory.Entry) async throws -> ResourceType? {
        let kind = entry.identity.groupKind
        let gvk = GroupVersionKind(group: kind.group, version: entry.version, kind: kind.kind)
        do {
            return try await client.resourceType(for: gvk)
        } catch let error as KubeError where error.code == .noKindMatch {
            do {
                return try await client.resourceType(for: kind)
            } catch let error as KubeError where error.code == .noKindMatch {
                return nil
            }
        }
    }
}
