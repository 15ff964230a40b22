import CoreModel
package import ManifestTree

/// Reads typed fields from an object's tree and names the full path of whatever is wrong.
package struct FieldReader: Sendable {
    private let tree: Tree
    /// The path so far, as in `spec.ref`.
    package let path: String

    package init(_ tree: Tree?, path: String) {
        self.tree = tree ?? .null
        self.path = path
    }

    /// Whether anything stands here.
    package var isPresent: Bool { !tree.isNull }

    /// The value itself.
    package var value: Tree { tree }

    /// The reader of a nested object; absent ones read as empty.
    package func object(_ name: String) -> FieldReader { FieldReader(tree[name], path: "\(path).\(name)") }

    /// The elements of a list of objects.
    /// - Throws: `SpecError` where it is not a list.
    package func objects(_ name: String) throws -> [FieldReader] {
        guard let value = present(name) else { return [] }
        guard let list = value.list else { throw wrong(name, "has to be a list", value) }
        return list.enumerated().map { FieldReader($1, path: "\(path).\(name)[\($0)]") }
    }

    /// A string, or nil where there is none.
    /// - Throws: `SpecError` for any other value.
    package func string(_ name: String) throws -> String? {
        guard let value = present(name) else { return nil }
        guard let text = value.string else { throw wrong(name, "has to be a string", value) }
        return text
    }

    /// A string that has to be there and not empty.
    /// - Throws: `SpecError` where it is missing, empty or no string.
    package func requiredString(_ name: String) throws -> String {
        guard let text = try string(name), !text.isEmpty else { throw error(name, "is required; set it") }
        return text
    }

    /// One of a fixed set of strings; the first one where there is none.
    /// - Throws: `SpecError` for any other value.
    package func choice(_ name: String, _ choices: [String]) throws -> String {
        guard let text = try string(name), !text.isEmpty else { return choices.first ?? "" }
        guard choices.contains(text) else {
            throw error(name, "is \"\(text)\"; it has to be one of \(choices.joined(separator: ", "))")
        }
        return text
    }

    /// - Throws: `SpecError` for anything but true and false.
    package func flag(_ name: String, default standard: Bool = false) throws -> Bool {
        guard let value = present(name) else { return standard }
        guard let flag = value.bool else { throw wrong(name, "has to be true or false", value) }
        return flag
    }

    /// A whole number, or nil where there is none.
    /// - Throws: `SpecError` for any other value.
    package func integer(_ name: String) throws -> Int64? {
        guard let value = present(name) else { return nil }
        guard let number = value.integer else { throw wrong(name, "has to be a whole number", value) }
        return number
    }

    /// A Go duration above zero, or nil where there is none.
    /// - Throws: `SpecError` for anything else.
    package func duration(_ name: String) throws -> Duration? {
        guard let text = try string(name) else { return nil }
        guard let duration = GoDuration.parse(text), duration > .zero else {
            throw error(name, "is \"\(text)\"; it has to be a duration above zero such as 30s, 5m or 1h30m")
        }
        return duration
    }

    /// A map of strings; empty where there is none.
    /// - Throws: `SpecError` for any other value.
    package func strings(_ name: String) throws -> [String: String] {
        guard let value = present(name) else { return [:] }
        guard let map = value.map else { throw wrong(name, "has to be a map of strings", value) }
        var result: [String: String] = [:]
        for (key, element) in map {
            guard let text = element.string else { throw wrong("\(name).\(key)", "has to be a string", element) }
            result[key] = text
        }
        return result
    }

    /// The name in a local reference such as `secretRef`, or nil where there is none.
    /// - Throws: `SpecError` where the reference has no name.
    package func reference(_ name: String) throws -> String? {
        let reference = object(name)
        return reference.isPresent ? try reference.requiredString("name") : nil
    }

    /// Refuses fields of other names, where one that is not understood could be one that protects.
    /// - Throws: `SpecError` that names the field.
    package func refuseUnknown(besides known: [String]) throws {
        for (name, value) in tree.map ?? [:] where !value.isNull && !known.contains(name) {
            throw error(name, "is not known to this version; correct its name or remove it")
        }
    }

    /// An error about a field of this object.
    package func error(_ name: String, _ problem: String) -> SpecError {
        SpecError(field: "\(path).\(name)", problem)
    }

    private func present(_ name: String) -> Tree? {
        guard let value = tree[name], !value.isNull else { return nil }
        return value
    }

    private func wrong(_ name: String, _ problem: String, _ value: Tree) -> SpecError {
        error(name, "is \(value.kindName); it \(problem)")
    }
}
