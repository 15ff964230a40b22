import ManifestTree

extension Tree {
    /// Annotations are text to kustomize, whatever they were written as: it reads and writes them all as strings, and
    /// leaves out what is no map and maps with nothing in them.
    /// - Returns: false for a list that cannot be taken for keys and values, at which kustomize crashes or gives up.
    mutating func settleAnnotations() -> Bool {
        guard let held = self["metadata"]?["annotations"] else { return true }
        var texts = TreeMap()
        switch held {
        case .map(let map):
            if !map.isEmpty, map.allSatisfy({ $0.value.string != nil }) { return true }
            for (key, value) in map { texts[key] = .string(value.annotationText) }
        case .list(let items):
            guard items.count.isMultiple(of: 2) else { return false }
            for index in stride(from: 0, to: items.count, by: 2) {
                guard items[index].string != nil else { return false }
                texts[items[index].annotationText] = .string(items[index + 1].annotationText)
            }
        default: break
        }
        self[path: ["metadata", "annotations"]] = texts.isEmpty ? nil : .map(texts)
        return true
    }

    /// The text of a scalar as kustomize sees it in places that hold nothing but text.
    var annotationText: String { scalarText ?? (isNull ? "null" : "") }
}
