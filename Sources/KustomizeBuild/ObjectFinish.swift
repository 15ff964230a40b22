import ManifestTree

/// The last touch to every object: the annotations and the label that `buildMetadata` asks for.
struct ObjectFinish {
    let labelsManager: Bool
    let tracking: OriginTracking?

    /// The label's value: the kustomize whose behaviour this build has.
    static let manager = "kustomize-v5.8.1"
    private static let managerKey = "app.kubernetes.io/managed-by"

    func finished(_ object: BuildObject) -> BuildObject {
        var object = object
        if let text = object.provenance?.originText { annotate(&object, Provenance.originKey, text) }
        if let text = object.provenance?.transformationsText { annotate(&object, Provenance.transformationsKey, text) }
        if labelsManager { object.tree[path: ["metadata", "labels", Self.managerKey]] = .string(Self.manager) }
        quoteAnnotations(&object)
        return object
    }

    private func annotate(_ object: inout BuildObject, _ key: String, _ text: String) {
        object.tree[path: ["metadata", "annotations", key]] = .string(text)
    }

    /// Vars and replacements may leave numbers in annotations, which kustomize writes as text in the end.
    private func quoteAnnotations(_ object: inout BuildObject) {
        guard let annotations = object.tree["metadata"]?["annotations"]?.map,
            annotations.contains(where: { $0.value.string == nil })
        else { return }
        let texts = annotations.map { key, value in (key, value.scalarText.map { Tree.string($0) } ?? value) }
        object.tree[path: ["metadata", "annotations"]] = .map(TreeMap(texts))
    }
}
