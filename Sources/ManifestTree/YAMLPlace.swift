/// Where a value stands in a manifest, as far as it matters to what kustomize makes of it.
struct YAMLPlace {
    private enum Role { case object, items, metadata, annotations, annotation, other }

    /// Whether this is a manifest at all.
    let isManifest: Bool
    /// Inside of brackets or braces.
    private(set) var isFlow = false
    /// The column of the content of block scalars here, as go-yaml would write them.
    private(set) var indent = 0
    private var role = Role.object
    private var isInMetadata = false

    init(isManifest: Bool) { self.isManifest = isManifest }

    /// In the metadata of an object, which is read before it is written.
    var isMetadata: Bool { role == .metadata || isInMetadata }

    /// A value of `metadata.annotations` of an object.
    var isAnnotation: Bool { role == .annotation }

    /// Keys of annotations are text, whatever they look like.
    var hasTextKeys: Bool { isManifest && role == .annotations }

    /// This place for the collection that stands in it.
    func entered(isFlow: Bool) -> YAMLPlace {
        guard isManifest, isFlow else { return self }
        var place = self
        place.isFlow = true
        return place
    }

    /// The place of a value in a map.
    func child(_ key: String) -> YAMLPlace {
        guard isManifest else { return self }
        var place = self
        place.indent += 2
        place.isInMetadata = isMetadata
        switch (role, key) {
        case (.object, "metadata"): place.role = .metadata
        case (.object, "items"): place.role = .items
        case (.metadata, "annotations"): place.role = .annotations
        case (.annotations, _): place.role = .annotation
        default: place.role = .other
        }
        return place
    }

    /// The place of an element of a list, whose dashes stand in the column of the list's key.
    var element: YAMLPlace {
        guard isManifest else { return self }
        var place = self
        place.indent = max(indent, 2)
        place.role = role == .items ? .object : .other
        return place
    }
}
