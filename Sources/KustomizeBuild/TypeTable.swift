/// What kustomize 5.8 knows of types (those of Kubernetes 1.21, their gaps included): rows of a kind, of what there is
/// to say, and of the API versions of which it is said, sorted by kind.
///
/// Asked about every object, several times: it looks at bytes, and makes nothing.
struct TypeTable: Sendable {
    private let rows: [String]
    private static let space = UInt8(ascii: " ")

    /// The form of each type.
    static let forms = TypeTable(rows: KubernetesSchema.types)
    static let namespaced = TypeTable(rows: KubernetesSchema.namespaced)
    /// The types outside of namespaces; everything that is not known counts as namespaced. Names and references
    /// depend on it.
    static let clusterScoped = TypeTable(rows: KubernetesSchema.clusterScoped)

    func contains(_ type: ObjectType) -> Bool { row(of: type) != nil }

    /// The row of a type; nil for one that is not in the table.
    func row(of type: ObjectType) -> String? {
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if Self.compare(rows[middle], type.kind) < 0 { low = middle + 1 } else { high = middle }
        }
        // A kind has a row for each thing that is said of some of its versions.
        while low < rows.count, Self.compare(rows[low], type.kind) == 0 {
            if Self.names(rows[low], type) { return rows[low] }
            low += 1
        }
        return nil
    }

    /// Below zero where the first word of a row stands before a kind, zero where it is the kind.
    private static func compare(_ row: String, _ kind: String) -> Int {
        let (row, kind) = (row.utf8.span, kind.utf8.span)
        var position = 0
        while true {
            let left = position < row.count && row[position] != space ? Int(row[position]) : -1
            let right = position < kind.count ? Int(kind[position]) : -1
            if left != right || left < 0 { return left - right }
            position += 1
        }
    }

    /// Whether one of the words of a row is the type's API version.
    private static func names(_ row: String, _ type: ObjectType) -> Bool {
        let (row, group, version) = (row.utf8.span, type.group.utf8.span, type.version.utf8.span)
        let groupEnd = group.isEmpty ? 0 : group.count + 1
        let length = groupEnd + version.count
        var start = 0
        for end in 0...row.count where end == row.count || row[end] == space {
            defer { start = end + 1 }
            guard end - start == length, start > 0 else { continue }
            let isSame = (0..<length).allSatisfy { position in
                let wanted =
                    position < group.count
                    ? group[position] : position < groupEnd ? UInt8(ascii: "/") : version[position - groupEnd]
                return row[start + position] == wanted
            }
            if isSame { return true }
        }
        return false
    }
}
