import ArtifactStore
import ClusterApply
import ControllerRuntime
import CoreModel
import DesiredState
import KubeModel
import KustomizeBuild
import ManifestTree
import SafeFiles
import SignatureCrypto
import SluiceAPI

/// The walk of one Kustomization from its spec to applied, pruned and healthy objects.
struct ApplyPipeline: Sendable {
    let context: ApplyContext
    let appliers: ApplierPool
    let writer: ObjectWriter

    /// Walks as far as it goes. The object comes back as it was last written, since the walk itself records the
    /// intended inventory.
    func run(_ kustomization: Kustomization) async -> (KubeObject, ApplyOutcome) {
        var walk = ApplyWalk(object: kustomization.object, started: context.clock.now())
        do {
            try await advance(&walk, kustomization)
        } catch {
            walk.failure = ApplyFailure(stage: walk.stage, underlying: error)
        }
        return (walk.object, ApplyOutcome(progress: walk.progress, failure: walk.failure))
    }

    private func advance(_ walk: inout ApplyWalk, _ kustomization: Kustomization) async throws {
        let spec = try kustomization.spec()
        walk.progress.checksHealth = spec.waits || !spec.healthChecks.isEmpty

        walk.stage = .access
        try checkAccess(kustomization, spec)

        walk.stage = .source
        let artifact = try sourceArtifact(spec)
        walk.progress.revision = artifact.revision
        walk.progress.originRevision = artifact.metadata["org.opencontainers.image.revision"]

        walk.stage = .dependencies
        let check = DependencyCheck(kustomizations: context.kustomizations)
        try check.check(kustomization.object.key, spec, revision: artifact.revision)

        walk.stage = .source
        let tree = try await unpackedTree(of: artifact)

        walk.stage = .build
        var desired = try await build(kustomization, spec, tree, &walk.progress)

        walk.stage = .apply
        let account = spec.serviceAccountName ?? nonEmpty(context.settings.defaultServiceAccount)
        let applier = try appliers.applier(actingAs: account, namespace: kustomization.object.namespace)
        desired = try await applier.scoped(desired)
        let old = Inventory.read(walk.object.tree[path: ["status", "inventory"]]).inventory
        try await recordIntent(desired.inventory.union(old), old, &walk)
        try await apply(desired, with: applier, spec, &walk)

        walk.stage = .prune
        try await prune(old, with: applier, desired.owner, spec, &walk)

        walk.stage = .health
        if walk.progress.checksHealth { try await awaitHealth(desired, with: applier, spec, &walk) }
    }

    // MARK: - Source

    private func checkAccess(_ kustomization: Kustomization, _ spec: Kustomization.Spec) throws {
        let key = spec.source.key
        guard key.namespace == kustomization.object.namespace || context.settings.allowsCrossNamespaceReferences else {
            throw SpecError(
                field: "spec.sourceRef.namespace",
                "is another namespace, which --no-cross-namespace-refs forbids; name a source in "
                    + "'\(kustomization.object.namespace)'"
            )
        }
    }

    private func sourceArtifact(_ spec: Kustomization.Spec) throws -> OCIRepository.Artifact {
        let key = spec.source.key
        guard let source = context.sources[key] else {
            throw NotReadyYet(message: "OCIRepository '\(key)' does not exist; create it or change spec.sourceRef")
        }
        guard let artifact = OCIRepository(source).artifact else {
            throw NotReadyYet(
                message: "Source is not ready, artifact not found: OCIRepository '\(key)' has stored nothing yet"
            )
        }
        return artifact
    }

    /// An artifact that the store has not, or no longer has with this content, is about to be stored or replaced: the
    /// source's next status wakes us.
    private func unpackedTree(of artifact: OCIRepository.Artifact) async throws -> TreeLease {
        let published = PublishedArtifact(
            path: try ArtifactPath(artifact.path),
            digest: artifact.digest,
            size: artifact.size
        )
        let store = context.store
        do {
            return try await BlockingPool.shared.run { try store.unpackedTree(of: published) }
        } catch let error as StoreError where error.code == .notFound || error.code == .corrupt {
            throw NotReadyYet(message: "Source is not ready, artifact not found: \(error.message)")
        }
    }

    // MARK: - Build

    private func build(
        _ kustomization: Kustomization,
        _ spec: Kustomization.Spec,
        _ tree: TreeLease,
        _ progress: inout ApplyProgress
    ) async throws -> DesiredObjects {
        let (references, owner) = (context.variables, kustomization.object.key)
        references.keep(only: spec.postBuild?.references ?? [], for: owner)
        let variables = PostBuildVariables(isStrict: context.settings.substitutesStrictly) { type, key in
            try await references.object(type, key, for: owner)
        }
        let desired = try await KustomizationObjects(kustomization, spec)
            .built(from: DirectoryFiles(tree.directory), variables).objects
        progress.buildDigest = try await BlockingPool.shared.run {
            let stream = try DigestStream()
            for object in desired.objects { stream.update(object.tree.jsonBytes(sortedKeys: true)) }
            return try stream.finish()
        }
        return desired
    }

    // MARK: - Apply

    /// What may exist from now on is written down before the first change, so that a process that is killed between any
    /// two steps leaves nothing that nobody remembers.
    private func recordIntent(_ intended: Inventory, _ old: Inventory, _ walk: inout ApplyWalk) async throws {
        walk.progress.inventory = intended
        guard Set(intended.entries) != Set(old.entries) else { return }
        let status = ApplyStatusReducer.status(
            of: walk.object,
            during: walk.progress,
            "Applying \(intended.count) objects of revision \(walk.progress.revision ?? "")",
            now: context.clock.now()
        )
        walk.object = try await writer.write(status: status, of: walk.object)
    }

    private func apply(
        _ desired: DesiredObjects,
        with applier: ClusterApplier,
        _ spec: Kustomization.Spec,
        _ walk: inout ApplyWalk
    ) async throws {
        let late =
            "not everything was applied within spec.timeout (\(GoDuration.format(spec.timeout))); raise it "
            + "or look at the API server"
        do {
            let changes = try await Deadline.run(within: spec.timeout, message: late) {
                try await applier.apply(desired, force: spec.forces)
            }
            walk.progress.changes.append(contentsOf: changes)
        } catch let error as ApplyError {
            walk.progress.changes.append(contentsOf: error.changes)
            throw error
        }
    }

    private func prune(
        _ old: Inventory,
        with applier: ClusterApplier,
        _ owner: ApplyOwner,
        _ spec: Kustomization.Spec,
        _ walk: inout ApplyWalk
    ) async throws {
        let applied = walk.progress.changes.inventory
        let stale = old.subtracting(applied)
        guard spec.prunes, !stale.isEmpty else {
            walk.progress.inventory = applied
            return
        }
        // One that has moved to another Kustomization may still have our labels.
        let claimed = InventoryClaims(kustomizations: context.kustomizations).claimed(stale, besides: owner.key)
        let pruning = try await applier.prune(stale, owner: owner, keeping: applied.union(claimed))
        walk.progress.changes.append(contentsOf: pruning.changes)
        walk.progress.inventory = applied.union(pruning.survivors)
        if let failure = pruning.failure { throw failure }
    }

    private func awaitHealth(
        _ desired: DesiredObjects,
        with applier: ClusterApplier,
        _ spec: Kustomization.Spec,
        _ walk: inout ApplyWalk
    ) async throws {
        let targets =
            spec.waits
            ? ReadyTarget.all(of: desired, walk.progress.changes)
            : spec.healthChecks.map { ReadyTarget($0.gvk, $0.key) }
        var isTold = false
        try await applier.awaitReady(targets, timeout: spec.timeout) {
            if context.isCalledAgain(walk.object.key) { throw Superseded() }
            guard !isTold else { return }
            isTold = true
            try await tellOfWait(spec, &walk)
        }
    }

    /// A wait can take long: the status says so, and others get on with their work.
    private func tellOfWait(_ spec: Kustomization.Spec, _ walk: inout ApplyWalk) async throws {
        WorkSlot.current?.release()
        let status = ApplyStatusReducer.status(
            of: walk.object,
            during: walk.progress,
            "Running health checks for revision \(walk.progress.revision ?? "") with a timeout of "
                + GoDuration.format(spec.timeout),
            now: context.clock.now()
        )
        walk.object = try await writer.write(status: status, of: walk.object)
    }

    private func nonEmpty(_ text: String) -> String? { text.isEmpty ? nil : text }
}

/// Where a walk is and what it has learned.
struct ApplyWalk {
    var object: KubeObject
    var stage = ApplyStage.plan
    var progress = ApplyProgress()
    var failure: ApplyFailure?

    init(object: KubeObject, started: Timestamp) {
        self.object = object
        progress.started = started
    }
}
