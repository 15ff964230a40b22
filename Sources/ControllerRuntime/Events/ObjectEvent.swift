import CoreModel
package import KubeModel
import ManifestTree

/// Something that happened to an object and that people should hear of.
package struct ObjectEvent: Sendable {
    package enum Severity: String, Sendable {
        case info, error
        /// Only a Kubernetes Event; never sent to the notification controller.
        case trace

        var eventSeverity: EventRecord.Severity { self == .error ? .warning : .normal }
    }

    package let object: KubeObject
    package let severity: Severity
    package let reason: String
    package let message: String
    /// Annotations of the event, such as the revision.
    package let metadata: [String: String]

    package init(
        _ object: KubeObject,
        _ severity: Severity,
        reason: String,
        message: String,
        metadata: [String: String] = [:]
    ) {
        self.object = object
        self.severity = severity
        self.reason = reason
        self.message = message
        // What the user put on the object for alerts travels with every event of it.
        let carried = object.annotations.filter { $0.key.hasPrefix("event.toolkit.fluxcd.io/") }
        self.metadata = metadata.merging(carried) { own, _ in own }
    }

    /// Events that differ in nothing but time.
    var signature: EventSignature {
        EventSignature(uid: object.uid, severity: severity, reason: reason, message: message)
    }

    /// `involvedObject` of a core/v1 Event and of a notification.
    var involvedObject: Tree {
        [
            "apiVersion": .string(object.apiVersion), "kind": .string(object.kind), "name": .string(object.name),
            "namespace": .string(object.namespace), "uid": .string(object.uid),
            "resourceVersion": .string(object.resourceVersion),
        ]
    }

    /// The core/v1 Event.
    func record(controller: String, instance: String) -> EventRecord {
        var record = EventRecord(severity.eventSeverity, about: object, reason: reason, message: message)
        record.controller = controller
        record.instance = instance
        record.annotations = metadata
        return record
    }

    /// The body of a POST to the notification controller.
    func notification(controller: String, instance: String, at time: Timestamp) -> Tree {
        [
            "involvedObject": involvedObject, "severity": .string(severity.rawValue),
            "timestamp": .string(time.description), "message": .string(message), "reason": .string(reason),
            "metadata": .map(TreeMap(metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
            "reportingController": .string(controller), "reportingInstance": .string(instance),
        ]
    }
}

/// What makes two events the same.
struct EventSignature: Hashable, Sendable {
    let uid: String
    let severity: ObjectEvent.Severity
    let reason: String
    let message: String
}
