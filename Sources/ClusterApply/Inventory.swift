package import KubeModel
package import ManifestTree

/// The objects that one owner has in a cluster, each once, in the order they are applied.
package struct Inventory: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package let identity: ObjectIdentity
        /// The API version (without group) that the object was applied in.
        package let version: String

        package init(_ identity: ObjectIdentity, version: String) {
            self.identity = identity
            self.version = version
        }
    }

    package private(set) var entries: [Entry] = []
    private var known: Set<ObjectIdentity> = []

    package init() {}

    /// Later entries of the same object are left out.
    package init(_ entries: some Sequence<Entry>) {
        for entry in entries { append(entry) }
    }

    /// The objects of a set, in the order they are applied.
    package init(_ objects: [KubeObject]) {
        self.init(ApplyOrder.sorted(objects).map { Entry(ObjectIdentity($0), version: $0.gvk.version) })
    }

    /// Reads `status.inventory`. Entries that cannot be read are given back beside it, so that they are not lost
    /// silently.
    package static func read(_ tree: Tree?) -> (inventory: Inventory, unreadable: [String]) {
        var inventory = Inventory()
        var unreadable: [String] = []
        for item in tree?["entries"]?.list ?? [] {
            let id = item["id"]?.string ?? ""
            if let identity = ObjectIdentity(id: id) {
                inventory.append(Entry(identity, version: item["v"]?.string ?? ""))
            } else {
                unreadable.append(id)
            }
        }
        return (inventory, unreadable)
    }

    /// `status.inventory`.
    package var tree: Tree {
        ["entries": .list(entries.map { ["id": .string($0.identity.id), "v": .string($0.version)] })]
    }

    package var isEmpty: Bool { entries.isEmpty }
    package var count: Int { entries.count }

    package func contains(_ identity: ObjectIdentity) -> Bool { known.contains(identity) }

    /// Everything of both; where both have an object, this one's version stays.
    package func union(_ other: Inventory) -> Inventory { Inventory(entries + other.entries) }

    /// What the other does not have, whatever the versions.
    package func subtracting(_ other: Inventory) -> Inventory {
        Inventory(entries.filter { !other.contains($0.identity) })
    }

    private mutating func append(_ entry: Entry) {
        guard known.insert(entry.identity).inserted else { return }
        entries.append(entry)
    }
}
