import CoreModel
import KubeClient
package import KubeModel
import ManifestTree

/// One object whose readiness is waited for.
package struct ReadyTarget: Hashable, Sendable {
    package let gvk: GroupVersionKind
    package let key: ObjectKey
    /// Set for objects that carry an owner's labels: several of one kind are then read with one list.
    package var owner: ApplyOwner?
    /// The object may end by itself, as jobs with `ttlSecondsAfterFinished`: its absence is success.
    package var mayVanish = false

    package init(_ gvk: GroupVersionKind, _ key: ObjectKey) {
        self.gvk = gvk
        self.key = key
    }

    /// All objects of a set that were not skipped, and without the owner where it is one of its own objects: it is not
    /// ready before this is over.
    package static func all(of desired: DesiredObjects, _ changes: ChangeSet) -> [ReadyTarget] {
        let skipped = Set(changes.entries.filter { $0.action == .skipped }.map(\.identity))
        let owner = desired.owner
        return desired.objects.filter { object in
            !skipped.contains(ObjectIdentity(object))
                && !(object.gvk.group == owner.group && object.kind == "Kustomization" && object.key == owner.key)
        }
        .map { object in
            var target = ReadyTarget(object.gvk, object.key)
            target.owner = owner
            target.mayVanish = object.kind == "Job" && object.tree["spec"]?["ttlSecondsAfterFinished"] != nil
            return target
        }
    }

    /// `Kind/namespace/name`.
    var subject: String { "\(gvk.kind)/\(key)" }
}

extension ClusterApplier {
    /// Waits until every object is ready. `whilePending` is called before each wait and may end it by throwing.
    /// - Throws: `notReady` once one of them failed and `readyTimeout` when time is over, each naming the objects and
    ///   their state; `CancellationError`.
    package func awaitReady(
        _ targets: [ReadyTarget],
        timeout: Duration,
        whilePending: () async throws -> Void = {}
    ) async throws {
        var pending = targets
        var poll = Polling(settings, timeout: timeout)
        while true {
            let states = try await readiness(of: pending)
            let failed = states.filter { if case .failed = $0.1 { true } else { false } }
            guard failed.isEmpty else {
                throw ApplyError(.notReady, "failed early due to stalled resources: [\(Self.words(failed))]")
            }
            let open = states.filter { $0.1 != .current && !($0.0.mayVanish && $0.1 == .notFound) }
            guard !open.isEmpty else { return }
            pending = open.map(\.0)
            try await whilePending()
            guard try await poll.wait() else {
                throw ApplyError(.readyTimeout, "timeout waiting for: [\(Self.words(open))]")
            }
        }
    }

    /// The state of each object now, in their order.
    package func readiness(of targets: [ReadyTarget]) async throws -> [(ReadyTarget, Readiness)] {
        let groups = Dictionary(grouping: targets) { target in
            ReadGroup(gvk: target.gvk, namespace: target.key.namespace, owner: target.owner)
        }
        let lists = try await BoundedTasks.map(Array(groups), limit: settings.concurrency) { group, members in
            try await self.read(group, members)
        }
        let found = Dictionary(lists.joined().map { (ObjectIdentity($0), $0) }, uniquingKeysWith: { $1 })
        let now = clock.now()
        return targets.map { target in
            let kind = target.gvk.groupKind
            // A manifest or a health check may name a namespace for an object that lives in none.
            let object =
                found[ObjectIdentity(kind, target.key)] ?? found[ObjectIdentity(kind, ObjectKey(name: target.key.name))]
            return (target, object.map { Readiness.of($0, now: now) } ?? .notFound)
        }
    }

    private struct ReadGroup: Hashable {
        let gvk: GroupVersionKind
        let namespace: String
        let owner: ApplyOwner?
    }

    private func read(_ group: ReadGroup, _ members: [ReadyTarget]) async throws -> [KubeObject] {
        let type: ResourceType
        do {
            type = try await client.resourceType(for: group.gvk)
        } catch let error as KubeError where error.code == .noKindMatch {
            return []
        }
        if let owner = group.owner, members.count > 1 {
            do {
                let options = ListOptions(labels: owner.selector)
                return try await client.list(type, namespace: group.namespace, options: options).items
            } catch let error as KubeError where error.code == .forbidden {}
        }
        let found = try await BoundedTasks.map(members, limit: settings.concurrency) { member in
            try await self.client.get(type, member.key)
        }
        return found.compactMap(\.self)
    }

    /// `Kind/namespace/name status: 'Word'`, with what the object says of itself.
    private static func words(_ states: [(ReadyTarget, Readiness)]) -> String {
        states.map { target, state in
            let detail: String =
                switch state {
                case .inProgress(let text), .failed(let text): text.isEmpty ? "" : ": \(text)"
                default: ""
                }
            return "\(target.subject) status: '\(state.word)'\(detail)"
        }
        .joined(separator: ", ")
    }
}
