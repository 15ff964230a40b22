internal import OrderedCollections

/// The entries of a map in the order they were written. Equality and hashing ignore the order.
///
/// Keys are told apart by their bytes: two spellings of one character are two keys, as they are to Kubernetes.
package struct TreeMap: Hashable, Sendable, ExpressibleByDictionaryLiteral, Sequence {
    /// A key that equals another only when every byte does; `String` compares by canonical equivalence.
    fileprivate struct ExactKey: Hashable, Sendable {
        let text: String

        static func == (left: ExactKey, right: ExactKey) -> Bool { left.text.hasSameBytes(as: right.text) }
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

    /// A map of keys and values that stand side by side.
    /// - Returns: nil when a key is there twice.
    init?(keys: ArraySlice<String>, values: ArraySlice<Tree>) {
        if keys.count > 12 {
            var entries = OrderedDictionary<ExactKey, Tree>(minimumCapacity: keys.count)
            for (key, value) in zip(keys, values) {
                guard entries.updateValue(value, forKey: ExactKey(text: key)) == nil else { return nil }
            }
            self.entries = entries
            return
        }
        // Few keys are compared faster than hashed.
        for index in keys.indices.dropFirst() {
            for other in keys.startIndex..<index where keys[index].hasSameBytes(as: keys[other]) { return nil }
        }
        entries = OrderedDictionary(
            uncheckedUniqueKeys: keys.lazy.map { ExactKey(text: $0) },
            values: values
        )
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

    /// The entry at a position.
    func entry(at position: Int) -> (key: String, value: Tree) {
        (entries.keys[position].text, entries.values[position])
    }

    /// The positions of the entries with their keys in go-yaml's natural order; nil when they stand in it.
    func naturalOrder() -> [Int]? {
        let keys = entries.keys
        var (isSorted, hasDigits) = (true, false)
        for index in keys.indices {
            hasDigits = hasDigits || NaturalOrder.hasDigits(keys[index].text)
            if index > 0, isSorted { isSorted = NaturalOrder.precedes(keys[index - 1].text, keys[index].text) }
        }
        // With digits the order is not transitive for every set of keys: then neighbours in order prove nothing.
        if isSorted && (!hasDigits || keys.count < 3) { return nil }
        var positions = Array(keys.indices)
        // By bytes first, so that the outcome does not depend on the order they came in.
        if hasDigits {
            positions.sort { keys[$0].text.utf8.lexicographicallyPrecedes(keys[$1].text.utf8) }
        }
        positions.sort { NaturalOrder.precedes(keys[$0].text, keys[$1].text) }
        return positions
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

extension String {
    /// Whether both are the same bytes; `==` takes two spellings of one character for equal.
    func hasSameBytes(as other: String) -> Bool {
        let (left, right) = (utf8.span, other.utf8.span)
        guard left.count == right.count else { return false }
        for index in left.indices where left[index] != right[index] { return false }
        return true
    }
}
