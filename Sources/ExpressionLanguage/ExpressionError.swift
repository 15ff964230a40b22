package import CoreModel

/// Why an expression could not be parsed, or has no value.
package struct ExpressionError: ModuleError {
    package enum Code: String, Hashable, Sendable {
        /// It is no expression of the language.
        case syntax
        /// A variable, a key or an element is not there, or a number is out of range.
        case value
        /// A value is of another type than the operation takes.
        case type
        /// It is longer, deeper or costs more than allowed.
        case limit
    }

    package let code: Code
    /// The whole sentence, which begins with the place.
    package let message: String
    /// From 1 on.
    package let line: Int
    /// From 1 on, in characters.
    package let column: Int
    package var cause: (any Error)? { nil }
    package var kind: FailureKind { .terminal }

    /// An error at a byte of an expression.
    init(_ code: Code, _ text: String, at offset: Int, _ problem: String) {
        self.code = code
        let before = text.utf8.prefix(offset)
        line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { text.utf8.index(after: $0) } ?? text.startIndex
        column =
            text.utf8[start...].prefix(offset - text.utf8.distance(from: text.startIndex, to: start))
            .count { $0 & 0xC0 != 0x80 } + 1
        message = "The expression is wrong at \(line):\(column): \(problem)"
    }
}

/// What is wrong with a value, as a phrase for an `ExpressionError`.
struct ValueProblem: Error {
    let code: ExpressionError.Code
    let reason: String

    init(_ code: ExpressionError.Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}
