import CoreModel
import ManifestTree

/// One map of a registry document, read strictly: a field of the wrong type is an error that names its path.
struct DocumentFields {
    /// What the document is, as the beginning of a sentence.
    let subject: String
    /// Where in the document this map is, such as `layers[0]`; empty for the document itself.
    let path: String
    let map: TreeMap

    init(_ tree: Tree, subject: String, path: String = "") throws {
        self.subject = subject
        self.path = path
        guard let map = tree.map else {
            throw RegistryError(
                .invalidManifest,
                "\(subject) is malformed: \(path.isEmpty ? "it" : path) is \(tree.kindName) where a map belongs"
            )
        }
        self.map = map
    }

    /// A field's value; nil where it is missing or null.
    func value(_ key: String) -> Tree? {
        guard let value = map[key], !value.isNull else { return nil }
        return value
    }

    func string(_ key: String) throws -> String? {
        try value(key).map { value in
            guard let text = value.string else { throw wrong(key, value, "a string") }
            return text
        }
    }

    func integer(_ key: String) throws -> Int64? {
        try value(key).map { value in
            guard let number = value.integer else { throw wrong(key, value, "an integer") }
            return number
        }
    }

    func list(_ key: String) throws -> [Tree]? {
        try value(key).map { value in
            guard let list = value.list else { throw wrong(key, value, "a list") }
            return list
        }
    }

    func fields(_ key: String) throws -> DocumentFields? {
        try value(key).map { try DocumentFields($0, subject: subject, path: child(key)) }
    }

    func strings(_ key: String) throws -> [String: String] {
        guard let fields = try fields(key) else { return [:] }
        var strings: [String: String] = [:]
        for (name, value) in fields.map {
            guard let text = value.string else { throw fields.wrong(name, value, "a string") }
            strings[name] = text
        }
        return strings
    }

    func descriptor(_ key: String) throws -> Descriptor? {
        try fields(key).map { try Descriptor($0) }
    }

    func descriptors(_ key: String) throws -> [Descriptor]? {
        try list(key)?.enumerated().map { index, tree in
            try Descriptor(DocumentFields(tree, subject: subject, path: "\(child(key))[\(index)]"))
        }
    }

    func missing(_ key: String) -> RegistryError { malformed("\(child(key)) is missing") }

    func malformed(_ reason: String) -> RegistryError {
        RegistryError(.invalidManifest, "\(subject) is malformed: \(reason)")
    }

    func child(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private func wrong(_ key: String, _ value: Tree, _ expected: String) -> RegistryError {
        malformed("\(child(key)) is \(value.kindName) where \(expected) belongs")
    }
}
