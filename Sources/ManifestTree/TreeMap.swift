/// The entries of a map in the order they were written. Equality and hashing ignore the order.
///
/// Keys are told apart by their bytes: two spellings of one character are two keys, as they are to Kubernetes.
package struct TreeMap: Hashable, Sendable, ExpressibleByDictionaryLiteral, Sequence {
    /// A key and its value.
    struct Entry: Sendable {
        let key: String
        var value: Tree
    }

    /// A key that equals another only when every byte does; `String` compares by canonical equivalence.
    private struct ExactKey: Hashable, Sendable {
        let text: String

        static func == (left: ExactKey, right: ExactKey) -> Bool { left.text.hasSameBytes(as: right.text) }
    }

    /// Up to here, keys are compared faster than hashed.
    private static let scanLimit = 16

    private(set) var entries: [Entry]
    /// The positions of the keys, beyond `scanLimit` of them.
    private var positions: [ExactKey: Int]?

    package init() { entries = [] }

    /// Later values win over earlier ones of the same key.
    package init(_ pairs: some Sequence<(String, Tree)>) {
        entries = []
        entries.reserveCapacity(pairs.underestimatedCount)
        for (key, value) in pairs { append(key, value) }
    }

    package init(dictionaryLiteral elements: (String, Tree)...) { self.init(elements) }

    /// A map of the entries.
    /// - Returns: nil when a key is there twice.
    init?(_ entries: [Entry]) {
        self.entries = entries
        guard entries.count <= Self.scanLimit else {
            indexKeys()
            guard positions?.count == entries.count else { return nil }
            return
        }
        let keys = entries.span
        for index in keys.indices {
            for other in 0..<index where keys[index].key.hasSameBytes(as: keys[other].key) { return nil }
        }
    }

    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }

    /// Whether any entry is of a kind; entries are looked at where they are.
    package func hasAny(_ isWanted: (borrowing String, borrowing Tree) -> Bool) -> Bool {
        let entries = entries.span
        for position in entries.indices where isWanted(entries[position].key, entries[position].value) { return true }
        return false
    }

    /// The keys in order.
    package var keys: [String] { entries.map(\.key) }

    /// The values in order of their keys.
    package var values: [Tree] { entries.map(\.value) }

    /// Setting a new key adds it at the end; setting nil removes the key and keeps the order of the others.
    package subscript(key: String) -> Tree? {
        get { position(of: key).map { entries[$0].value } }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): entries[position].value = value
            case (let position?, nil): remove(at: position)
            case (nil, let value?): add(key, value)
            case (nil, nil): return
            }
        }
    }

    /// Adds an entry at the end; false when the key was there, whose value is then replaced.
    @discardableResult
    package mutating func append(_ key: String, _ value: Tree) -> Bool {
        guard let position = position(of: key) else {
            add(key, value)
            return true
        }
        entries[position].value = value
        return false
    }

    /// Changes the value of a key in place, without copying it.
    package mutating func update<Result>(_ key: String, default value: Tree, _ change: (inout Tree) throws -> Result)
        rethrows -> Result
    {
        if position(of: key) == nil { add(key, value) }
        return try change(&entries[position(of: key) ?? entries.count - 1].value)
    }

    /// Changes the value at a position in place.
    package mutating func update<Result>(at position: Int, _ change: (inout Tree) throws -> Result) rethrows -> Result {
        try change(&entries[position].value)
    }

    /// Orders the keys by their UTF-8 bytes.
    package mutating func sortKeys() {
        let sorted = zip(entries, entries.dropFirst()).allSatisfy {
            $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
        }
        guard !sorted else { return }
        entries.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        if positions != nil { indexKeys() }
    }

    /// This map with its keys in the order of their UTF-8 bytes; maps below keep theirs.
    package func sorted() -> TreeMap {
        var copy = self
        copy.sortKeys()
        return copy
    }

    /// Where a key stands, from zero; nil when it is not there.
    package func position(of key: String) -> Int? {
        if let positions { return positions[ExactKey(text: key)] }
        let entries = entries.span
        for index in entries.indices where entries[index].key.hasSameBytes(as: key) { return index }
        return nil
    }

    private mutating func add(_ key: String, _ value: Tree) {
        entries.append(Entry(key: key, value: value))
        if positions != nil {
            positions?[ExactKey(text: key)] = entries.count - 1
        } else if entries.count > Self.scanLimit {
            indexKeys()
        }
    }

    private mutating func remove(at position: Int) {
        let entry = entries.remove(at: position)
        guard var held = positions else { return }
        positions = nil
        held[ExactKey(text: entry.key)] = nil
        for index in held.values.indices where held.values[index] > position { held.values[index] -= 1 }
        positions = held
    }

    private mutating func indexKeys() {
        var made = [ExactKey: Int](minimumCapacity: entries.count)
        for (position, entry) in entries.enumerated() { made[ExactKey(text: entry.key)] = position }
        positions = made
    }

    // MARK: Sequence

    package func makeIterator() -> Iterator { Iterator(base: entries.makeIterator()) }

    package struct Iterator: IteratorProtocol {
        fileprivate var base: IndexingIterator<[Entry]>

        package mutating func next() -> (key: String, value: Tree)? { base.next().map { ($0.key, $0.value) } }
    }

    package var underestimatedCount: Int { entries.count }

    // MARK: Hashable

    package static func == (left: TreeMap, right: TreeMap) -> Bool {
        left.count == right.count && left.entries.allSatisfy { right[$0.key] == $0.value }
    }

    package func hash(into hasher: inout Hasher) {
        var combined = 0
        for entry in entries {
            var hashed = Hasher()
            hashed.combine(entry.key)
            hashed.combine(entry.value)
            combined ^= hashed.finalize()
        }
        hasher.combine(combined)
        hasher.combine(count)
    }
}

extension TreeMap {
    /// The positions of the entries with their keys in go-yaml's natural order; nil when they stand in it.
    func naturalOrder() -> [Int]? {
        let keys = entries.span
        guard keys.count > 1 else { return nil }
        var isSorted = true
        for index in 1..<keys.count where !NaturalOrder.precedes(keys[index - 1].key, keys[index].key) {
            isSorted = false
            break
        }
        if isSorted, keys.count < 3 { return nil }
        // With digits the order is not transitive for every set of keys: then neighbours in order prove nothing.
        var hasDigits = false
        for index in keys.indices where NaturalOrder.hasDigits(keys[index].key) {
            hasDigits = true
            break
        }
        if isSorted, !hasDigits { return nil }
        if !hasDigits, keys.count <= Self.fewKeys { return inserted(keys) }
        var positions = Array(entries.indices)
        // By bytes first, so that the outcome does not depend on the order they came in.
        if hasDigits {
            positions.sort { entries[$0].key.utf8.lexicographicallyPrecedes(entries[$1].key.utf8) }
        }
        positions.sort { NaturalOrder.precedes(entries[$0].key, entries[$1].key) }
        return positions
    }

    /// Up to here each key is put in its place among those before it, which costs less than to sort.
    private static var fewKeys: Int { 24 }

    private func inserted(_ keys: Span<Entry>) -> [Int] {
        var positions = Array(0..<keys.count)
        for index in 1..<keys.count {
            var place = index
            while place > 0, NaturalOrder.precedes(keys[index].key, keys[positions[place - 1]].key) {
                positions[place] = positions[place - 1]
                place -= 1
            }
            positions[place] = index
        }
        return positions
    }
}

extension String {
    /// Whether both are the same bytes; `==` takes two spellings of one character for equal.
    func hasSameBytes(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        let (left, right) = (utf8.span, other.utf8.span)
        for index in left.indices where left[index] != right[index] { return false }
        return true
    }
}
