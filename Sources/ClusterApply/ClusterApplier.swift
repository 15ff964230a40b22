import CoreModel
package import KubeClient
package import KubeModel
import ManifestTree

/// Brings the objects of one owner to one cluster, for one identity, and takes them away again.
///
/// It holds no state of its own; `record` and `live` are shared by all reconciles of a cluster. Every step can be
/// repeated: a caller that is killed between any two of them records the intended inventory before the first and starts
/// again.
package struct ClusterApplier: Sendable {
    /// How objects are applied.
    package struct Settings: Sendable {
        /// The name under which the API server records our fields.
        package var fieldManager = "kustomize-controller"
        /// Requests at a time for one owner.
        package var concurrency = 8
        /// How long definitions and classes may take to come into effect.
        package var stageTimeout: Duration = .seconds(60)
        /// How long an object that is recreated may take to go.
        package var recreateTimeout: Duration = .seconds(60)
        /// The wait between looks at an object; doubled up to the longest.
        package var pollInterval: Duration = .milliseconds(250)
        package var longestPollInterval: Duration = .seconds(5)
        /// Kinds that are applied before the rest.
        package var customStage: Set<GroupKind> = []
        /// Field managers whose fields are taken over besides kubectl's.
        package var overriddenManagers: [String] = []

        package init() {}
    }

    let client: KubeClient
    let live: any LiveStateSource
    let record: AppliedRecord
    let settings: Settings
    let clock: any WallClock

    /// Nil for `live` means lists by the client's own identity.
    package init(
        client: KubeClient,
        live: (any LiveStateSource)? = nil,
        record: AppliedRecord = AppliedRecord(),
        settings: Settings = Settings()
    ) {
        self.init(client: client, live: live, record: record, settings: settings, clock: SystemWallClock())
    }

    init(
        client: KubeClient,
        live: (any LiveStateSource)?,
        record: AppliedRecord,
        settings: Settings,
        clock: any WallClock
    ) {
        self.client = client
        self.live = live ?? ListedLiveState(client)
        self.record = record
        self.settings = settings
        self.clock = clock
    }

    /// The set as the API server will know it. Manifests may carry a namespace on objects that live in none, and an
    /// inventory that took it for part of the name would not recognise the object when it goes. Kinds that nobody
    /// serves (yet) stay as they are.
    /// - Throws: `KubeError` where discovery fails; `ApplyError.invalidObject` for two objects that are really one.
    package func scoped(_ desired: DesiredObjects) async throws -> DesiredObjects {
        var clusterWide: Set<GroupVersionKind> = []
        for gvk in Set(desired.objects.filter { !$0.namespace.isEmpty }.map(\.gvk)) {
            do {
                if try await !client.resourceType(for: gvk).namespaced { clusterWide.insert(gvk) }
            } catch let error as KubeError where error.code == .noKindMatch {}
        }
        return clusterWide.isEmpty ? desired : try desired.withoutNamespaces(of: clusterWide)
    }

    /// Applies everything, stage by stage. `force` recreates objects whose change touches a field that cannot change.
    /// - Throws: `applyFailed` with all failures of the stage that failed, `stageTimeout`; both with the changes so
    /// far.
    package func apply(_ desired: DesiredObjects, force: Bool = false) async throws -> ChangeSet {
        var changes = ChangeSet()
        record.keep(desired.owner, only: Set(desired.objects.map { ObjectIdentity($0) }))
        let kinds = definedKinds(desired.objects)
        for stage in ApplyOrder.Stage.allCases {
            let objects = desired.objects.filter {
                ApplyOrder.stage($0.gvk.groupKind, custom: settings.customStage) == stage
            }
            guard !objects.isEmpty else { continue }
            let run = StageRun(applier: self, owner: desired.owner, force: force, definedKinds: kinds)
            do {
                let outcome = try await run.apply(objects)
                changes.append(contentsOf: outcome.changes)
                guard stage == .definitions || stage == .classes else { continue }
                try await settle(outcome)
            } catch var error as ApplyError {
                changes.append(contentsOf: error.changes)
                error.changes = changes
                throw error
            }
        }
        return changes
    }

    /// The kinds that the set itself defines: they may take a moment to be served.
    private func definedKinds(_ objects: [KubeObject]) -> Set<GroupKind> {
        Set(
            objects.filter { $0.kind == "CustomResourceDefinition" }.compactMap { definition in
                guard let spec = definition.tree["spec"], let group = spec["group"]?.string,
                    let kind = spec["names"]?["kind"]?.string
                else { return nil }
                return GroupKind(group: group, kind: kind)
            }
        )
    }

    /// Waits until what a stage applied is in effect. Answers that say so already cost no request.
    private func settle(_ outcome: StageRun.Outcome) async throws {
        let changed = outcome.changes.mutations.contains { $0.identity.kind == "CustomResourceDefinition" }
        let pending = outcome.written.filter { Readiness.of($0, now: clock.now()) != .current }
            .map { ReadyTarget($0.gvk, $0.key) }
        if !pending.isEmpty {
            do {
                try await awaitReady(pending, timeout: settings.stageTimeout)
            } catch let error as ApplyError {
                throw ApplyError(.stageTimeout, error.message)
            }
        }
        if changed { client.forgetDiscovery() }
    }
}
