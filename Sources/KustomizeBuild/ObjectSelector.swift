import CoreModel
import ManifestTree

/// Chooses the objects that a patch is for. Names, namespaces and types are patterns for the whole text, an empty one
/// means any; labels and annotations are Kubernetes selectors.
struct ObjectSelector: Sendable {
    private let group: LinearPattern?
    private let version: LinearPattern?
    private let kind: LinearPattern?
    private let name: LinearPattern?
    private let namespace: LinearPattern?
    private let labels: [LabelRequirement]
    private let annotations: [LabelRequirement]

    /// Reads a `target` of a kustomization.
    /// - Parameter isStrict: unknown fields are refused.
    /// - Throws: `BuildError.invalid` for unknown fields, bad patterns and bad selectors.
    init(_ reader: inout FieldReader, isStrict: Bool = true) throws {
        group = try Self.pattern("group", &reader)
        version = try Self.pattern("version", &reader)
        kind = try Self.pattern("kind", &reader)
        name = try Self.pattern("name", &reader)
        namespace = try Self.pattern("namespace", &reader)
        labels = try Self.requirements("labelSelector", &reader)
        annotations = try Self.requirements("annotationSelector", &reader)
        if isStrict { try reader.finish() }
    }

    private static func pattern(_ field: String, _ reader: inout FieldReader) throws -> LinearPattern? {
        guard let text = try reader.string(field), !text.isEmpty else { return nil }
        do {
            return try LinearPattern(parsing: text)
        } catch {
            throw reader.problem(field, "the pattern '\(text)' \(error.phrase)")
        }
    }

    private static func requirements(_ field: String, _ reader: inout FieldReader) throws -> [LabelRequirement] {
        guard let text = try reader.string(field), !text.isEmpty else { return [] }
        guard let requirements = LabelRequirement.parse(text) else {
            throw reader.problem(field, "'\(text)' is not a label selector, as app=web,tier!=cache or env in (a,b)")
        }
        return requirements
    }

    func selects(_ object: BuildObject) -> Bool {
        // The kind alone excludes most objects.
        guard kind?.matchesWhole(object.kind) ?? true else { return false }
        let id = object.id
        let original = object.originalID
        return Self.matches(namespace, Self.written(original), Self.written(id))
            && Self.matches(name, original.name, id.name)
            && (group?.matchesWhole(id.type.group) ?? true)
            && (version?.matchesWhole(id.type.version) ?? true)
            && satisfiesLabels(object)
    }

    /// Whether it says anything of labels or annotations.
    var hasLabels: Bool { !labels.isEmpty || !annotations.isEmpty }

    /// Whether it says anything but of labels and annotations.
    var hasNames: Bool { [group, version, kind, name, namespace].contains { $0 != nil } }

    /// Whether the object's labels and annotations are as asked for.
    func satisfiesLabels(_ object: BuildObject) -> Bool {
        (labels.isEmpty || Self.satisfied(labels, object.metadataStrings("labels")))
            && (annotations.isEmpty || Self.satisfied(annotations, object.metadataStrings("annotations")))
    }

    /// Whether one identity that the object has or had fits, the current namespace as it is written: where none is,
    /// there is no `default` to match. So replacements choose their targets.
    func selectsWritten(_ object: BuildObject) -> Bool {
        matches(object.id, namespace: object.namespace ?? "")
            || object.previousIDs.contains { matches($0, namespace: $0.namespace) }
    }

    private func matches(_ id: ObjectID, namespace written: String) -> Bool {
        (kind?.matchesWhole(id.type.kind) ?? true) && (name?.matchesWhole(id.name) ?? true)
            && (namespace?.matchesWhole(written) ?? true) && (group?.matchesWhole(id.type.group) ?? true)
            && (version?.matchesWhole(id.type.version) ?? true)
    }

    private static func written(_ id: ObjectID) -> String { id.namespace }

    private static func matches(_ pattern: LinearPattern?, _ original: String, _ current: String) -> Bool {
        guard let pattern else { return true }
        return pattern.matchesWhole(original) || (current != original && pattern.matchesWhole(current))
    }

    private static func satisfied(_ requirements: [LabelRequirement], _ labels: [String: String]) -> Bool {
        requirements.allSatisfy { $0.isMet(by: labels) }
    }
}

/// One requirement of a label selector in Kubernetes' string syntax.
struct LabelRequirement: Hashable, Sendable {
    enum Relation: Hashable, Sendable {
        case exists, absent
        case isIn([String]), notIn([String])
        case greater(Int), less(Int)
    }

    let key: String
    let relation: Relation

    func isMet(by labels: [String: String]) -> Bool {
        let value = labels[key]
        switch relation {
        case .exists: return value != nil
        case .absent: return value == nil
        case .isIn(let values): return value.map { values.contains($0) } ?? false
        case .notIn(let values): return value.map { !values.contains($0) } ?? true
        case .greater(let bound): return value.flatMap { Int($0) }.map { $0 > bound } ?? false
        case .less(let bound): return value.flatMap { Int($0) }.map { $0 < bound } ?? false
        }
    }

    /// The requirements of a whole selector; nil when it is not one.
    static func parse(_ text: String) -> [LabelRequirement]? {
        var requirements: [LabelRequirement] = []
        for part in split(text) {
            guard let requirement = requirement(trimmed(part)) else { return nil }
            requirements.append(requirement)
        }
        return requirements
    }

    /// Parts at the commas that are outside of parentheses.
    private static func split(_ text: String) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var depth = 0
        for index in text.indices {
            switch text[index] {
            case "(": depth += 1
            case ")": depth -= 1
            case "," where depth == 0:
                parts.append(text[start..<index])
                start = text.index(after: index)
            default: continue
            }
        }
        return parts + [text[start...]]
    }

    private static func requirement(_ text: Substring) -> LabelRequirement? {
        for (sign, isEqual) in [("!=", false), ("==", true), ("=", true)] {
            guard let range = firstRange(of: sign, in: text) else { continue }
            let key = trimmed(text[..<range.lowerBound])
            let value = trimmed(text[range.upperBound...])
            guard isKey(key), isValue(value) else { return nil }
            return LabelRequirement(
                key: String(key),
                relation: isEqual ? .isIn([String(value)]) : .notIn([String(value)])
            )
        }
        if let sign = text.firstIndex(where: { $0 == "<" || $0 == ">" }) {
            let key = trimmed(text[..<sign])
            guard isKey(key), let bound = Int(trimmed(text[text.index(after: sign)...])) else { return nil }
            return LabelRequirement(key: String(key), relation: text[sign] == ">" ? .greater(bound) : .less(bound))
        }
        if let open = text.firstIndex(of: "(") { return membership(text[..<open], text[open...]) }
        if text.hasPrefix("!") {
            let key = trimmed(text.dropFirst())
            return isKey(key) ? LabelRequirement(key: String(key), relation: .absent) : nil
        }
        return isKey(text) ? LabelRequirement(key: String(text), relation: .exists) : nil
    }

    private static func membership(_ head: Substring, _ list: Substring) -> LabelRequirement? {
        let words = head.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, isKey(words[0]), list.hasSuffix(")") else { return nil }
        let values = list.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false).map {
            String(trimmed($0))
        }
        guard values.allSatisfy({ isValue($0[...]) }) else { return nil }
        switch words[1] {
        case "in": return LabelRequirement(key: String(words[0]), relation: .isIn(values))
        case "notin": return LabelRequirement(key: String(words[0]), relation: .notIn(values))
        default: return nil
        }
    }

    private static func firstRange(of sign: String, in text: Substring) -> Range<Substring.Index>? {
        var index = text.startIndex
        while index < text.endIndex {
            if text[index...].hasPrefix(sign) { return index..<text.index(index, offsetBy: sign.count) }
            index = text.index(after: index)
        }
        return nil
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop(while: \.isWhitespace)
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return start.prefix(0) }
        return start[...last]
    }

    private static func isKey(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= 317 && text.unicodeScalars.allSatisfy { isNameScalar($0) || $0 == "/" }
    }

    private static func isValue(_ text: Substring) -> Bool {
        text.utf8.count <= 63 && text.unicodeScalars.allSatisfy(isNameScalar)
    }

    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".": true
        default: false
        }
    }
}
