import ControllerRuntime
import CoreModel
import KubeModel
import OCIDistribution
import SluiceAPI
import Synchronization

/// Registries that do not answer: their outage is told by one event, and not by one of each object. The others say it
/// in their status, and the end of it is one event again.
struct OutageState: Sendable {
    private struct Outage {
        let began: Timestamp
        /// Objects that failed by it and have not succeeded since.
        var members: Set<ObjectKey>
        /// Cleared by the first success: a failure after that is another outage.
        var isOpen = true
    }

    /// What a success means for the events.
    enum Ending: Equatable {
        /// The object had no part in an outage.
        case none
        /// The first success after an outage that took so long.
        case over(after: Duration)
        /// Others have told of the end already.
        case told
    }

    private var outages: [String: Outage] = [:]

    /// Registries that are remembered.
    var count: Int { outages.count }

    /// An object failed because its registry does not answer; true where that is news.
    mutating func failed(_ registry: String, _ object: ObjectKey, at now: Timestamp) -> Bool {
        guard var outage = outages[registry], outage.isOpen else {
            let others = outages[registry]?.members ?? []
            outages[registry] = Outage(began: now, members: others.union([object]))
            return true
        }
        outage.members.insert(object)
        outages[registry] = outage
        return false
    }

    /// The registry answered an object.
    mutating func answered(_ registry: String, _ object: ObjectKey, at now: Timestamp) -> Ending {
        guard var outage = outages[registry], outage.members.remove(object) != nil else { return .none }
        let wasOpen = outage.isOpen
        outage.isOpen = false
        outages[registry] = outage.members.isEmpty ? nil : outage
        return wasOpen ? .over(after: now - outage.began) : .told
    }

    /// An object is gone.
    mutating func forget(_ object: ObjectKey) {
        for (registry, outage) in outages where outage.members.contains(object) {
            var outage = outage
            outage.members.remove(object)
            outages[registry] = outage.members.isEmpty ? nil : outage
        }
    }
}

/// Sorts out the events of sources by the outages of their registries.
final class RegistryOutages: Sendable {
    private let state = Mutex(OutageState())

    /// The events that are to be recorded, of those that one reconcile has led to.
    func filter(
        _ events: [ObjectEvent],
        of source: OCIRepository,
        _ outcome: SourceOutcome,
        now: Timestamp
    ) -> [ObjectEvent] {
        guard let registry = Self.registry(of: source) else { return events }
        let key = source.object.key
        if case .failed(let failure, _) = outcome {
            // A spec or a Secret that cannot be used says nothing about the registry.
            guard ![.plan, .trust, .credentials, .store].contains(failure.stage) else { return events }
            guard failure.isOutage else {
                _ = state.withLock { $0.answered(registry, key, at: now) }
                return events
            }
            let isNews = state.withLock { $0.failed(registry, key, at: now) }
            let note = "; other objects of this registry tell of its outage in their status alone"
            return isNews ? events.map { $0.adding(note) } : []
        }
        switch state.withLock({ $0.answered(registry, key, at: now) }) {
        case .none: return events
        case .told: return events.filter { $0.reason != SourceStatusReducer.recovered }
        case .over(let time):
            let note = "; its registry answers again after \(GoDuration.format(.seconds(time.components.seconds)))"
            return events.map { $0.adding(note) }
        }
    }

    /// An object is gone.
    func forget(_ object: ObjectKey) { state.withLock { $0.forget(object) } }

    /// The registry as this object reaches it: behind a proxy or an authority of its own, it may be out for this object
    /// alone.
    private static func registry(of source: OCIRepository) -> String? {
        guard let spec = try? source.spec(), let repository = try? ReferenceSelection.repository(spec) else {
            return nil
        }
        let own = [spec.proxySecretName, spec.certSecretName].map { $0 ?? "" }
        guard own != ["", ""] else { return repository.registry }
        return ([repository.registry, source.object.namespace] + own).joined(separator: " ")
    }
}

extension StageFailure {
    /// Whether the registry failed as a whole, and not for what this object asked.
    var isOutage: Bool {
        var error: (any Error)? = underlying
        while let current = error {
            if current is DeadlineError { return true }
            if let failure = current as? RegistryError {
                return [.unreachable, .unavailable, .rateLimited, .timeout].contains(failure.code)
            }
            error = (current as? any ModuleError)?.cause
        }
        return false
    }
}

extension ObjectEvent {
    fileprivate func adding(_ note: String) -> ObjectEvent {
        ObjectEvent(object, severity, reason: reason, message: message + note, metadata: metadata)
    }
}
