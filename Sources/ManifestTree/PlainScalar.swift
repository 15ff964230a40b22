/// What text stands for where it is written as a plain YAML scalar, for edits that put new text into an old scalar.
package enum PlainScalar {
    /// Whether text is written without quotes, so that only readers of the file would know whether it had them.
    package static func isText(_ text: String) -> Bool { YAMLScalarAnalysis(text).style(isKey: false) == .plain }

    /// The value of the text; nil for a number that JSON has no form for.
    package static func value(of text: String) -> Tree? { YAMLResolution(text).tree }

    /// The value of the text under the type of the scalar that it replaces: text stays text, and a number, a truth
    /// value or null takes only what can be read as one.
    /// - Returns: nil when the text is no value of that type.
    package static func value(of text: String, typedAs old: Tree) -> Tree? {
        switch (old, YAMLResolution(text)) {
        case (.string, _): .string(text)
        case (.null, .null): .null
        case (.bool, .bool(let value)): .bool(value)
        case (.number, .integer(let number)): .number(number)
        case (.number(let held), .float(let number)): isInteger(held) ? nil : .number(number)
        default: nil
        }
    }

    private static func isInteger(_ number: Tree.Number) -> Bool {
        if case .integer = YAMLResolution(number.written) { true } else { false }
    }
}
