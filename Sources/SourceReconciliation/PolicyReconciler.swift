package import ControllerRuntime
import CoreModel
import KubeClient
package import KubeModel
import Logging
import ManifestTree
import SluiceAPI

/// Tells in the status of each verification policy whether it is accepted, and how many sources it covers.
package struct PolicyReconciler: Sendable {
    private let cache: PolicyCache
    private let sources: ObjectCache
    private let writer: ObjectWriter
    private let clock: any WallClock
    private let recorder: EventRecorder
    private let logger: Logger

    /// - Parameter type: that of the cache's policies.
    package init(_ context: SourceContext, _ type: ResourceType, _ cache: PolicyCache) {
        self.cache = cache
        sources = context.cache
        writer = ObjectWriter(client: context.client, type: type, cache: cache.objects)
        clock = context.clock
        recorder = context.recorder
        logger = context.logger
    }

    /// Never throws; what could not be written is tried again.
    package func reconcile(_ key: ObjectKey) async -> ReconcileOutcome {
        guard (try? await sources.waitUntilFilled()) != nil, let object = cache.objects[key],
            let policy = cache.policy(key), !object.isBeingDeleted
        else { return .settled }
        let covered = sources.all.count { policy.covers($0) }
        let reduction = Self.reduce(object, policy, covered: covered, now: clock.now())
        guard let status = reduction.status else { return .settled }
        do {
            _ = try await writer.write(status: status, of: object)
            reduction.events.forEach(recorder.record)
            return .settled
        } catch {
            if Task.isCancelled { return .settled }
            logger.error("the \(object.subject) could not be written", metadata: ["error": "\(error)"])
            return .failed(atLeast: .zero)
        }
    }

    /// What is to be written and told; a nil status where it is what the object already has.
    static func reduce(_ object: KubeObject, _ policy: SourcePolicy, covered: Int, now: Timestamp) -> (
        status: Tree?, events: [ObjectEvent]
    ) {
        var status = object.tree["status"] ?? .map([:])
        var conditions = object.conditions
        let problem = policy.problem
        let told = conditions[SourceCondition.ready]?.message
        let message =
            problem.map { "\($0); the sources that the policy covers are refused until it is corrected" }
            ?? "the policy is accepted and enforced"
        conditions.set(
            Condition(
                SourceCondition.ready,
                problem == nil ? .true : .false,
                reason: problem == nil ? "Accepted" : "InvalidPolicy",
                message: message,
                observedGeneration: object.generation
            ),
            now: now
        )
        status["observedGeneration"] = .number(.init(Int(object.generation)))
        status["conditions"] = conditions.tree
        status["sources"] = .number(.init(covered))
        guard status != object.tree["status"] else { return (nil, []) }
        guard problem != nil, told != message else { return (status, []) }
        return (status, [ObjectEvent(object, .error, reason: "InvalidPolicy", message: message)])
    }
}
