package import CoreModel
package import ManifestTree

/// One observation in an object's status (`metav1.Condition`).
package struct Condition: Hashable, Sendable {
    package enum Status: String, Hashable, Sendable {
        case `true` = "True"
        case `false` = "False"
        case unknown = "Unknown"
    }

    package var type: String
    package var status: Status
    package var reason: String
    package var message: String
    /// The generation that was looked at; nil where the writer does not say.
    package var observedGeneration: Int64?
    /// When `status` last changed; nil before the condition is in a list.
    package var lastTransitionTime: Timestamp?

    package init(
        _ type: String,
        _ status: Status,
        reason: String,
        message: String,
        observedGeneration: Int64? = nil
    ) {
        self.type = type
        self.status = status
        self.reason = reason
        self.message = message
        self.observedGeneration = observedGeneration
    }

    /// Reads one entry; nil without a type. A status that is none of the three counts as unknown.
    package init?(_ tree: Tree) {
        guard let type = tree["type"]?.string, !type.isEmpty else { return nil }
        self.type = type
        status = tree["status"]?.string.flatMap { Status(rawValue: $0) } ?? .unknown
        reason = tree["reason"]?.string ?? ""
        message = tree["message"]?.string ?? ""
        observedGeneration = tree["observedGeneration"]?.integer
        lastTransitionTime = tree["lastTransitionTime"]?.string.flatMap { Timestamp($0) }
    }

    /// The entry as `status.conditions` holds it.
    package var tree: Tree {
        var tree: Tree = ["type": .string(type), "status": .string(status.rawValue)]
        if let observedGeneration { tree["observedGeneration"] = .number(.init(Int(observedGeneration))) }
        if let lastTransitionTime { tree["lastTransitionTime"] = .string(lastTransitionTime.description) }
        tree["reason"] = .string(reason)
        tree["message"] = .string(message)
        return tree
    }
}

/// The conditions of one object: at most one of each type, in the order they were added.
package struct ConditionList: Hashable, Sendable, Sequence {
    private var entries: [Condition] = []

    package init() {}

    /// Reads `status.conditions`; entries without a type are dropped, later ones of the same type win.
    package init(_ tree: Tree?) {
        for condition in (tree?.list ?? []).compactMap(Condition.init) {
            if let index = entries.firstIndex(where: { $0.type == condition.type }) {
                entries[index] = condition
            } else {
                entries.append(condition)
            }
        }
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// `status.conditions`, as it is written.
    package var tree: Tree { .list(entries.map(\.tree)) }

    package subscript(type: String) -> Condition? { entries.first { $0.type == type } }

    /// Whether there is a condition of the type with the status `True`.
    package func isTrue(_ type: String) -> Bool { self[type]?.status == .true }

    /// Adds or replaces the condition of its type. The transition time is `now` where the status changed, and is kept
    /// where it did not.
    package mutating func set(_ condition: Condition, now: Timestamp) {
        var condition = condition
        guard let index = entries.firstIndex(where: { $0.type == condition.type }) else {
            condition.lastTransitionTime = now
            entries.append(condition)
            return
        }
        let held = entries[index]
        condition.lastTransitionTime = held.status == condition.status ? held.lastTransitionTime ?? now : now
        entries[index] = condition
    }

    package mutating func remove(_ type: String) { entries.removeAll { $0.type == type } }

    package func makeIterator() -> IndexingIterator<[Condition]> { entries.makeIterator() }
}
