package import CoreModel
import ManifestTree

/// What a coordination.k8s.io/v1 Lease says: who leads, since when and for how long.
package struct LeaseRecord: Hashable, Sendable {
    /// Empty when nobody leads.
    package var holder: String
    package var duration: Duration
    package var acquired: Timestamp?
    package var renewed: Timestamp?
    /// How often the leader changed.
    package var transitions: Int64

    package init(holder: String, duration: Duration, acquired: Timestamp?, renewed: Timestamp?, transitions: Int64) {
        self.holder = holder
        self.duration = duration
        self.acquired = acquired
        self.renewed = renewed
        self.transitions = transitions
    }

    /// Reads a Lease; fields that are missing are empty.
    package init(_ object: KubeObject) {
        let spec = object.tree["spec"]
        holder = spec?["holderIdentity"]?.string ?? ""
        duration = .seconds(spec?["leaseDurationSeconds"]?.integer ?? 0)
        acquired = spec?["acquireTime"]?.string.flatMap { Timestamp($0) }
        renewed = spec?["renewTime"]?.string.flatMap { Timestamp($0) }
        transitions = spec?["leaseTransitions"]?.integer ?? 0
    }

    /// How the kind of this object is served.
    package static let type = ResourceType(
        group: "coordination.k8s.io",
        version: "v1",
        resource: "leases",
        kind: "Lease",
        namespaced: true
    )

    /// A new Lease with this content.
    package func object(_ key: ObjectKey) -> KubeObject {
        var object = KubeObject(Self.type.gvk, key: key)
        write(to: &object)
        return object
    }

    /// Replaces the content of a Lease that was read, and keeps its resource version, so that a replace fails when
    /// another candidate was faster.
    package func write(to object: inout KubeObject) {
        object.tree["spec"] = [
            "holderIdentity": .string(holder),
            "leaseDurationSeconds": .number(.init(Int(duration.components.seconds))),
            "acquireTime": acquired.map { .string($0.microseconds) } ?? .null,
            "renewTime": renewed.map { .string($0.microseconds) } ?? .null,
            "leaseTransitions": .number(.init(Int(transitions))),
        ]
    }
}
