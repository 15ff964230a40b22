import ManifestTree

/// `ValueAddTransformer`: one text in fields of many objects, whole or as a part of a file path.
struct ValueAddTransformer: Transformer {
    private struct Target {
        let selector: ObjectSelector?
        let path: String
        /// Counted from 1; 0 replaces the whole value.
        let position: Int64
    }

    private let value: String
    private var targets: [Target] = []
    private let file: String

    /// - Throws: `BuildError`.
    init(_ fields: inout FieldReader, _ kustomization: Kustomization, _ reader: inout SourceReader) throws {
        file = fields.file
        let text = (try fields.string("value") ?? "").trimmingSpace
        value = text.isEmpty ? SourcePath.name(of: kustomization.directory) : text
        targets = try fields.maps("targets").map(Self.target)
        if let path = try fields.string("targetFilePath"), !path.isEmpty {
            let bytes = try reader.load(path, in: kustomization.directory, field: "targetFilePath", file: file)
            for document in try SourceReader.parse(bytes, source: path) where !document.tree.isNull {
                var more = try FieldReader(document.tree, file: path)
                targets += try more.maps("targets").map(Self.target)
            }
        }
        guard !targets.isEmpty else { throw fields.problem("targets", "must specify at least one target") }
    }

    private static func target(_ entry: FieldReader) throws -> Target {
        var entry = entry
        let selector = try entry.map("selector")
        let path = try entry.string("fieldPath") ?? ""
        guard !path.isEmpty else { throw entry.problem("fieldPath", "fieldPath cannot be empty") }
        let position = try entry.integer("filePathPosition") ?? 0
        guard position >= 0 else {
            throw entry.problem(
                "filePathPosition",
                "value of FilePathPosition (\(position)) cannot be negative"
            )
        }
        return Target(
            selector: try selector.map {
                var reader = $0
                return try ObjectSelector(&reader, isStrict: false)
            },
            path: path,
            position: position
        )
    }

    func transform(_ objects: inout ObjectSet) throws {
        let move = NamespaceTransformer(namespace: value, fields: [])
        for target in targets {
            for position in objects.objects.indices where target.selector?.selects(objects.objects[position]) ?? true {
                try objects.update(position) { object in
                    if target.path == "metadata/namespace" {
                        try move.move(&object)
                    } else {
                        try write(target, into: &object)
                    }
                }
            }
        }
    }

    private func write(_ target: Target, into object: inout BuildObject) throws {
        let path = LookupPath(text: target.path, steps: FieldSpec(target.path).steps.map(\.key))
        do {
            _ = try path.apply(to: &object.tree, creating: .scalar) { field, state in
                let isNew = state == .new
                guard let held = isNew || field.isNull ? "" : field.scalarText else {
                    throw LookupPath.Mismatch(phrase: "\(field.kindName) is there, and only a scalar can be replaced")
                }
                let text = target.position > 0 ? Self.insert(value, into: held, at: target.position - 1) : value
                field = PlainScalar.value(of: text).flatMap { isNew || held.isEmpty ? $0 : nil } ?? .string(text)
            }
        } catch let mismatch as LookupPath.Mismatch {
            throw BuildError(
                .invalid,
                "\(file): \(target.path) of \(object.id): \(mismatch.phrase)",
                at: .init(file: file, field: target.path, object: object.id.description)
            )
        }
    }

    /// A part more in a file path; a leading slash stays in front.
    private static func insert(_ part: String, into path: String, at position: Int64) -> String {
        var parts = path.split(separator: "/").map(String.init)
        parts.insert(part, at: Int(min(position, Int64(parts.count))))
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }
}

extension String {
    fileprivate var trimmingSpace: String {
        let start = drop(while: \.isWhitespace)
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...last])
    }
}
