package import ManifestTree

/// An expression over documents: a bounded part of CEL, the language of Kubernetes' own policies.
///
/// Known are: null, booleans, 64-bit integers, doubles, text, lists, maps with text for keys, times and durations;
/// `.` `[]` `()` `!` `-` `* / %` `+ -` `== != < <= > >= in` `&&` `||` `?:`; `has`, `all`, `exists`, `exists_one`, `map`
/// and `filter`; conversions by `int`, `double`, `string`, `bool`, `timestamp`, `duration`, `type`, `dyn`; and of text
/// `size`, `startsWith`, `endsWith`, `contains`, `matches`, `lowerAscii`, `upperAscii`, `trim`, `split`, `join`,
/// `replace`, `substring`, `indexOf`, `lastIndexOf`. Bytes, unsigned integers, messages and optional values are not;
/// an expression with them is refused when it is parsed.
///
/// Where CEL leaves a choice, this one is strict: what has no value is an error, and so is an operator on types that it
/// does not know. Values of different types are unequal; integers and doubles compare by value. `matches` takes a
/// literal pattern in RE2's syntax. Every evaluation is bounded by its budget, whoever wrote the expression.
package struct Expression: Hashable, Sendable, CustomStringConvertible {
    /// The longest expression, in bytes.
    package static let lengthLimit = 16_384
    /// What an evaluation may cost unless it is told: about a second of work at the very most.
    package static let defaultBudget = 1_000_000

    /// As it was written.
    package let text: String
    /// The names that it takes from outside; those of types, such as `int`, are known.
    package let variables: Set<String>
    let root: ExpressionNode

    /// - Throws: `ExpressionError` `syntax` or `limit`, with the place.
    package init(parsing text: String) throws(ExpressionError) {
        var parser = try ExpressionParser(text)
        root = try parser.parse()
        variables = parser.freeNames.subtracting(ExpressionValue.typeNames)
        self.text = text
    }

    /// The value of the expression.
    /// - Throws: `ExpressionError` `value`, `type` or `limit`, with the place.
    package func evaluate(variables: [String: Tree], budget: Int = defaultBudget) throws(ExpressionError) -> Tree {
        var evaluation = Evaluation(text: text, variables: variables, budget: budget)
        let value = try evaluation.value(of: root)
        do {
            return try value.tree()
        } catch {
            throw ExpressionError(error.code, text, at: root.offset, error.reason)
        }
    }

    /// Whether the expression is true.
    /// - Throws: `ExpressionError`, also for a value that is neither true nor false.
    package func holds(variables: [String: Tree], budget: Int = defaultBudget) throws(ExpressionError) -> Bool {
        var evaluation = Evaluation(text: text, variables: variables, budget: budget)
        guard case .bool(let holds) = try evaluation.value(of: root) else {
            throw ExpressionError(.type, text, at: root.offset, "the value is neither true nor false")
        }
        return holds
    }

    package var description: String { text }

    package static func == (left: Expression, right: Expression) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
