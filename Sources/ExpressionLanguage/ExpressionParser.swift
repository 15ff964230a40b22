internal import ManifestTree

/// Reads an expression (cel-spec, langdef.md, "Syntax").
struct ExpressionParser {
    /// The most operations of an expression.
    static let nodeLimit = 5_000
    /// The most brackets and operators that may stand open at one place.
    static let nestingLimit = 60

    private(set) var lexer: ExpressionLexer
    private(set) var token: ExpressionToken = .end
    /// Where the current word begins.
    private(set) var offset = 0
    private var nodes = 0
    private var nesting = 0
    /// Names that a macro binds, innermost last.
    var bound: [String] = []
    /// Names that come from outside.
    var freeNames: Set<String> = []

    init(_ text: String) throws(ExpressionError) {
        guard text.utf8.count <= Expression.lengthLimit else {
            throw ExpressionError(
                .limit,
                text,
                at: 0,
                "it has \(text.utf8.count) bytes, and \(Expression.lengthLimit) are taken; shorten it"
            )
        }
        lexer = ExpressionLexer(text)
        try advance()
    }

    /// The whole expression.
    mutating func parse() throws(ExpressionError) -> ExpressionNode {
        let node = try expression()
        guard token == .end else { throw unexpected("an operator or the end") }
        return node
    }

    /// `ConditionalOr ["?" ConditionalOr ":" Expr]`
    mutating func expression() throws(ExpressionError) -> ExpressionNode {
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= Self.nestingLimit else { throw limit(offset, "it is nested too deeply; divide it") }
        let condition = try either()
        let place = offset
        guard try take("?") else { return condition }
        let yes = try either()
        try expect(":")
        let no = try expression()
        return try node(.conditional(condition, yes, no), place, [condition, yes, no])
    }

    private mutating func either() throws(ExpressionError) -> ExpressionNode {
        let (first, place) = (try both(), offset)
        var parts = [first]
        while try take("||") { parts.append(try both()) }
        return parts.count == 1 ? first : try node(.any(parts), place, parts)
    }

    private mutating func both() throws(ExpressionError) -> ExpressionNode {
        let (first, place) = (try relation(), offset)
        var parts = [first]
        while try take("&&") { parts.append(try relation()) }
        return parts.count == 1 ? first : try node(.all(parts), place, parts)
    }

    private mutating func relation() throws(ExpressionError) -> ExpressionNode {
        try chain(["==", "!=", "<", "<=", ">", ">=", "in"]) { parser throws(ExpressionError) in
            try parser.chain(["+", "-"]) { parser throws(ExpressionError) in
                try parser.chain(["*", "/", "%"]) { parser throws(ExpressionError) in try parser.unary() }
            }
        }
    }

    /// Operators of one rank, from left to right.
    private mutating func chain(
        _ symbols: Set<String>,
        _ operand: (inout ExpressionParser) throws(ExpressionError) -> ExpressionNode
    ) throws(ExpressionError) -> ExpressionNode {
        var left = try operand(&self)
        while case .symbol(let symbol) = token, symbols.contains(symbol), let binary = BinaryOperator(rawValue: symbol)
        {
            let place = offset
            try advance()
            let right = try operand(&self)
            left = try node(.binary(binary, left, right), place, [left, right])
        }
        return left
    }

    private mutating func unary() throws(ExpressionError) -> ExpressionNode {
        let place = offset
        if token == .symbol("!") {
            let isNegated = try odd("!")
            let operand = try member()
            // Twice is kept, so that what is no boolean is still an error.
            let inner = try node(.not(operand), place, [operand])
            return isNegated ? inner : try node(.not(inner), place, [inner])
        }
        guard token == .symbol("-") else { return try member() }
        let isNegated = try odd("-")
        if isNegated, case .int(let text) = token {
            token = .int("-" + text)
            return try member()
        }
        let operand = try member()
        let inner = try node(.negated(operand), place, [operand])
        return isNegated ? inner : try node(.negated(inner), place, [inner])
    }

    /// Takes a sign as often as it is there; whether that is an odd number of times.
    private mutating func odd(_ symbol: String) throws(ExpressionError) -> Bool {
        var isOdd = false
        while try take(symbol) { isOdd.toggle() }
        return isOdd
    }
}

extension ExpressionParser {
    /// Makes a node, within the limits.
    mutating func node(
        _ kind: ExpressionNode.Kind,
        _ place: Int,
        _ children: [ExpressionNode] = []
    ) throws(ExpressionError) -> ExpressionNode {
        nodes += 1
        guard nodes <= Self.nodeLimit else {
            throw limit(place, "it has more than \(Self.nodeLimit) operations; divide it")
        }
        let depth = (children.map(\.depth).max() ?? 0) + 1
        guard depth <= ExpressionNode.depthLimit else { throw limit(place, "it is nested too deeply; divide it") }
        return ExpressionNode(kind: kind, offset: place, depth: depth)
    }

    mutating func advance() throws(ExpressionError) { (token, offset) = try lexer.next() }

    /// Takes an operator or bracket, if it is next.
    mutating func take(_ symbol: String) throws(ExpressionError) -> Bool {
        guard token == .symbol(symbol) else { return false }
        try advance()
        return true
    }

    mutating func expect(_ symbol: String) throws(ExpressionError) {
        guard try take(symbol) else { throw unexpected("'\(symbol)'") }
    }

    func unexpected(_ wanted: String) -> ExpressionError {
        let found: String
        switch token {
        case .end: found = "the end"
        case .name(let name): found = "the name \(name.quotedForMessage)"
        case .int(let text), .double(let text): found = "the number \(text.prefix(40))"
        case .string: found = "a text"
        case .symbol(let symbol): found = "'\(symbol)'"
        }
        return error(offset, "\(wanted) belongs where \(found) is")
    }

    func error(_ place: Int, _ problem: String) -> ExpressionError { lexer.error(at: place, problem) }

    func limit(_ place: Int, _ problem: String) -> ExpressionError { lexer.error(at: place, problem, .limit) }
}
