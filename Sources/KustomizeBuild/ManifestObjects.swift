import ManifestTree

/// Takes the Kubernetes objects out of parsed documents.
enum ManifestObjects {
    /// Every object, the items of lists in place of the list.
    /// - Throws: `BuildError.invalid` for what is no object.
    static func objects(in documents: [YAMLDocument], source: String) throws -> [Tree] {
        var objects: [Tree] = []
        for document in documents { try collect(document.tree, source, document.line, &objects, depth: 0) }
        return objects
    }

    private static func collect(_ tree: Tree, _ source: String, _ line: Int, _ objects: inout [Tree], depth: Int) throws
    {
        if tree.isNull || tree.list?.isEmpty == true { return }
        let place = BuildError.Place(file: source, line: line)
        guard let map = tree.map else {
            throw BuildError(
                .invalid,
                "\(source):\(line): a manifest has to be a map with apiVersion, kind and metadata, not "
                    + tree.kindName,
                at: place
            )
        }
        if map.isEmpty { return }
        guard let kind = tree["kind"]?.string, !kind.isEmpty else {
            throw BuildError(.invalid, "\(source):\(line): missing kind in object. Add one", at: place)
        }
        if kind.hasSuffix("List"), tree["metadata"]?["name"] == nil, let items = tree["items"], depth < 8 {
            for item in items.list ?? [] { try collect(item, source, line, &objects, depth: depth + 1) }
            return
        }
        var object = tree
        let name = tree["metadata"]?["name"]
        // A list without items needs no name.
        if kind.hasSuffix("List"), name == nil {
            if tree["metadata"]?.map == nil { object["metadata"] = [:] }
        } else if name?.string?.isEmpty != false {
            throw BuildError(
                .invalid,
                "\(source):\(line): missing metadata.name in object of kind \(kind), or it is no text. Add one",
                at: place
            )
        }
        guard object.settleAnnotations() else {
            throw BuildError(
                .invalid,
                "\(source):\(line): metadata.annotations of \(kind)/\(name?.string ?? "") has to be a map, not a list",
                at: place
            )
        }
        objects.append(object)
    }
}
