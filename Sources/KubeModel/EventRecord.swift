package import CoreModel
import ManifestTree

/// One core/v1 Event about an object, before it is written.
package struct EventRecord: Hashable, Sendable {
    package enum Severity: String, Hashable, Sendable {
        case normal = "Normal"
        case warning = "Warning"
    }

    /// What the event is about: apiVersion, kind, name, namespace, uid and resourceVersion are used.
    package var subject: KubeObject
    package var severity: Severity
    package var reason: String
    package var message: String
    /// The controller that reports, such as `kustomize-controller`.
    package var controller: String
    /// The pod that reports.
    package var instance: String
    package var annotations: [String: String] = [:]

    package init(_ severity: Severity, about subject: KubeObject, reason: String, message: String) {
        self.severity = severity
        self.subject = subject
        self.reason = reason
        self.message = message
        controller = ""
        instance = ""
    }

    /// The most bytes that API servers take for a message.
    package static let messageLimit = 1024

    /// The event as it is created: named after its subject and the time, in the subject's namespace (`default` for
    /// subjects without one).
    package func object(at time: Timestamp) -> KubeObject {
        let namespace = subject.namespace.isEmpty ? "default" : subject.namespace
        let stamp = String(UInt64(max(0, time.seconds)) * 1_000_000_000 + UInt64(time.nanoseconds), radix: 16)
        let name = "\(subject.name.prefix(230)).\(stamp)"
        var object = KubeObject(
            GroupVersionKind(group: "", version: "v1", kind: "Event"),
            key: ObjectKey(namespace: namespace, name: name)
        )
        object.annotations = annotations
        object.tree["involvedObject"] = reference
        object.tree["type"] = .string(severity.rawValue)
        object.tree["reason"] = .string(reason)
        object.tree["message"] = .string(Self.shorten(message))
        object.tree["source"] = ["component": .string(controller)]
        object.tree["reportingComponent"] = .string(controller)
        object.tree["reportingInstance"] = .string(instance)
        object.tree["firstTimestamp"] = .string(time.description)
        object.tree["lastTimestamp"] = .string(time.description)
        object.tree["count"] = 1
        return object
    }

    /// The change that counts one more occurrence of an event that was written before.
    package static func repeated(count: Int, at time: Timestamp) -> KubePatch {
        .merge(["count": .number(.init(count)), "lastTimestamp": .string(time.description)])
    }

    private var reference: Tree {
        var reference: Tree = [
            "apiVersion": .string(subject.apiVersion), "kind": .string(subject.kind), "name": .string(subject.name),
        ]
        let rest = [
            ("namespace", subject.namespace), ("uid", subject.uid), ("resourceVersion", subject.resourceVersion),
        ]
        for (key, value) in rest where !value.isEmpty { reference[key] = .string(value) }
        return reference
    }

    /// Cuts at a character, and says so with an ellipsis.
    private static func shorten(_ message: String) -> String {
        guard message.utf8.count > messageLimit else { return message }
        var kept = ""
        var size = 0
        for character in message {
            size += character.utf8.count
            guard size <= messageLimit - 3 else { break }
            kept.append(character)
        }
        return kept + "..."
    }
}
