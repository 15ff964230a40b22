internal import CoreModel

/// One operation of a parsed expression, with where it is.
struct ExpressionNode: Sendable {
    indirect enum Kind: Sendable {
        case literal(ExpressionValue)
        case name(String)
        /// `e.f`
        case select(ExpressionNode, String)
        /// `has(e.f)`
        case has(ExpressionNode, String)
        case index(ExpressionNode, ExpressionNode)
        case list([ExpressionNode])
        case map([(key: ExpressionNode, value: ExpressionNode)])
        case not(ExpressionNode)
        case negated(ExpressionNode)
        case binary(BinaryOperator, ExpressionNode, ExpressionNode)
        /// Joined by `&&` or `||`.
        case all([ExpressionNode])
        case any([ExpressionNode])
        case conditional(ExpressionNode, ExpressionNode, ExpressionNode)
        /// The receiver comes first, where there is one.
        case call(ExpressionFunction, [ExpressionNode])
        case matches(ExpressionNode, LinearPattern)
        case comprehension(Comprehension)
    }

    /// Deeper expressions are refused, so that evaluating one needs little of the stack.
    static let depthLimit = 100

    let kind: Kind
    /// The first byte of the operator or of the operand.
    let offset: Int
    let depth: Int
}

/// A macro that looks at each element.
struct Comprehension: Sendable {
    enum Kind: String, Sendable {
        case all, exists
        case existsOne = "exists_one"
        case map, filter
    }

    let kind: Kind
    let range: ExpressionNode
    /// What the element is called in the body.
    let name: String
    /// Which elements `map` takes; only its form with three arguments has one.
    let condition: ExpressionNode?
    let body: ExpressionNode
}

/// An operator with a value on either side.
enum BinaryOperator: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case isIn = "in"
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"
}

/// A function by its name in the language.
enum ExpressionFunction: String, Sendable {
    case size, type, dyn, int, double, string, bool, timestamp, duration
    case startsWith, endsWith, contains, lowerAscii, upperAscii, trim, split, join, replace, substring, indexOf
    case lastIndexOf

    /// How many values it takes, with its receiver: `f(a, b)` and `a.f(b)` are two.
    var arity: ClosedRange<Int> {
        switch self {
        case .size, .type, .dyn, .int, .double, .string, .bool, .timestamp, .duration, .lowerAscii, .upperAscii, .trim:
            1...1
        case .startsWith, .endsWith, .contains: 2...2
        case .join: 1...2
        case .split, .substring, .indexOf, .lastIndexOf: 2...3
        case .replace: 3...4
        }
    }

    /// Whether it is written `f(a)`; `size` may be either.
    var isGlobal: Bool {
        switch self {
        case .size, .type, .dyn, .int, .double, .string, .bool, .timestamp, .duration: true
        default: false
        }
    }

    /// Whether it is written `a.f()`.
    var isMember: Bool { self == .size || !isGlobal }
}
