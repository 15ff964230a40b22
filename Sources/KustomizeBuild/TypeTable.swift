/// What kustomize 5.8 knows of types (those of Kubernetes 1.21, their gaps included): rows of a kind, of what there is
/// to say, and of the API versions of which it is said, sorted by kind.
struct TypeTable: Sendable {
    private let rows: [String]

    /// The form of each type.
    static let forms = TypeTable(rows: KubernetesSchema.types)
    static let namespaced = TypeTable(rows: KubernetesSchema.namespaced)
    /// The types outside of namespaces; everything that is not known counts as namespaced. Names and references
    /// depend on it.
    static let clusterScoped = TypeTable(rows: KubernetesSchema.clusterScoped)

    /// The words that follow the kind in the row of a type; nil for one that is not in the table.
    func words(of type: ObjectType) -> ArraySlice<Substring>? {
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if Self.precedes(rows[middle], type.kind) { low = middle + 1 } else { high = middle }
        }
        // A kind has a row for each thing that is said of some of its versions.
        while low < rows.count, !Self.precedes(type.kind, rows[low]) {
            let words = rows[low].words(by: " ").dropFirst()
            if words.contains(where: { $0 == type.apiVersion }) { return words }
            low += 1
        }
        return nil
    }

    func contains(_ type: ObjectType) -> Bool { words(of: type) != nil }

    /// Compares the first words of two texts, by bytes.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        let end = { (byte: UInt8) in byte != UInt8(ascii: " ") }
        return left.utf8.prefix(while: end).lexicographicallyPrecedes(right.utf8.prefix(while: end))
    }
}
