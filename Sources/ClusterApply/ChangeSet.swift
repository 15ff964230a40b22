/// What was done to each object, in order.
package struct ChangeSet: Hashable, Sendable {
    package enum Action: String, Hashable, Sendable {
        case created, configured, unchanged, deleted, skipped
    }

    package struct Entry: Hashable, Sendable, CustomStringConvertible {
        package let identity: ObjectIdentity
        /// The API version without its group.
        package let version: String
        package let action: Action

        package init(_ identity: ObjectIdentity, version: String, _ action: Action) {
            self.identity = identity
            self.version = version
            self.action = action
        }

        /// `Kind/namespace/name created`.
        package var description: String { "\(identity) \(action.rawValue)" }
    }

    package private(set) var entries: [Entry] = []

    package init(_ entries: [Entry] = []) { self.entries = entries }

    package mutating func append(_ entry: Entry) { entries.append(entry) }
    package mutating func append(contentsOf other: ChangeSet) { entries += other.entries }

    /// The entries that changed the cluster.
    package var mutations: [Entry] {
        entries.filter { $0.action == .created || $0.action == .configured || $0.action == .deleted }
    }

    /// One line for each change of the cluster, as `flux` shows them; empty when nothing changed.
    package var summary: String { mutations.map(\.description).joined(separator: "\n") }

    /// All objects but the deleted ones.
    package var inventory: Inventory {
        Inventory(entries.filter { $0.action != .deleted }.map { .init($0.identity, version: $0.version) })
    }
}
