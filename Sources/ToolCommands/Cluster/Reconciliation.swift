import CoreModel
import KubeModel
import ManifestTree

/// Asks a controller for one reconcile, and waits for its end.
struct Reconciliation: Sendable {
    let session: ClusterSession
    let kind: ReconciledKind

    private static let annotation = "reconcile.fluxcd.io/requestedAt"
    private static let pause = Duration.seconds(2)

    /// The object, if it takes requests.
    /// - Throws: `ToolError`: `notFound`, `suspended`.
    func activeObject(_ key: ObjectKey) async throws -> KubeObject {
        let object = try await session.object(kind, key)
        guard !object.isSuspended else {
            throw ToolError(
                .suspended,
                "\(object.subject) cannot be reconciled: resource is suspended; resume it first"
            )
        }
        return object
    }

    /// Annotates the object and waits until the controller has handled just that request.
    /// - Throws: `ToolError`: `notFound`, `suspended`, `failed` with the controller's message, `timeout`.
    func request(_ key: ObjectKey) async throws {
        let context = session.context
        _ = try await activeObject(key)
        context.action("annotating \(kind.name) \(key.name) in \(key.namespace) namespace")
        let requestedAt = context.clock.now().microseconds
        let annotations: Tree = ["annotations": [Self.annotation: .string(requestedAt)]]
        try await session.merge(kind, key, .merge(["metadata": annotations]))
        context.success("\(kind.name) annotated")
        context.waiting("waiting for \(kind.name) reconciliation")
        let object = try await finished(key) { object in
            object.tree[path: ["status", "lastHandledReconcileAt"]]?.string == requestedAt
        }
        context.success("\(kind.verb) revision \(kind.revision(of: object))")
    }

    /// Waits until the object is ready in its present generation and `isHandled` agrees.
    /// - Throws: `ToolError`: `notFound`, `failed`, `timeout`.
    func finished(_ key: ObjectKey, where isHandled: @Sendable (KubeObject) -> Bool) async throws -> KubeObject {
        let clock = session.context.clock
        let deadline = clock.now() + session.timeout
        while true {
            let object = try await session.object(kind, key)
            if isHandled(object), try isReady(object) { return object }
            guard clock.now() < deadline else { throw timedOut(object) }
            try await session.context.sleep(Self.pause)
        }
    }

    private func isReady(_ object: KubeObject) throws -> Bool {
        guard let ready = object.conditions["Ready"] else { return false }
        let isCurrent = ready.observedGeneration.map { $0 == object.generation } ?? true
        switch ready.status {
        case .unknown: return false
        case .false where isCurrent:
            throw ToolError(.failed, "\(kind.name) reconciliation failed: '\(ready.message)'")
        case .false: return false
        case .true:
            let observed = object.tree[path: ["status", "observedGeneration"]]?.integer
            return isCurrent && observed == object.generation
        }
    }

    private func timedOut(_ object: KubeObject) -> ToolError {
        let state = object.conditions["Ready"].map { "it says: \($0.message)" } ?? "no controller has looked at it"
        let time = GoDuration.format(session.timeout)
        return ToolError(
            .timeout,
            "\(object.subject) was not reconciled within \(time); \(state). Look at the controller's log, or give a "
                + "longer --timeout"
        )
    }
}
