import ManifestTree

/// Gives fields that name other objects the names that those objects have now. Runs once, when all names are final.
struct NameReferenceTransformer: Transformer {
    let table: NameReferenceTable

    func transform(_ objects: inout ObjectSet) throws {
        let candidates = ReferenceCandidates(objects.objects)
        var fields: [String: ReferenceFields] = [:]
        try objects.updateContent { object in
            let original = object.originalType
            let known = fields[original.kind] ?? ReferenceFields(table.entries(of: original.kind))
            fields[original.kind] = known
            let entries = known.entries(in: object.tree) { candidates.named($0).isEmpty }
            guard !entries.isEmpty else { return }
            let referrer = try Referrer(object)
            // What the object was read as decides, whatever a patch has made of its kind.
            for entry in entries where original.isSelected(by: entry.field.type) {
                let search = ReferenceSearch(referrer: referrer, entry: entry, candidates: candidates)
                try entry.field.apply(to: &object.tree) { try search.update(&$0) }
            }
        }
    }
}

/// What matters of the object that holds a reference.
struct Referrer {
    let id: ObjectID
    let prefixes: [String]
    let suffixes: [String]
    let origin: String
    /// Namespaces that the subjects of a RoleBinding name.
    let subjectNamespaces: Set<String>
    /// What the `roleRef` of a binding names.
    let role: ObjectType?

    /// - Throws: `BuildError.invalid` for subjects of a RoleBinding whose namespace is no text.
    init(_ object: BuildObject) throws {
        id = object.id
        prefixes = object.prefixes
        suffixes = object.suffixes
        origin = object.origin
        subjectNamespaces = object.kind == "RoleBinding" ? try Self.subjectNamespaces(object) : []
        role = object.tree["roleRef"].map {
            ObjectType(group: $0["apiGroup"]?.nodeText ?? "", kind: $0["kind"]?.nodeText ?? "")
        }
    }
}

extension Referrer {
    fileprivate static func subjectNamespaces(_ object: BuildObject) throws -> Set<String> {
        var namespaces: Set<String> = []
        for (index, subject) in (object.tree["subjects"]?.list ?? []).enumerated() {
            guard let held = subject["namespace"], subject["kind"]?.string == "ServiceAccount" else { continue }
            guard let namespace = held.string else {
                let field = "subjects[\(index)].namespace"
                throw BuildError(
                    .invalid,
                    "Invalid Input: namespace is blank for resource \"\(object.id.kustomizeText)\": \(field) in "
                        + "\(object.origin) is \(held.kindName). Put it in quotes",
                    at: .init(file: object.origin, field: field, object: object.id.description)
                )
            }
            namespaces.insert(namespace)
        }
        return namespaces
    }
}

/// Objects that may be referred to, by the names they had.
struct ReferenceCandidates {
    struct Candidate {
        let position: Int
        let id: ObjectID
        let place: Place
        let previousIDs: [ObjectID]
        let originalNamespace: String
        let prefixes: [String]
        let suffixes: [String]
    }

    /// Where an object is: the namespace that counts, and the one that is written.
    struct Place: Hashable {
        let namespace: String
        let written: String
    }

    private var byName: [String: [Candidate]] = [:]
    /// Of every namespace that objects were read with: where those objects are now.
    private(set) var movedFrom: [String: Set<Place>] = [:]

    init(_ objects: [BuildObject]) {
        for (position, object) in objects.enumerated() {
            let id = object.id
            let original = object.previousIDs.first?.namespace ?? id.namespace
            let place = Place(namespace: id.namespace, written: object.namespace ?? "")
            movedFrom[original, default: []].insert(place)
            guard !object.previousIDs.isEmpty else { continue }
            let candidate = Candidate(
                position: position,
                id: id,
                place: place,
                previousIDs: object.previousIDs,
                originalNamespace: original,
                prefixes: object.prefixes,
                suffixes: object.suffixes
            )
            for name in object.previousNames { byName[name, default: []].append(candidate) }
        }
    }

    func named(_ name: String) -> [Candidate] { byName[name] ?? [] }
}

/// The search for the object that one field means.
struct ReferenceSearch {
    let referrer: Referrer
    let entry: NameReferenceTable.Entry
    let candidates: ReferenceCandidates

    private typealias Candidate = ReferenceCandidates.Candidate

    /// Renames in a name, in a map with `name` and perhaps `namespace`, or in a list of either.
    func update(_ tree: inout Tree) throws {
        switch tree {
        case .string, .number, .bool:
            guard let name = tree.scalarText, let found = try choose(name, reachable(name)) else { return }
            if found.id.name != name { tree = .string(found.id.name) }
        case .map: try updateMap(&tree)
        case .list(var items):
            tree = .null
            defer { tree = .list(items) }
            for index in items.indices {
                guard items[index].list == nil else { throw misplaced(items[index]) }
                try update(&items[index])
            }
        case .null: return
        }
    }

    private func updateMap(_ tree: inout Tree) throws {
        guard let held = tree["name"] else { throw misplaced(tree) }
        // What is no scalar is nobody's name, and left as it is.
        guard let name = held.scalarText else { return }
        var found = reachable(name)
        if let namespace = tree["namespace"]?.scalarText {
            let wasUsed = candidates.movedFrom[namespace].map { $0.contains(where: isReachable) } ?? false
            found = found.filter { (wasUsed ? $0.originalNamespace : $0.id.namespace) == namespace }
        }
        guard let referent = try choose(name, found) else { return }
        tree["name"] = .string(referent.id.name)
        let namespace = referent.place.written
        if !namespace.isEmpty { tree["namespace"] = .string(namespace) }
    }

    private func misplaced(_ tree: Tree) -> BuildError {
        BuildError(
            .invalid,
            "\(referrer.id) in \(referrer.origin) names objects in \(entry.field.path), but \(tree.kindName) without "
                + "a name stands there. Use a name, or a map with a name",
            at: .init(file: referrer.origin, field: entry.field.path, object: referrer.id.description)
        )
    }

    /// Objects that once had the name and that the referrer can see.
    private func reachable(_ name: String) -> [Candidate] {
        candidates.named(name).filter { isReachable($0.place) }
    }

    private func isReachable(_ place: ReferenceCandidates.Place) -> Bool {
        referrer.id.isClusterScoped || place.namespace == ObjectID.clusterNamespace
            || place.namespace == referrer.id.namespace || referrer.subjectNamespaces.contains(place.written)
    }

    private func choose(_ name: String, _ reachable: [Candidate]) throws -> Candidate? {
        var found = reachable.filter { candidate in
            candidate.previousIDs.contains { $0.type.isSelected(by: entry.referent) }
                && isOfRole(candidate) && isInNamespace(candidate)
        }
        if found.count == 1 { return found[0] }
        for allowsNone in [true, false] {
            found = found.filter { hasSameAffixes($0, allowsNone: allowsNone) }
            if found.count == 1 { return found[0] }
        }
        guard let first = found.first else { return nil }
        guard found.allSatisfy({ $0.id.name == first.id.name }) else {
            let names = found.map(\.id.description).joined(separator: ", ")
            throw BuildError(
                .conflict,
                "\(referrer.id) in \(referrer.origin) names \(name) in \(entry.field.path), which could be any of: "
                    + "\(names). Give them different names",
                at: .init(file: referrer.origin, field: entry.field.path, object: referrer.id.description)
            )
        }
        return first
    }

    private func isOfRole(_ candidate: Candidate) -> Bool {
        guard entry.field.path.hasSuffix("roleRef/name"), let role = referrer.role else { return true }
        return candidate.previousIDs.contains { $0.type.isSelected(by: role) }
    }

    private func isInNamespace(_ candidate: Candidate) -> Bool {
        referrer.id.isClusterScoped || candidate.id.isClusterScoped || candidate.id.type.kind == "ServiceAccount"
            || candidate.id.namespace == referrer.id.namespace
    }

    private func hasSameAffixes(_ candidate: Candidate, allowsNone: Bool) -> Bool {
        let prefixes = Self.endAlike(referrer.prefixes, candidate.prefixes)
        let suffixes = Self.endAlike(referrer.suffixes, candidate.suffixes)
        guard allowsNone else { return prefixes && suffixes }
        let noPrefix = referrer.prefixes.isEmpty || candidate.prefixes.isEmpty
        let noSuffix = referrer.suffixes.isEmpty || candidate.suffixes.isEmpty
        return (noPrefix || prefixes) && (noSuffix || suffixes)
    }

    /// Whether one list is the end of the other; an empty one is that of an empty one only.
    private static func endAlike(_ left: [String], _ right: [String]) -> Bool {
        left.isEmpty == right.isEmpty && zip(left.reversed(), right.reversed()).allSatisfy { $0 == $1 }
    }
}
