import ManifestTree

/// The last touch to every object: the annotations and the label that `buildMetadata` asks for.
struct ObjectFinish {
    let labelsManager: Bool
    let tracking: OriginTracking?

    /// The label's value: the kustomize whose behaviour this build has.
    static let manager = "kustomize-v5.8.1"
    private static let managerKey = "app.kubernetes.io/managed-by"

    /// - Throws: `BuildError.invalid` for text with control characters that kustomize cannot print, and for scalars
    ///   with text that is none of their type.
    func finished(_ object: BuildObject) throws -> BuildObject {
        try object.checkHistory()
        try object.checkTypes()
        var object = object
        if let name = object.typedName { object.tree[path: ["metadata", "name"]] = name }
        if let text = object.provenance?.originText { annotate(&object, Provenance.originKey, text) }
        if let text = object.provenance?.transformationsText { annotate(&object, Provenance.transformationsKey, text) }
        if labelsManager { object.tree[path: ["metadata", "labels", Self.managerKey]] = .string(Self.manager) }
        // Vars and replacements may leave numbers in annotations.
        _ = object.tree.settleAnnotations()
        do {
            object.tree = try object.tree.printed()
        } catch {
            throw BuildError(
                .invalid,
                "\(object.id) from \(object.origin) holds \(Tree.string(error.text).jsonString()): yaml: "
                    + "control characters are not allowed. Keep such content in binaryData",
                at: .init(file: object.origin, object: object.id.description)
            )
        }
        return object
    }

    private func annotate(_ object: inout BuildObject, _ key: String, _ text: String) {
        object.tree[path: ["metadata", "annotations", key]] = .string(text)
    }
}
