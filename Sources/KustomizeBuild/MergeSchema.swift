/// How the fields of a map merge in strategic merge patches: one form of a table. Lists of which it says nothing are
/// replaced.
struct MergeSchema: Sendable {
    /// What stands in a field, as far as merging cares.
    enum Field: Sendable {
        /// A map, or what is known to hold nothing that merges.
        case map(MergeSchema)
        /// A list whose elements merge by these keys.
        case keyed([String], MergeSchema)
        /// A list of scalars that merges as a set.
        case set
    }

    private let table: MergeTable
    private let form: Int

    init(table: MergeTable, form: Int) {
        self.table = table
        self.form = form
    }

    /// What stands in a field; nil where nothing is known of it.
    func field(_ name: String) -> Field? {
        switch table.entry(name, in: form) {
        case .map(let form)?: .map(MergeSchema(table: table, form: form))
        case .keyed(let keys, let form)?: .keyed(keys, MergeSchema(table: table, form: form))
        case .set?: .set
        case nil: nil
        }
    }

    /// The schema of a whole object as Kubernetes 1.21 has it, which kustomize uses by default; nil for types that
    /// are not known there.
    static func of(_ type: ObjectType) -> MergeSchema? {
        guard let words = TypeTable.forms.row(of: type)?.words(by: " "), words.count > 1, let form = Int(words[1])
        else {
            return nil
        }
        return MergeSchema(table: .builtin, form: form)
    }
}

/// Forms that name each other by their numbers, so that a form may hold itself.
final class MergeTable: Sendable {
    enum Entry: Sendable {
        case map(Int)
        case keyed([String], Int)
        case set
    }

    /// The fields of one form.
    struct Fields: Sendable {
        var named: [String: Entry] = [:]
        /// Stands for all that are not named, in maps whose keys are free.
        var other: Entry?
    }

    static let builtin = MergeTable(KubernetesSchema.forms.map { Form(row: $0) })

    private let forms: [Form]

    convenience init(_ forms: [Fields]) { self.init(forms.map { Form($0) }) }

    private init(_ forms: [Form]) { self.forms = forms }

    func entry(_ name: String, in form: Int) -> Entry? {
        let fields = forms[form].fields
        return fields.named[name] ?? fields.other
    }
}
