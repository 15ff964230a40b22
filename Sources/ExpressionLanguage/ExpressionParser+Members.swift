internal import CoreModel
internal import ManifestTree

extension ExpressionParser {
    /// An operand with what follows it: `.f`, `.f()`, `[]`.
    mutating func member() throws(ExpressionError) -> ExpressionNode {
        var value = try primary()
        while true {
            let place = offset
            if try take(".") {
                let name = try selector()
                try advance()
                value =
                    try take("(")
                    ? try methodCall(value, name, place) : try node(.select(value, name), place, [value])
            } else if try take("[") {
                let index = try expression()
                try expect("]")
                value = try node(.index(value, index), place, [value, index])
            } else if token == .symbol("{") {
                throw error(offset, "messages are not known to this version; write a map without a name")
            } else {
                return value
            }
        }
    }

    /// The name behind a dot; words that are reserved for host languages are names there.
    private func selector() throws(ExpressionError) -> String {
        guard case .name(let name) = token else { throw unexpected("a name") }
        return name
    }

    private mutating func primary() throws(ExpressionError) -> ExpressionNode {
        let place = offset
        switch token {
        case .name(let name):
            try advance()
            guard !ExpressionLexer.reserved.contains(name) else { throw error(place, "'\(name)' is a reserved word") }
            if try take("(") { return try globalCall(name, place) }
            if !bound.contains(name) { freeNames.insert(name) }
            return try node(.name(name), place)
        case .int(let text):
            try advance()
            return try node(.literal(.int(try integer(text, place))), place)
        case .double(let text):
            try advance()
            guard let value = Double(text), value.isFinite else { throw error(place, "the number is out of range") }
            return try node(.literal(.double(value)), place)
        case .string(let text):
            try advance()
            return try node(.literal(.string(text)), place)
        case .symbol(let symbol): return try bracketed(symbol, place)
        case .end: throw unexpected("a value")
        }
    }

    private func integer(_ text: String, _ place: Int) throws(ExpressionError) -> Int64 {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let sign = text.hasPrefix("-") ? "-" : ""
        let isHex = digits.lowercased().hasPrefix("0x")
        let value = isHex ? Int64(sign + digits.dropFirst(2), radix: 16) : Int64(sign + digits)
        guard let value else { throw error(place, "the number does not fit into 64 bits") }
        return value
    }

    private mutating func bracketed(_ symbol: String, _ place: Int) throws(ExpressionError) -> ExpressionNode {
        switch symbol {
        case "true", "false":
            try advance()
            return try node(.literal(.bool(symbol == "true")), place)
        case "null":
            try advance()
            return try node(.literal(.null), place)
        case "(":
            try advance()
            let inner = try expression()
            try expect(")")
            return inner
        case "[":
            try advance()
            let elements = try list(until: "]")
            return try node(.list(elements), place, elements)
        case "{":
            try advance()
            return try map(place)
        default: throw unexpected("a value")
        }
    }

    /// Values with commas between them; one more comma at the end does no harm.
    mutating func list(until end: String) throws(ExpressionError) -> [ExpressionNode] {
        var elements: [ExpressionNode] = []
        while token != .symbol(end) {
            elements.append(try expression())
            guard try take(",") else { break }
        }
        try expect(end)
        return elements
    }

    private mutating func map(_ place: Int) throws(ExpressionError) -> ExpressionNode {
        var entries: [(key: ExpressionNode, value: ExpressionNode)] = []
        while token != .symbol("}") {
            let key = try expression()
            try expect(":")
            entries.append((key, try expression()))
            guard try take(",") else { break }
        }
        try expect("}")
        return try node(.map(entries), place, entries.map(\.key) + entries.map(\.value))
    }
}

// MARK: - Calls

extension ExpressionParser {
    /// `f(…)`, behind its bracket.
    private mutating func globalCall(_ name: String, _ place: Int) throws(ExpressionError) -> ExpressionNode {
        if name == "has" { return try has(place) }
        let arguments = try list(until: ")")
        if name == "matches", arguments.count == 2 { return try matches(arguments[0], arguments[1], place) }
        guard let function = ExpressionFunction(rawValue: name), function.isGlobal else {
            throw error(place, "the function \(name.quotedForMessage) is not known")
        }
        return try call(function, arguments, place)
    }

    /// `e.f(…)`, behind its bracket.
    private mutating func methodCall(_ receiver: ExpressionNode, _ name: String, _ place: Int) throws(ExpressionError)
        -> ExpressionNode
    {
        let spelled = name == "existsOne" ? "exists_one" : name
        if let kind = Comprehension.Kind(rawValue: spelled) { return try comprehension(kind, receiver, place) }
        let arguments = try list(until: ")")
        if name == "matches", arguments.count == 1 { return try matches(receiver, arguments[0], place) }
        guard let function = ExpressionFunction(rawValue: name), function.isMember else {
            throw error(place, "the function \(name.quotedForMessage) is not known")
        }
        return try call(function, [receiver] + arguments, place)
    }

    private mutating func call(_ function: ExpressionFunction, _ values: [ExpressionNode], _ place: Int)
        throws(ExpressionError) -> ExpressionNode
    {
        guard function.arity.contains(values.count) else {
            throw error(place, "the function '\(function.rawValue)' does not take so many values")
        }
        return try node(.call(function, values), place, values)
    }

    private mutating func has(_ place: Int) throws(ExpressionError) -> ExpressionNode {
        let selected = try expression()
        try expect(")")
        guard case .select(let value, let name) = selected.kind else {
            throw error(place, "'has' takes a field, as in has(a.b)")
        }
        return try node(.has(value, name), place, [value])
    }

    private mutating func matches(_ text: ExpressionNode, _ pattern: ExpressionNode, _ place: Int)
        throws(ExpressionError) -> ExpressionNode
    {
        guard case .literal(.string(let source)) = pattern.kind else {
            throw error(pattern.offset, "'matches' takes a literal pattern, which is checked before it is used")
        }
        let parsed: LinearPattern
        do {
            parsed = try LinearPattern(parsing: source)
        } catch {
            throw self.error(pattern.offset, "the pattern \(source.quotedForMessage) \(error.phrase)")
        }
        return try node(.matches(text, parsed), place, [text])
    }

    private mutating func comprehension(_ kind: Comprehension.Kind, _ range: ExpressionNode, _ place: Int)
        throws(ExpressionError) -> ExpressionNode
    {
        guard case .name(let name) = token, !ExpressionLexer.reserved.contains(name) else {
            throw unexpected("the name of an element")
        }
        try advance()
        try expect(",")
        bound.append(name)
        var parts = try list(until: ")")
        bound.removeLast()
        guard let body = parts.popLast(), parts.count <= (kind == .map ? 1 : 0) else {
            throw error(place, "the macro '\(kind.rawValue)' does not take so many values")
        }
        let macro = Comprehension(kind: kind, range: range, name: name, condition: parts.first, body: body)
        return try node(.comprehension(macro), place, [range, body] + parts)
    }
}
