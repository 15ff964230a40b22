package import OrderedCollections

/// The entries of a map in the order they were written. Equality and hashing ignore the order.
package struct TreeMap: Hashable, Sendable, ExpressibleByDictionaryLiteral, Sequence {
    private var entries: OrderedDictionary<String, Tree>

    package init() { entries = [:] }

    /// Later values win over earlier ones of the same key.
    package init(_ pairs: some Sequence<(String, Tree)>) {
        entries = OrderedDictionary(pairs.lazy.map { ($0.0, $0.1) }, uniquingKeysWith: { $1 })
    }

    package init(dictionaryLiteral elements: (String, Tree)...) { self.init(elements) }

    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }

    /// The keys in order.
    package var keys: OrderedSet<String> { entries.keys }

    /// Setting a new key adds it at the end; setting nil removes the key and keeps the order of the others.
    package subscript(key: String) -> Tree? {
        get { entries[key] }
        set { entries[key] = newValue }
    }

    /// Changes the value of a key in place, without copying it.
    package mutating func update<Result>(_ key: String, default value: Tree, _ change: (inout Tree) throws -> Result)
        rethrows -> Result
    {
        try change(&entries[key, default: value])
    }

    /// Orders the keys by their UTF-8 bytes.
    package mutating func sortKeys() {
        entries.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    package func makeIterator() -> AnyIterator<(key: String, value: Tree)> {
        var iterator = entries.makeIterator()
        return AnyIterator { iterator.next() }
    }

    package static func == (left: TreeMap, right: TreeMap) -> Bool {
        left.count == right.count && left.entries.allSatisfy { right.entries[$0.key] == $0.value }
    }

    package func hash(into hasher: inout Hasher) {
        var combined = 0
        for (key, value) in entries {
            var entry = Hasher()
            entry.combine(key)
            entry.combine(value)
            combined ^= entry.finalize()
        }
        hasher.combine(combined)
        hasher.combine(count)
    }
}
