import ManifestTree

extension KindDefinition {
    /// The reference page of the kind, in Markdown.
    package var referencePage: String {
        var lines = [
            "# \(kind)", "",
            "`\(group)/\(versions[0])`"
                + (versions.count > 1
                    ? ", also served: " + versions.dropFirst().map { "`\($0)`" }.joined(separator: ", ") : ""),
            "", summary, "", "This page is made from the kind's definition by `hack/generate`.", "", "## spec", "",
        ]
        lines += Self.table(spec, prefix: "spec")
        lines += ["", "## status", ""]
        lines += Self.table(status, prefix: "status")
        if !guide.isEmpty { lines += ["", guide] }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func table(_ fields: [SchemaField], prefix: String) -> [String] {
        ["| field | type | default | meaning |", "|---|---|---|---|"] + rows(fields, prefix: prefix)
    }

    private static func rows(_ fields: [SchemaField], prefix: String) -> [String] {
        fields.flatMap { field -> [String] in
            let path = "\(prefix).\(field.name)"
            let required = field.isRequired ? " (required)" : ""
            let standard = field.standard.map { "`\(text($0))`" } ?? ""
            let choices =
                field.choices.isEmpty ? "" : " One of: " + field.choices.map { "`\($0)`" }.joined(separator: ", ") + "."
            let row = "| `\(path)`\(required) | \(field.shape.word) | \(standard) | \(field.text)\(choices) |"
            return [row] + rows(field.shape.children, prefix: path + field.shape.suffix)
        }
    }

    private static func text(_ value: Tree) -> String {
        switch value {
        case .string(let text): text
        case .bool(let flag): String(flag)
        case .number(let number): number.text
        default: "…"
        }
    }
}

extension SchemaField.Shape {
    fileprivate var word: String {
        switch self {
        case .string: "string"
        case .boolean: "boolean"
        case .integer: "integer"
        case .duration: "duration"
        case .time: "time"
        case .stringMap: "map of strings"
        case .list(let element): "list of \(element.word)"
        case .object, .strict: "object"
        case .conditions: "conditions"
        case .opaque(let type): type
        }
    }

    fileprivate var children: [SchemaField] {
        switch self {
        case .object(let fields), .strict(let fields): fields
        case .list(let element): element.children
        default: []
        }
    }

    fileprivate var suffix: String {
        if case .list = self { "[]" } else { "" }
    }
}
