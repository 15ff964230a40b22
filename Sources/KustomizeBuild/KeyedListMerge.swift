import ManifestTree

/// Merges lists whose elements are told apart by keys. The order of the outcome, and what becomes of elements that
/// lack a key, are kustomize's.
struct KeyedListMerge {
    private let merge: StrategicMerge
    let keys: [String]
    let element: MergeSchema
    let path: [String]
    /// The general case takes time in the square of the number of elements.
    private static let generalLimit = 4096

    init(merge: StrategicMerge, keys: [String], element: MergeSchema, path: [String]) {
        self.merge = merge
        self.keys = keys
        self.element = element
        self.path = path
    }

    /// - Throws: `StrategicMerge.Mismatch` for elements of the object that are no maps; those of a patch do not count.
    func merge(_ old: [Tree], _ new: [Tree]) throws -> [Tree] {
        if let item = old.first(where: { $0.map == nil && !$0.isNull }) {
            throw StrategicMerge.Mismatch(
                path: path,
                phrase: "holds \(item.kindName), and its elements merge by \(keys.joined(separator: " and "))"
            )
        }
        if keys.count == 1, let oldKeys = simpleKeys(old), let newKeys = simpleKeys(new) {
            return try mergeSimple(old, oldKeys, new, newKeys)
        }
        guard old.count + new.count <= Self.generalLimit else {
            throw StrategicMerge.Mismatch(
                path: path,
                phrase: "has more than \(Self.generalLimit) elements that merge by \(keys.joined(separator: " and "))"
            )
        }
        var general = GeneralKeyedMerge(merge: self, old: old, new: new)
        return try general.run()
    }

    func mergeElement(_ old: Tree?, _ new: Tree?) throws -> Tree? {
        if var old, old.map != nil, merge.isReplacement(new) {
            // Where the patch brings the list, it is on both sides.
            if merge.isReplacement(old) { old[StrategicMerge.directiveKey] = nil }
            return old
        }
        let merged = try merge.walk(old, new, .map(element), path)
        if let merged, merged.isVacant { return nil }
        return merged
    }

    /// The key of each element; nil when one has none.
    private func simpleKeys(_ items: [Tree]) -> [String]? {
        var texts: [String] = []
        for item in items {
            guard let text = item[keys[0]]?.scalarText, !text.isEmpty else { return nil }
            texts.append(text)
        }
        return texts
    }

    private func mergeSimple(_ old: [Tree], _ oldKeys: [String], _ new: [Tree], _ newKeys: [String]) throws -> [Tree] {
        let oldFirst = Dictionary(zip(oldKeys, old.indices)) { first, _ in first }
        let oldLast = Dictionary(zip(oldKeys, old.indices)) { _, last in last }
        let newFirst = Dictionary(zip(newKeys, new.indices)) { first, _ in first }
        var merged: [Tree] = []
        var seen: Set<String> = []
        for key in newKeys + oldKeys where seen.insert(key).inserted {
            let first = oldFirst[key]
            guard let item = try mergeElement(first.map { old[$0] }, newFirst[key].map { new[$0] }) else { continue }
            // Of elements that repeat a key, the last replaces what was merged into the first.
            if let last = oldLast[key], last != first { merged.append(old[last]) } else { merged.append(item) }
        }
        return merged
    }
}

/// The general case: several keys, or elements without a key.
private struct GeneralKeyedMerge {
    let merge: KeyedListMerge
    var old: [Tree]
    var new: [Tree]
    private var merged: [Tree] = []
    /// Whether one list stands on both sides, as where the patch brings it: what is done to it is done to both.
    private let isShared: Bool
    private var keys: [String] { merge.keys }

    init(merge: KeyedListMerge, old: [Tree], new: [Tree]) {
        self.merge = merge
        self.old = old
        self.new = new
        isShared = old == new
    }

    mutating func run() throws -> [Tree] {
        let values = joined(distinctValues())
        guard !values.isEmpty else { return old }
        let valid = keys.indices.filter { index in values.contains { !$0[index].isEmpty } }
        let used = valid.isEmpty ? Array(keys.indices) : valid
        let usedKeys = used.map { keys[$0] }
        for value in values { try take(usedKeys, used.map { value[$0] }) }
        for item in old { append(item, usedKeys) }
        return merged
    }

    /// The values of the keys over all elements, the patch's first, "" for a missing key.
    private func distinctValues() -> [[String]] {
        var seen: Set<[String]> = []
        return (new + old).compactMap { item in
            let value = keys.map { item[$0]?.scalarText ?? "" }
            return seen.insert(value).inserted ? value : nil
        }
    }

    /// Values that differ only where one of them has nothing become one.
    private func joined(_ values: [[String]]) -> [[String]] {
        guard keys.count > 1 else { return values }
        var values = values
        for first in values.indices {
            // As it was before it became one with any other.
            let value = values[first]
            for second in values.indices {
                guard let both = join(value, values[second]) else { continue }
                values[first] = both
                values[second] = both
            }
        }
        return values
    }

    private func join(_ first: [String], _ second: [String]) -> [String]? {
        var haveOneInCommon = false
        var both: [String] = []
        for (left, right) in zip(first, second) {
            if left == right { haveOneInCommon = true }
            guard left == right || left.isEmpty || right.isEmpty else { return nil }
            both.append(left.isEmpty ? right : left)
        }
        return haveOneInCommon ? both : nil
    }

    private mutating func take(_ keys: [String], _ value: [String]) throws {
        defer { if isShared { new = old } }
        let present = value.indices.filter { !value[$0].isEmpty }
        let wanted = present.isEmpty ? Array(value.indices) : present
        let matches = { (item: Tree) in
            item.map != nil && wanted.allSatisfy { item[keys[$0]]?.nodeText == value[$0] }
        }
        let index = old.firstIndex(where: matches)
        let newIndex = new.firstIndex(where: matches)
        let merged = try merge.mergeElement(index.map { old[$0] }, newIndex.map { new[$0] })
        // A directive is followed once: whoever meets the element again, under the same keys, takes it as it is.
        if let newIndex, new[newIndex][StrategicMerge.directiveKey] != nil {
            new[newIndex][StrategicMerge.directiveKey] = nil
            if isShared { old[newIndex] = new[newIndex] }
        }
        guard let item = merged else {
            old = without(old, keys, value)
            return
        }
        if let index { old[index] = item }
        set(item, keys, value)
    }

    /// Appends an element of the object, in place of what it was merged into.
    private mutating func append(_ item: Tree, _ keys: [String]) {
        let value = keys.compactMap { item[$0]?.nodeText }
        for _ in value.count..<keys.count { merged.append(item) }
        if keys.count > 1 { merged = without(merged, keys, value) }
        set(item, keys, value)
    }

    private mutating func set(_ item: Tree, _ keys: [String], _ value: [String]) {
        var found = false
        var kept: [Tree] = []
        for held in merged where !held.isVacant {
            if isMatch(held, keys, value) {
                found = true
                kept.append(item)
            } else if !value.isEmpty {
                kept.append(held)
            }
        }
        merged = kept
        if item.isNull { return }
        if !found { merged.append(item) }
    }

    private func without(_ items: [Tree], _ keys: [String], _ value: [String]) -> [Tree] {
        items.filter { !$0.isVacant && !isMatch($0, keys, value) && !value.isEmpty }
    }

    /// As kustomize finds the element to set: an empty value asks only for the key, a value that is not there for
    /// nothing more than the one before it.
    private func isMatch(_ item: Tree, _ keys: [String], _ value: [String]) -> Bool {
        guard item.map != nil, !value.isEmpty else { return false }
        return keys.indices.prefix(value.count).allSatisfy { index in
            guard let held = item[keys[index]] else { return false }
            return value[index].isEmpty || held.nodeText == value[index]
        }
    }
}
