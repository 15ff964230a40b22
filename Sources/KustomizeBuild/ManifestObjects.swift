import ManifestTree

/// Takes the Kubernetes objects out of parsed documents.
enum ManifestObjects {
    /// Every object, the items of lists in place of the list.
    /// - Throws: `BuildError.invalid` for what is no object.
    static func objects(in documents: [YAMLDocument], source: String) throws -> [Tree] {
        var objects: [Tree] = []
        for document in documents {
            let place = BuildError.Place(file: source, line: document.line)
            for tree in try expanded([document.tree], isAlone: documents.count == 1, place) {
                if let object = try object(tree, place) { objects.append(object) }
            }
        }
        return objects
    }

    /// Documents with the items of lists in place of the list.
    static func expanded(_ trees: [Tree], isAlone: Bool = false, _ place: BuildError.Place) throws -> [Tree] {
        var found: [Tree] = []
        for tree in trees {
            // A list that is alone stands for nothing but its items, and may have anything without elements there.
            if isAlone, ["List", "ResourceList"].contains(tree["kind"]?.string), let items = tree["items"],
                items.list == nil, items.map?.isEmpty != false
            {
                continue
            }
            try expand(tree, place, &found, depth: 0)
        }
        return found
    }

    private static func expand(_ tree: Tree, _ place: BuildError.Place, _ found: inout [Tree], depth: Int) throws {
        guard let kind = tree["kind"]?.string, kind.hasSuffix("List"), let items = tree["items"] else {
            if !tree.isNull { found.append(tree) }
            return
        }
        for item in try elements(of: items, kind, place, depth) { try expand(item, place, &found, depth: depth + 1) }
    }

    private static func object(_ tree: Tree, _ place: BuildError.Place) throws -> Tree? {
        if tree.list?.isEmpty == true { return nil }
        let (source, line) = (place.file ?? "", place.line ?? 1)
        guard let map = tree.map else {
            throw BuildError(
                .invalid,
                "\(source):\(line): a manifest has to be a map with apiVersion, kind and metadata, not "
                    + tree.kindName,
                at: place
            )
        }
        if map.isEmpty { return nil }
        guard let kind = tree["kind"]?.string, !kind.isEmpty else {
            throw BuildError(.invalid, "\(source):\(line): missing kind in object. Add one", at: place)
        }
        guard let name = name(of: tree, isList: kind.hasSuffix("List")) else {
            throw BuildError(
                .invalid,
                "\(source):\(line): missing metadata.name in object of kind \(kind), or it is no text. Add one",
                at: place
            )
        }
        var object = tree
        if tree["metadata"] == nil { object["metadata"] = .map(TreeMap()) }
        guard object.settleAnnotations() else {
            throw BuildError(
                .invalid,
                "\(source):\(line): metadata.annotations of \(kind)/\(name) has to be a map, not a list",
                at: place
            )
        }
        return object
    }

    /// Kinds that end in List go without a name.
    private static func name(of tree: Tree, isList: Bool) -> String? {
        let name = tree["metadata"]?["name"]
        guard isList, name == nil || name?.isNull == true else { return name?.string.flatMap { $0.isEmpty ? nil : $0 } }
        return ""
    }

    private static func elements(
        of items: Tree,
        _ kind: String,
        _ place: BuildError.Place,
        _ depth: Int
    ) throws -> [Tree] {
        guard items.list != nil || items.isNull, depth < 8 else {
            let problem = depth < 8 ? "expected array in \(kind)/items, but found \(items.kindName)" : "lists in lists"
            throw BuildError(
                .invalid,
                "\(place.file ?? ""):\(place.line ?? 1): \(problem). List the objects themselves",
                at: place
            )
        }
        return items.list ?? []
    }
}
