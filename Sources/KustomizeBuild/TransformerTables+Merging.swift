/// How kustomize lays tables over each other. An entry is dropped where one is there already that it would select, so
/// the order counts, and each merge sorts what came of it by type: of an entry for one kind and one for any kind, the
/// first is there before the second in most tables, and the second is lost once more tables are merged.
extension TransformerTables {
    /// Two entries that say one field is made when it is missing, and that it is not.
    struct Conflict: Error {
        let field: FieldSpec
    }

    /// Adds what is not there yet.
    /// - Throws: `Conflict`.
    mutating func merge(_ other: TransformerTables) throws(Conflict) {
        guard !other.isEmpty else { return }
        for (_, path) in Self.lists {
            var held = FieldSpecTable(self[keyPath: path])
            for field in other[keyPath: path] { try held.add(field) }
            self[keyPath: path] = held.fields
        }
        var references = NameReferenceTables(nameReference)
        for entry in other.nameReference { try references.add(entry) }
        nameReference = references.entries
        sort()
    }

    /// The fields by type.
    static func sorted(_ fields: [FieldSpec]) -> [FieldSpec] { sorted(fields) { $0.type } }

    /// Sorts each table by type; name references by what they refer to.
    private mutating func sort() {
        for (_, path) in Self.lists { self[keyPath: path] = Self.sorted(self[keyPath: path]) }
        nameReference = Self.sorted(nameReference) { $0.referent }
    }

    private static func sorted<Entry>(_ entries: [Entry], by type: (Entry) -> ObjectType) -> [Entry] {
        guard entries.count > 1 else { return entries }
        // Few types have many entries, and keys cost more than they do.
        var known: [ObjectType: OutputOrder.TypeKey] = [:]
        let keys = entries.map { entry in
            let type = type(entry)
            let key = known[type] ?? OutputOrder.TypeKey(type, OutputOrder.legacyRanks)
            known[type] = key
            return key
        }
        // Equal ones stay in their order.
        return keys.indices.sorted { left, right in
            keys[left] == keys[right] ? left < right : keys[left].precedes(keys[right])
        }.map { entries[$0] }
    }
}

/// A table that is added to, with its entries by path and kind.
struct FieldSpecTable {
    private(set) var fields: [FieldSpec] = []
    private var byPath: [String: PathEntries] = [:]

    private struct PathEntries {
        var all: [FieldSpec] = []
        var byKind: [String: [FieldSpec]] = [:]
    }

    init(_ fields: [FieldSpec] = []) {
        for field in fields { append(field) }
    }

    mutating func append(_ field: FieldSpec) {
        fields.append(field)
        byPath[field.path, default: .init()].all.append(field)
        byPath[field.path]?.byKind[field.type.kind, default: []].append(field)
    }

    mutating func add(_ field: FieldSpec) throws(TransformerTables.Conflict) {
        guard let held = held(like: field) else {
            append(field)
            return
        }
        guard held.creates == field.creates else { throw TransformerTables.Conflict(field: field) }
    }

    private func held(like field: FieldSpec) -> FieldSpec? {
        let entries = byPath[field.path]
        let candidates = field.type.kind.isEmpty ? entries?.all : entries?.byKind[field.type.kind]
        return candidates?.first { $0.type.isSelected(by: field.type) }
    }
}

/// Name references that are added to, in a table for each type that they may refer to.
struct NameReferenceTables {
    private var referents: [ObjectType] = []
    private var tables: [ObjectType: FieldSpecTable] = [:]

    init(_ entries: [NameReferenceTable.Entry] = []) {
        for entry in entries {
            note(entry.referent)
            tables[entry.referent]?.append(entry.field)
        }
    }

    mutating func add(_ entry: NameReferenceTable.Entry) throws(TransformerTables.Conflict) {
        note(entry.referent)
        try tables[entry.referent]?.add(entry.field)
    }

    private mutating func note(_ referent: ObjectType) {
        guard tables[referent] == nil else { return }
        referents.append(referent)
        tables[referent] = FieldSpecTable()
    }

    var entries: [NameReferenceTable.Entry] {
        referents.flatMap { referent in (tables[referent]?.fields ?? []).map { .init(referent: referent, field: $0) } }
    }
}

/// Field specs by the kind that they are for, so that no object is held against all of them.
struct FieldSpecIndex {
    private let fields: [FieldSpec]
    private var byKind: [String: [Int]] = [:]

    init(_ fields: [FieldSpec]) {
        self.fields = fields
        for (position, field) in fields.enumerated() { byKind[field.type.kind, default: []].append(position) }
    }

    /// Those that mean a type, in order.
    func fields(of type: ObjectType) -> [FieldSpec] {
        let (some, any) = (byKind[type.kind] ?? [], byKind[""] ?? [])
        let positions = some.isEmpty ? any : any.isEmpty ? some : (some + any).sorted()
        return positions.map { fields[$0] }.filter { type.isSelected(by: $0.type) }
    }
}
