internal import CoreModel
internal import ManifestTree

/// One map of a JSON document that trust rests on: what is missing or of another type is named. A key that is there
/// twice never gets this far; the JSON reader refuses it.
struct JSONMap {
    /// What the map is, with which messages begin, such as `its protected header`.
    let name: String
    let entries: TreeMap

    init(_ value: Tree?, _ name: String) throws(NotationProblem) {
        guard let entries = value?.map else { throw NotationProblem("\(name) is not a map") }
        self.name = name
        self.entries = entries
    }

    /// Parses a whole document of at most `bytes` bytes.
    init(parsing bytes: [UInt8], _ name: String, limit: Int) throws(NotationProblem) {
        let tree: Tree
        do {
            tree = try JSONReader.parse(
                bytes,
                source: "JSON",
                limits: DocumentLimits(bytes: limit, depth: 16, nodes: 20_000)
            )
        } catch {
            throw NotationProblem("\(name) is not valid: \(error.message.quotedForMessage)")
        }
        try self.init(tree, name)
    }

    /// Refuses members that are not among these.
    func allow(only known: Set<String>) throws(NotationProblem) {
        if let unknown = entries.keys.first(where: { !known.contains($0) }) {
            throw NotationProblem("\(name) has the unknown member \(unknown.quotedForMessage)")
        }
    }

    func string(_ key: String) throws(NotationProblem) -> String {
        guard let text = try optionalString(key) else { throw NotationProblem("\(name) has no \(key)") }
        return text
    }

    func optionalString(_ key: String) throws(NotationProblem) -> String? {
        guard let value = entries[key] else { return nil }
        guard let text = value.string else { throw NotationProblem("the member \(key) of \(name) is not a string") }
        return text
    }

    func strings(_ key: String, limit: Int = 1024) throws(NotationProblem) -> [String] {
        guard let value = entries[key] else { throw NotationProblem("\(name) has no \(key)") }
        guard let list = value.list, list.count <= limit else {
            throw NotationProblem("the member \(key) of \(name) is not a list of at most \(limit)")
        }
        var strings: [String] = []
        for element in list {
            guard let text = element.string else {
                throw NotationProblem("the member \(key) of \(name) holds something else than strings")
            }
            strings.append(text)
        }
        return strings
    }

    /// A point in time as RFC 3339 writes it.
    func optionalTime(_ key: String) throws(NotationProblem) -> Timestamp? {
        guard let text = try optionalString(key) else { return nil }
        guard let time = Timestamp(text) else {
            throw NotationProblem("the member \(key) of \(name) is not a time (RFC 3339)")
        }
        return time
    }
}
