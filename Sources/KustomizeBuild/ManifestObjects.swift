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
        if tree.isNull { return }
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
        guard let name = tree["metadata"]?["name"]?.string, !name.isEmpty else {
            throw BuildError(
                .invalid,
                "\(source):\(line): missing metadata.name in object of kind \(kind), or it is no text. Add one",
                at: place
            )
        }
        try checkMetadata(tree, "\(kind)/\(name)", place)
        objects.append(tree)
    }

    /// Labels and annotations that are no maps of strings would be misread by everything that follows.
    private static func checkMetadata(_ tree: Tree, _ object: String, _ place: BuildError.Place) throws {
        for field in ["labels", "annotations"] {
            guard let value = tree["metadata"]?[field], !value.isNull else { continue }
            guard let map = value.map else {
                throw BuildError(
                    .invalid,
                    "\(place.file ?? ""):\(place.line ?? 1): metadata.\(field) of \(object) has to be a map",
                    at: place
                )
            }
            for (key, value) in map where value.string == nil {
                throw BuildError(
                    .invalid,
                    "\(place.file ?? ""):\(place.line ?? 1): metadata.\(field).\(key) of \(object) has to be a "
                        + "string, not \(value.kindName). Put it in quotes",
                    at: place
                )
            }
        }
    }
}
