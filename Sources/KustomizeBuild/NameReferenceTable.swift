/// Which fields hold the name of another object.
struct NameReferenceTable: Sendable {
    /// A field that may name objects of one type.
    struct Entry: Sendable {
        let referent: ObjectType
        let field: FieldSpec
    }

    private enum Content {
        /// kustomize's own. A build meets few of their kinds, so that entries are made for those alone.
        case rules([NameReferenceRule])
        /// In the order in which they are applied, and by the kind that holds the field.
        case entries([Entry], byKind: [String: [Entry]])
    }

    private let content: Content

    /// kustomize's own entries, as it goes through them.
    static let standard = NameReferenceTable(content: .rules(NameReferenceRule.standard))

    init(_ entries: [Entry]) {
        content = .entries(entries, byKind: Dictionary(grouping: entries, by: \.field.type.kind))
    }

    private init(content: Content) { self.content = content }

    /// All entries, in order.
    var entries: [Entry] {
        switch content {
        case .rules(let rules): rules.flatMap(\.entries)
        case .entries(let entries, _): entries
        }
    }

    /// The entries for fields of one kind, in order.
    func entries(of kind: String) -> [Entry] {
        switch content {
        case .rules(let rules): return rules.filter { $0.holder.kind == kind }.flatMap(\.entries)
        case .entries(let entries, let byKind):
            // Entries for fields of any kind come from configurations alone.
            guard byKind[""] != nil else { return byKind[kind] ?? [] }
            return entries.filter { $0.field.type.kind == kind || $0.field.type.kind.isEmpty }
        }
    }
}
