internal import CoreModel
internal import ManifestTree

extension Evaluation {
    mutating func matches(_ pattern: LinearPattern, _ value: ExpressionValue, _ node: ExpressionNode)
        throws(ExpressionError) -> Bool
    {
        guard case .string(let text) = value else {
            throw error(.type, node, "'matches' takes text, and \(value.typeName) is none")
        }
        // Matching takes time in proportion to both.
        try charge(pattern.cost(text), node)
        return pattern.isFound(in: text)
    }

    mutating func call(_ function: ExpressionFunction, _ values: [ExpressionValue], _ node: ExpressionNode)
        throws(ExpressionError) -> ExpressionValue
    {
        try charge(values.reduce(0) { $0 + $1.ownWeight }, node)
        let value = values.first ?? .null
        return try checked(node) { () throws(ValueProblem) in
            switch function {
            case .size: try Conversion.size(value)
            case .type: .type(value.typeName)
            case .dyn: value
            case .int: try Conversion.int(value)
            case .double: try Conversion.double(value)
            case .string: try Conversion.string(value)
            case .bool: try Conversion.bool(value)
            case .timestamp: try Conversion.timestamp(value)
            case .duration: try Conversion.duration(value)
            default: try TextFunction(function, values).result()
            }
        }
    }
}

extension LinearPattern {
    /// A bound on the work of finding the pattern in a text, in the units of the budget.
    fileprivate func cost(_ text: String) -> Int { 1 + (1 + text.utf8.count) * (1 + stepCount) / 8 }
}

/// Values of one type made from those of another.
enum Conversion {
    /// The seconds of the years 1 to 9999, which are all that the language has.
    static let years: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    static func size(_ value: ExpressionValue) throws(ValueProblem) -> ExpressionValue {
        if case .string(let text) = value { return .int(Int64(text.unicodeScalars.count)) }
        guard let count = value.count else {
            throw ValueProblem(.type, "'size' takes text, a list or a map, and \(value.typeName) is none")
        }
        return .int(Int64(count))
    }

    static func int(_ value: ExpressionValue) throws(ValueProblem) -> ExpressionValue {
        switch value {
        case .int: return value
        case .double(let number):
            guard let whole = Int64(exactly: number.rounded(.towardZero)) else { throw none("int", value) }
            return .int(whole)
        case .string(let text):
            guard !text.hasPrefix("+"), let whole = Int64(text) else { throw none("int", value) }
            return .int(whole)
        case .timestamp(let time): return .int(time.seconds)
        case .duration(let duration): return .int(duration.components.seconds)
        default: throw wrong("int", value)
        }
    }

    static func double(_ value: ExpressionValue) throws(ValueProblem) -> ExpressionValue {
        switch value {
        case .double: return value
        case .int(let number): return .double(Double(number))
        case .string(let text):
            guard let number = Double(text), number.isFinite else { throw none("double", value) }
            return .double(number)
        default: throw wrong("double", value)
        }
    }

    static func string(_ value: ExpressionValue) throws(ValueProblem) -> ExpressionValue {
        switch value {
        case .string: return value
        case .int(let number): return .string(String(number))
        case .bool(let truth): return .string(String(truth))
        case .double(let number):
            // Without `.0`, as the language writes whole doubles.
            let text = number.description
            return .string(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
        case .timestamp(let time): return .string(time.description)
        case .duration(let duration):
            let (seconds, rest) = duration.components
            guard rest == 0 else { return .string("\(Double(seconds) + Double(rest) / 1e18)s") }
            return .string("\(seconds)s")
        default: throw wrong("string", value)
        }
    }

    static func bool(_ value: ExpressionValue) throws(ValueProblem) -> ExpressionValue {
        switch value {
        case .bool: return value
        case .string("true"): return .bool(true)
        case .string("false"): return .bool(false)
        case .string: throw none("bool", value)
        default: throw wrong("bool", value)
        }
    }

    static func timestamp(_ value: ExpressionValue) throws(ValueProblem) -> ExpressionValue {
        switch value {
        case .timestamp: return value
        case .string(let text):
            guard let time = Timestamp(text) else { throw none("timestamp", value) }
            return .timestamp(time)
        case .int(let seconds):
            guard years.contains(seconds) else { throw none("timestamp", value) }
            return .timestamp(Timestamp(seconds: seconds))
        default: throw wrong("timestamp", value)
        }
    }

    static func duration(_ value: ExpressionValue) throws(ValueProblem) -> ExpressionValue {
        switch value {
        case .duration: return value
        case .string(let text):
            let isNegative = text.hasPrefix("-")
            guard let duration = GoDuration.parse(isNegative ? String(text.dropFirst()) : text) else {
                throw none("duration", value)
            }
            return .duration(isNegative ? .zero - duration : duration)
        default: throw wrong("duration", value)
        }
    }

    private static func none(_ type: String, _ value: ExpressionValue) -> ValueProblem {
        ValueProblem(.value, "\(value.shown) is no \(type)")
    }

    private static func wrong(_ type: String, _ value: ExpressionValue) -> ValueProblem {
        ValueProblem(.type, "'\(type)' does not take \(value.typeName)")
    }
}

extension ExpressionValue {
    /// The value in a message.
    var shown: String {
        switch self {
        case .string(let text): text.quotedForMessage
        case .int(let number): "\(number)"
        case .double(let number): "\(number)"
        default: typeName
        }
    }
}
