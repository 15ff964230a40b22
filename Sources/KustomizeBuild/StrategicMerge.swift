import ManifestTree

/// Strategic merge as kustomize does it (kyaml's two-way merge, elements of the patch first): `null` removes, lists of
/// built-in types merge by key, `$patch: delete | replace | merge` steers maps, list elements and whole lists.
struct StrategicMerge {
    /// How the lists of each type merge.
    let schemas: MergeSchemaSource

    /// Why a patch does not fit, as a phrase; `path` says where.
    struct Mismatch: Error {
        let path: [String]
        let phrase: String
    }

    /// The object with the patch laid over it; nil when the patch deletes it.
    /// - Throws: `Mismatch`.
    func merge(_ patch: Tree, into object: Tree) throws -> Tree? {
        isReplacement(patch) ? object : try walk(object, patch, nil, [])
    }

    /// Whether a patch would stand in for all that is there. kustomize makes what it asks for, and then loses it where
    /// the place is no field of a map: a whole object, or an element of a list.
    func isReplacement(_ patch: Tree?) -> Bool { patch?[Self.directiveKey]?.string == "replace" }

    /// Whether a merge passes by a place of an object, by keys and indexes: it goes into maps, and into lists that
    /// merge by key.
    func reaches(_ steps: [String], in object: Tree) -> Bool {
        var tree = object
        var schema: MergeSchema.Field?
        for step in steps {
            schema = schema ?? embedded(tree)
            switch (tree, schema) {
            case (.map(let entries), _):
                guard let held = entries[step] else { return false }
                tree = held
                schema = schema?.inner(step)
            case (.list(let items), .keyed(_, let element)?):
                guard let index = Int(step), items.indices.contains(index) else { return false }
                tree = items[index]
                schema = .map(element)
            default: return false
            }
        }
        return true
    }

    private enum Directive { case merge, replace, delete }
    static let directiveKey = "$patch"

    /// One place in both trees; a side is nil where it has no such field.
    func walk(_ target: Tree?, _ patch: Tree?, _ schema: MergeSchema.Field?, _ path: [String]) throws -> Tree? {
        let schema = schema ?? embedded(target) ?? embedded(patch)
        guard let patch else { return try target.map { try settled($0, schema, path) } }
        if patch.isNull { return nil }
        guard let target, !target.isNull else { return try adopted(patch, schema, path) }
        switch (target, patch) {
        case (.map(let old), .map(var new)):
            switch try Self.directive(&new, path) {
            case .delete: return nil
            case .replace: return .map(try selfMerged(new, schema, path))
            case .merge: return .map(try fields(old, new, schema, path))
            }
        case (.list(let old), .list(let new)):
            guard let schema, schema.isMergedList else { return patch }
            return try list(old, new, schema, path)
        case (.map, _), (.list, _), (_, .map), (_, .list):
            throw Mismatch(path: path, phrase: "holds \(target.kindName), the patch has \(patch.kindName)")
        default:
            var scalar = target
            scalar.replaceScalar(by: patch)
            return scalar
        }
    }

    /// The schema of an object that stands in a field of which nothing is known, as a manifest in a custom resource.
    private func embedded(_ tree: Tree?) -> MergeSchema.Field? {
        guard let map = tree?.map, let kind = map["kind"]?.string, let version = map["apiVersion"]?.string else {
            return nil
        }
        return schemas.schema(of: ObjectType(apiVersion: version, kind: kind)).map { .map($0) }
    }

    /// A field that only the object has: untouched, but lists with merge keys lose repeated elements.
    private func settled(_ tree: Tree, _ schema: MergeSchema.Field?, _ path: [String]) throws -> Tree {
        switch tree {
        case .map(var entries):
            let schema = schema ?? embedded(tree)
            try settle(&entries, schema, path) { _ in true }
            return .map(entries)
        case .list(let items):
            switch schema {
            case .keyed(let keys, let element)?:
                return .list(try KeyedListMerge(merge: self, keys: keys, element: element, path: path).merge(items, []))
            case .set?: return .list(try Self.unique(items, path))
            default: return tree
            }
        default: return tree
        }
    }

    /// Settles the fields that `isWanted` chooses. Fields of which nothing is known may hold whole objects.
    private func settle(
        _ entries: inout TreeMap,
        _ schema: MergeSchema.Field?,
        _ path: [String],
        _ isWanted: (String) -> Bool
    ) throws {
        for (field, value) in entries where isWanted(field) {
            let inner = schema?.inner(field)
            guard value.map != nil || (value.list != nil && inner != nil) else { continue }
            entries[field] = try settled(value, inner, path + [field])
        }
    }

    /// A field that only the patch has.
    private func adopted(_ patch: Tree, _ schema: MergeSchema.Field?, _ path: [String]) throws -> Tree? {
        switch patch {
        case .map(var entries):
            // A directive that does not exist is an error only where there is something to be directed.
            if case .delete? = try? Self.directive(&entries, path) { return nil }
            return .map(try selfMerged(entries, schema, path))
        case .list(let items):
            guard let schema, schema.isMergedList else { return patch }
            // A directive of the whole list stays in it as an element.
            return try elements(items, items, schema, path)
        default: return patch
        }
    }

    /// A map of the patch merged with itself: what kustomize does with new maps, so that nulls and directives go.
    private func selfMerged(_ entries: TreeMap, _ schema: MergeSchema.Field?, _ path: [String]) throws -> TreeMap {
        var merged = entries
        for (key, value) in entries { merged[key] = try walk(value, value, schema?.inner(key), path + [key]) }
        return merged
    }

    private func fields(_ old: TreeMap, _ new: TreeMap, _ schema: MergeSchema.Field?, _ path: [String]) throws
        -> TreeMap
    {
        var merged = old
        for (key, value) in new {
            let target = merged[key]
            merged[key] = try walk(target, value, schema?.inner(key), path + [key])
        }
        try settle(&merged, schema, path) { new[$0] == nil }
        return merged
    }

    private func list(_ old: [Tree], _ new: [Tree], _ schema: MergeSchema.Field, _ path: [String]) throws
        -> Tree?
    {
        var old = old
        var new = new
        switch try Self.directive(&new, path) {
        case .delete: return nil
        case .replace: old = new
        case .merge: break
        }
        return try elements(old, new, schema, path)
    }

    private func elements(_ old: [Tree], _ new: [Tree], _ schema: MergeSchema.Field, _ path: [String]) throws -> Tree {
        guard case .keyed(let keys, let element) = schema else { return .list(try Self.unique(new + old, path)) }
        return .list(try KeyedListMerge(merge: self, keys: keys, element: element, path: path).merge(old, new))
    }

    /// The elements of a list that merges by value: without repetitions, and without those that are empty.
    private static func unique(_ items: [Tree], _ path: [String]) throws -> [Tree] {
        var seen: Set<String> = []
        return try items.filter { item in
            if item.isVacant { return false }
            guard let text = item.scalarText else {
                throw Mismatch(path: path, phrase: "holds \(item.kindName), and its elements merge by value")
            }
            return seen.insert(text).inserted
        }
    }

    private static func directive(_ map: inout TreeMap, _ path: [String]) throws -> Directive {
        guard let value = map[directiveKey] else { return .merge }
        let directive = try Self.directive(value, path)
        map[directiveKey] = nil
        return directive
    }

    /// The directive of a list stands in an element of its own.
    private static func directive(_ list: inout [Tree], _ path: [String]) throws -> Directive {
        guard let index = list.firstIndex(where: { $0[directiveKey] != nil }),
            let element = list[index].map, element.count == 1, let value = element[directiveKey]
        else { return .merge }
        let directive = try Self.directive(value, path)
        list.removeAll { $0[directiveKey]?.scalarText == value.scalarText }
        return directive
    }

    private static func directive(_ value: Tree, _ path: [String]) throws -> Directive {
        switch value.string {
        case "merge": return .merge
        case "replace": return .replace
        case "delete": return .delete
        default:
            let text = value.scalarText ?? value.kindName
            throw Mismatch(path: path, phrase: "has $patch: \(text); it may be merge, replace or delete")
        }
    }
}

extension MergeSchema.Field {
    fileprivate var isMergedList: Bool {
        switch self {
        case .keyed, .set: true
        case .map: false
        }
    }

    fileprivate func inner(_ key: String) -> MergeSchema.Field? {
        if case .map(let schema) = self { schema.field(key) } else { nil }
    }
}
