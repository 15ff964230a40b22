internal import CoreModel
internal import ManifestTree

/// Reads the fields of a policy strictly: what is missing, unknown or of another type is named with its path.
struct PolicyReader {
    let path: String
    private let entries: TreeMap

    /// - Parameter known: every field that may be there; another one is refused, since it would have been meant.
    init(_ value: Tree?, at path: String, known: Set<String>) throws(TrustError) {
        self.path = path
        guard let entries = value?.map else { throw Self.error(path, "is not a map") }
        if let unknown = entries.keys.filter({ !known.contains($0) }).min() {
            throw Self.error("\(path).\(unknown)", "is not a field of a policy")
        }
        // A field that is null counts as one that is not there, as to Kubernetes.
        self.entries = TreeMap(entries.filter { !$0.value.isNull }.map { ($0.key, $0.value) })
    }

    func has(_ key: String) -> Bool { entries[key] != nil }

    func error(_ key: String, _ problem: String) -> TrustError { Self.error("\(path).\(key)", problem) }

    static func error(_ path: String, _ problem: String) -> TrustError {
        TrustError(.invalidPolicy, "\(path) \(problem)")
    }

    /// Nil where the field is not there.
    func string(_ key: String) throws(TrustError) -> String? {
        guard let value = entries[key] else { return nil }
        guard let text = value.string else { throw error(key, "is not text") }
        return text
    }

    func required(_ key: String) throws(TrustError) -> String {
        guard let text = try string(key), !text.isEmpty else { throw error(key, "is missing") }
        return text
    }

    func integer(_ key: String) throws(TrustError) -> Int? {
        guard let value = entries[key] else { return nil }
        guard let number = value.integer, let integer = Int(exactly: number) else {
            throw error(key, "is not a whole number")
        }
        return integer
    }

    func bool(_ key: String) throws(TrustError) -> Bool {
        guard let value = entries[key] else { return false }
        guard let bool = value.bool else { throw error(key, "is neither true nor false") }
        return bool
    }

    /// Empty where the field is not there.
    func strings(_ key: String, limit: Int) throws(TrustError) -> [String] {
        var strings: [String] = []
        for (index, element) in try list(key, limit: limit).enumerated() {
            guard let text = element.string else { throw error("\(key)[\(index)]", "is not text") }
            strings.append(text)
        }
        return strings
    }

    /// Text by names; empty where the field is not there.
    func pairs(_ key: String) throws(TrustError) -> [String: String] {
        guard let value = entries[key] else { return [:] }
        guard let map = value.map else { throw error(key, "is not a map") }
        guard map.count <= 64 else { throw error(key, "has more than 64 entries") }
        var pairs: [String: String] = [:]
        for (name, value) in map {
            guard let text = value.string else { throw error("\(key).\(name)", "is not text") }
            pairs[name] = text
        }
        return pairs
    }

    func list(_ key: String, limit: Int) throws(TrustError) -> [Tree] {
        guard let value = entries[key] else { return [] }
        guard let list = value.list else { throw error(key, "is not a list") }
        guard list.count <= limit else { throw error(key, "has \(list.count) elements, more than \(limit)") }
        return list
    }

    /// The maps of a list.
    func maps(_ key: String, limit: Int, known: Set<String>) throws(TrustError) -> [PolicyReader] {
        var readers: [PolicyReader] = []
        for (index, element) in try list(key, limit: limit).enumerated() {
            readers.append(try PolicyReader(element, at: "\(path).\(key)[\(index)]", known: known))
        }
        return readers
    }

    /// Nil where the field is not there.
    func map(_ key: String, known: Set<String>) throws(TrustError) -> PolicyReader? {
        guard let value = entries[key] else { return nil }
        return try PolicyReader(value, at: "\(path).\(key)", known: known)
    }
}
