internal import CoreModel

extension Evaluation {
    /// An operator between two values. What it looks through or makes is paid for before.
    mutating func binary(
        _ symbol: BinaryOperator,
        _ left: ExpressionValue,
        _ right: ExpressionValue,
        _ node: ExpressionNode
    ) throws(ExpressionError) -> ExpressionValue {
        switch symbol {
        case .equal: return .bool(try isEqual(left, right, node))
        case .notEqual: return .bool(!(try isEqual(left, right, node)))
        case .isIn: return .bool(try contains(right, left, node))
        case .add, .subtract, .multiply, .divide, .remainder:
            try charge(left.ownWeight + right.ownWeight, node)
            return try checked(node) { () throws(ValueProblem) in
                try Arithmetic.result(symbol, left, right)
            }
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            try charge(min(left.ownWeight, right.ownWeight), node)
            guard let order = Ordering(left, right) else {
                throw error(.type, node, "\(left.typeName) and \(right.typeName) have no order")
            }
            return .bool(order.holds(symbol))
        }
    }

    /// Equality by value; values of different types are not equal.
    private mutating func isEqual(_ left: ExpressionValue, _ right: ExpressionValue, _ node: ExpressionNode)
        throws(ExpressionError) -> Bool
    {
        try charge(1 + min(left.ownWeight, right.ownWeight), node)
        switch (left, right) {
        case (.null, .null): return true
        case (.bool(let left), .bool(let right)): return left == right
        case (.string(let left), .string(let right)): return left.utf8.elementsEqual(right.utf8)
        case (.timestamp(let left), .timestamp(let right)): return left == right
        case (.duration(let left), .duration(let right)): return left == right
        case (.type(let left), .type(let right)): return left == right
        case (.int, .int), (.int, .double), (.double, .int), (.double, .double):
            return Ordering(left, right) == .same
        default: break
        }
        guard left.count == right.count else { return false }
        if let own = left.elements, let other = right.elements {
            for (left, right) in zip(own, other) where !(try isEqual(left, right, node)) { return false }
            return true
        }
        guard left.isMap, right.isMap, let keys = left.keys else { return false }
        for key in keys {
            guard let own = left.entry(key), let other = right.entry(key), try isEqual(own, other, node) else {
                return false
            }
        }
        return true
    }

    private mutating func contains(_ container: ExpressionValue, _ value: ExpressionValue, _ node: ExpressionNode)
        throws(ExpressionError) -> Bool
    {
        if let elements = container.elements {
            for element in elements where try isEqual(element, value, node) { return true }
            return false
        }
        guard container.isMap else {
            throw error(.type, node, "'in' looks into a list or a map, and \(container.typeName) is neither")
        }
        guard case .string(let key) = value else { return false }
        return container.entry(key) != nil
    }
}

extension ExpressionValue {
    /// What it costs to go through the value once, without what is below its elements.
    var ownWeight: Int {
        switch self {
        case .string(let text): text.utf8.count / 16
        default: count ?? 0
        }
    }
}

/// Which of two values comes first.
enum Ordering {
    case before, same, after
    /// One of them is no number.
    case none

    /// Nil for values that have no order.
    init?(_ left: ExpressionValue, _ right: ExpressionValue) {
        switch (left, right) {
        case (.int(let left), .int(let right)): self = Self.of(left, right)
        case (.double(let left), .double(let right)): self = Self.of(left, right)
        case (.int(let left), .double(let right)): self = Self.of(left, right)
        case (.double(let left), .int(let right)): self = Self.of(right, left).reversed
        case (.bool(let left), .bool(let right)): self = Self.of(left ? 1 : 0, right ? 1 : 0)
        case (.string(let left), .string(let right)):
            // The order of UTF-8 is that of the characters' numbers.
            self =
                left.utf8.lexicographicallyPrecedes(right.utf8)
                ? .before : (left.utf8.elementsEqual(right.utf8) ? .same : .after)
        case (.timestamp(let left), .timestamp(let right)): self = Self.of(left, right)
        case (.duration(let left), .duration(let right)): self = Self.of(left, right)
        default: return nil
        }
    }

    func holds(_ symbol: BinaryOperator) -> Bool {
        switch symbol {
        case .less: self == .before
        case .lessOrEqual: self == .before || self == .same
        case .greater: self == .after
        case .greaterOrEqual: self == .after || self == .same
        default: false
        }
    }

    private var reversed: Ordering {
        switch self {
        case .before: .after
        case .after: .before
        case .same, .none: self
        }
    }

    private static func of<Value: Comparable>(_ left: Value, _ right: Value) -> Ordering {
        left < right ? .before : (left == right ? .same : (left > right ? .after : .none))
    }

    /// By value, without rounding: 2⁵³ + 1 is not the double beside it.
    private static func of(_ left: Int64, _ right: Double) -> Ordering {
        guard !right.isNaN else { return .none }
        if right >= 9_223_372_036_854_775_808 { return .before }
        if right < -9_223_372_036_854_775_808 { return .after }
        let whole = Int64(right.rounded(.down))
        if left != whole { return left < whole ? .before : .after }
        return right == right.rounded(.down) ? .same : .before
    }
}

/// Sums, products and what else makes a value of two.
enum Arithmetic {
    static func negated(_ value: ExpressionValue) throws(ValueProblem) -> ExpressionValue {
        switch value {
        case .int(let value):
            guard value != .min else { throw overflow }
            return .int(-value)
        case .double(let value): return .double(-value)
        default: throw ValueProblem(.type, "'-' takes a number, and \(value.typeName) is none")
        }
    }

    static func result(_ symbol: BinaryOperator, _ left: ExpressionValue, _ right: ExpressionValue)
        throws(ValueProblem) -> ExpressionValue
    {
        switch (left, right) {
        case (.int(let left), .int(let right)): return .int(try whole(symbol, left, right))
        case (.double(let left), .double(let right)):
            guard let value = real(symbol, left, right) else { break }
            return .double(value)
        case (.string(let left), .string(let right)) where symbol == .add: return .string(left + right)
        case (.duration(let left), .duration(let right)) where symbol == .add:
            return .duration(try limited(left + right))
        case (.duration(let left), .duration(let right)) where symbol == .subtract:
            return .duration(try limited(left - right))
        case (.timestamp(let left), .timestamp(let right)) where symbol == .subtract: return .duration(left - right)
        case (.timestamp(let left), .duration(let right)) where symbol == .add:
            return .timestamp(try limited(left + right))
        case (.timestamp(let left), .duration(let right)) where symbol == .subtract:
            return .timestamp(try limited(left + (.zero - right)))
        case (.duration(let left), .timestamp(let right)) where symbol == .add:
            return .timestamp(try limited(right + left))
        default:
            if symbol == .add, let own = left.elements, let other = right.elements { return .list(own + other) }
        }
        let types = "\(left.typeName) and \(right.typeName)"
        throw ValueProblem(.type, "'\(symbol.rawValue)' does not take \(types); convert one of them")
    }

    private static func whole(_ symbol: BinaryOperator, _ left: Int64, _ right: Int64) throws(ValueProblem) -> Int64 {
        let (value, isOver): (Int64, Bool)
        switch symbol {
        case .add: (value, isOver) = left.addingReportingOverflow(right)
        case .subtract: (value, isOver) = left.subtractingReportingOverflow(right)
        case .multiply: (value, isOver) = left.multipliedReportingOverflow(by: right)
        default:
            guard right != 0 else { throw ValueProblem(.value, "a number is divided by zero") }
            (value, isOver) =
                symbol == .divide
                ? left.dividedReportingOverflow(by: right) : left.remainderReportingOverflow(dividingBy: right)
        }
        guard !isOver else { throw overflow }
        return value
    }

    private static func real(_ symbol: BinaryOperator, _ left: Double, _ right: Double) -> Double? {
        switch symbol {
        case .add: left + right
        case .subtract: left - right
        case .multiply: left * right
        case .divide: left / right
        default: nil
        }
    }

    /// Durations of at most some 290,000 years, so that no sum of them overflows.
    private static func limited(_ value: Duration) throws(ValueProblem) -> Duration {
        guard abs(value.components.seconds) < 1 << 43 else { throw overflow }
        return value
    }

    /// The years 1 to 9999, as the language has them.
    private static func limited(_ value: Timestamp) throws(ValueProblem) -> Timestamp {
        guard Conversion.years.contains(value.seconds) else { throw overflow }
        return value
    }

    private static let overflow = ValueProblem(.value, "the result is out of range")
}
