internal import OrderedCollections

/// The entries of a map in the order they were written. Equality and hashing ignore the order.
///
/// Keys are told apart by their bytes: two spellings of one character are two keys, as they are to Kubernetes.
package struct TreeMap: Hashable, Sendable, ExpressibleByDictionaryLiteral, Sequence {
    /// A key that equals another only when every byte does; `String` compares by canonical equivalence.
    fileprivate struct ExactKey: Hashable, Sendable {
        let text: String

        static func == (left: ExactKey, right: ExactKey) -> Bool {
            left.text == right.text && left.text.utf8.elementsEqual(right.text.utf8)
        }
    }

    private var entries: OrderedDictionary<ExactKey, Tree>

    package init() { entries = [:] }

    /// Later values win over earlier ones of the same key.
    package init(_ pairs: some Sequence<(String, Tree)>) {
        entries = OrderedDictionary(pairs.lazy.map { (ExactKey(text: $0.0), $0.1) }, uniquingKeysWith: { $1 })
    }

    package init(dictionaryLiteral elements: (String, Tree)...) { self.init(elements) }

    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }

    /// The keys in order.
    package var keys: [String] { entries.keys.map(\.text) }

    /// The values in order of their keys.
    package var values: [Tree] { Array(entries.values) }

    /// Setting a new key adds it at the end; setting nil removes the key and keeps the order of the others.
    package subscript(key: String) -> Tree? {
        get { entries[ExactKey(text: key)] }
        set { entries[ExactKey(text: key)] = newValue }
    }

    /// Adds an entry at the end; false when the key was there, whose value is then replaced.
    @discardableResult
    package mutating func append(_ key: String, _ value: Tree) -> Bool {
        let count = entries.count
        entries.updateValue(value, forKey: ExactKey(text: key), insertingAt: count)
        return entries.count > count
    }

    /// Changes the value of a key in place, without copying it.
    package mutating func update<Result>(_ key: String, default value: Tree, _ change: (inout Tree) throws -> Result)
        rethrows -> Result
    {
        try change(&entries[ExactKey(text: key), default: value])
    }

    /// Orders the keys by their UTF-8 bytes.
    package mutating func sortKeys() {
        let sorted = zip(entries.keys, entries.keys.dropFirst()).allSatisfy {
            $0.text.utf8.lexicographicallyPrecedes($1.text.utf8)
        }
        if !sorted { entries.sort { $0.key.text.utf8.lexicographicallyPrecedes($1.key.text.utf8) } }
    }

    /// This map with its keys in the order of their UTF-8 bytes; maps below keep theirs.
    package func sorted() -> TreeMap {
        var copy = self
        copy.sortKeys()
        return copy
    }

    /// The entries with their keys in go-yaml's natural order.
    func naturallySorted() -> [(key: String, value: Tree)] {
        var pairs: [(key: String, value: Tree)] = []
        pairs.reserveCapacity(entries.count)
        var hasDigits = false
        for (key, value) in entries {
            pairs.append((key.text, value))
            hasDigits = hasDigits || NaturalOrder.hasDigits(key.text)
        }
        // By bytes first: with digits the order is not transitive for every set of keys, and the outcome must not
        // depend on the order they came in.
        if hasDigits { pairs.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } }
        pairs.sort { NaturalOrder.precedes($0.key, $1.key) }
        return pairs
    }

    package func makeIterator() -> Iterator { Iterator(base: entries.makeIterator()) }

    package struct Iterator: IteratorProtocol {
        fileprivate var base: OrderedDictionary<ExactKey, Tree>.Iterator

        package mutating func next() -> (key: String, value: Tree)? {
            base.next().map { ($0.key.text, $0.value) }
        }
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
