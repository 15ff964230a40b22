/// How kustomize lays tables over each other. An entry is dropped where one is there already that it would select, so
/// the order counts, and each merge sorts what came of it by type: of an entry for one kind and one for any kind, the
/// first is there before the second in most tables, and the second is lost once more tables are merged.
extension TransformerConfiguration {
    /// Two entries that say one field is made when it is missing, and that it is not.
    struct Conflict: Error {
        let field: FieldSpec
    }

    /// Adds what is not there yet.
    /// - Throws: `Conflict`.
    mutating func merge(_ other: TransformerConfiguration) throws(Conflict) {
        if other.isStandard, isStandard || isEmpty {
            self = other
            return
        }
        guard !other.isEmpty else { return }
        isStandard = false
        for (_, path) in Self.lists {
            var held = FieldSpecTable(self[keyPath: path])
            for field in other[keyPath: path] { try held.add(field) }
            self[keyPath: path] = held.fields
        }
        var referents: [ObjectType] = []
        var tables: [ObjectType: FieldSpecTable] = [:]
        for entry in nameReference {
            if tables[entry.referent] == nil { referents.append(entry.referent) }
            tables[entry.referent, default: FieldSpecTable()].append(entry.field)
        }
        for entry in other.nameReference {
            if tables[entry.referent] == nil { referents.append(entry.referent) }
            try tables[entry.referent, default: FieldSpecTable()].add(entry.field)
        }
        nameReference = referents.flatMap { referent in
            (tables[referent]?.fields ?? []).map { NameReferenceTable.Entry(referent: referent, field: $0) }
        }
        sort()
    }

    /// Sorts each table by type; name references by what they refer to.
    mutating func sort() {
        for (_, path) in Self.lists { self[keyPath: path] = Self.sorted(self[keyPath: path], by: \.type) }
        nameReference = Self.sorted(nameReference, by: \.referent)
    }

    private static func sorted<Entry>(_ entries: [Entry], by type: KeyPath<Entry, ObjectType>) -> [Entry] {
        let keys = entries.map { OutputOrder.TypeKey($0[keyPath: type], OutputOrder.legacyRanks) }
        // Equal ones stay in their order.
        return keys.indices.sorted { left, right in
            keys[left] == keys[right] ? left < right : keys[left].precedes(keys[right])
        }.map { entries[$0] }
    }

    /// Adds a field to a list.
    static func merge(_ field: FieldSpec, into list: inout [FieldSpec]) throws(Conflict) {
        var table = FieldSpecTable(list)
        try table.add(field)
        list = table.fields
    }
}

/// A table that is added to, with its entries by path.
struct FieldSpecTable {
    private(set) var fields: [FieldSpec] = []
    private var byPath: [String: [FieldSpec]] = [:]

    init(_ fields: [FieldSpec] = []) {
        for field in fields { append(field) }
    }

    mutating func append(_ field: FieldSpec) {
        fields.append(field)
        byPath[field.path, default: []].append(field)
    }

    mutating func add(_ field: FieldSpec) throws(TransformerConfiguration.Conflict) {
        guard let held = byPath[field.path]?.first(where: { $0.type.isSelected(by: field.type) }) else {
            append(field)
            return
        }
        guard held.creates == field.creates else { throw TransformerConfiguration.Conflict(field: field) }
    }
}
