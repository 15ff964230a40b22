/// How lists merge in strategic merge patches: the merge keys of Kubernetes 1.21's built-in types, which kustomize
/// uses by default. Lists that are not listed here are replaced, as are all lists of other types.
final class MergeSchema: Sendable {
    /// What stands in a field, as far as merging cares.
    enum Field: Sendable {
        case map(MergeSchema)
        /// A list whose elements merge by these keys.
        case keyed([String], MergeSchema)
        /// A list of scalars that merges as a set.
        case set
    }

    let fields: [String: Field]

    init(_ fields: [String: Field]) { self.fields = fields }

    /// The schema of a whole object; nil for types that kustomize does not know.
    static func of(_ type: ObjectType) -> MergeSchema? { builtIn[type.kind]?[type.apiVersion] }

    /// By kind and apiVersion.
    private static let builtIn: [String: [String: MergeSchema]] = {
        let forms = MergeSchema.forms(KubernetesSchema.forms)
        var types: [String: [String: MergeSchema]] = [:]
        for row in KubernetesSchema.types {
            let words = row.words(by: " ")
            guard words.count > 2, let form = Int(words[1]), forms.indices.contains(form) else { continue }
            for version in words[2...] { types[String(words[0]), default: [:]][String(version)] = forms[form] }
        }
        return types
    }()

    /// The schemas of a table as `KubernetesSchema.forms` is one: each row names forms of earlier rows only.
    static func forms(_ rows: [String]) -> [MergeSchema] {
        var forms: [MergeSchema] = []
        for row in rows {
            var fields: [String: Field] = [:]
            for word in row.words(by: " ") {
                guard let equals = word.firstIndex(of: "=") else { continue }
                let form = word[word.index(after: equals)...]
                fields[String(word[..<equals])] = field(form, forms)
            }
            forms.append(MergeSchema(fields))
        }
        return forms
    }

    private static func field(_ text: Substring, _ forms: [MergeSchema]) -> Field? {
        guard text.first == "[" else { return Int(text).map { .map(forms[$0]) } }
        guard let close = text.lastIndex(of: "]") else { return nil }
        let keys = text[..<close].dropFirst().split(separator: ",").map(String.init)
        guard let form = Int(text[text.index(after: close)...]) else { return .set }
        return .keyed(keys, forms[form])
    }
}
