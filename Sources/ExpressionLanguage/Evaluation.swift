internal import CoreModel
internal import ManifestTree

/// One evaluation of an expression (cel-spec, langdef.md, "Evaluation").
struct Evaluation {
    private let text: String
    private let variables: [String: Tree]
    /// What is left to spend: one for each operation, and one for every few bytes that it looks at or makes.
    private var budget: Int
    /// What macros have bound, innermost last.
    private var locals: [(name: String, value: ExpressionValue)] = []

    init(text: String, variables: [String: Tree], budget: Int) {
        self.text = text
        self.variables = variables
        self.budget = budget
    }

    mutating func value(of node: ExpressionNode) throws(ExpressionError) -> ExpressionValue {
        try charge(1, node)
        switch node.kind {
        case .literal(let value): return value
        case .name(let name): return try variable(name, node)
        case .select(let inner, let name): return try field(name, of: value(of: inner), node)
        case .has(let inner, let name): return .bool(try has(name, value(of: inner), node))
        case .index(let inner, let key): return try element(value(of: key), of: value(of: inner), node)
        case .list(let nodes): return .list(try values(of: nodes))
        case .map(let entries): return try map(entries, node)
        case .not(let inner): return .bool(!(try truth(of: inner)))
        case .negated(let inner):
            let operand = try value(of: inner)
            return try checked(node) { () throws(ValueProblem) in try Arithmetic.negated(operand) }
        case .binary(let symbol, let left, let right):
            return try binary(symbol, value(of: left), value(of: right), node)
        case .all(let parts): return .bool(try joined(parts, absorbing: false))
        case .any(let parts): return .bool(try joined(parts, absorbing: true))
        case .conditional(let condition, let yes, let no):
            return try value(of: try truth(of: condition) ? yes : no)
        case .call(let function, let nodes): return try call(function, values(of: nodes), node)
        case .matches(let inner, let pattern): return .bool(try matches(pattern, value(of: inner), node))
        case .comprehension(let macro): return try result(of: macro, node)
        }
    }

    /// - Throws: `limit` when the budget is spent.
    mutating func charge(_ cost: Int, _ node: ExpressionNode) throws(ExpressionError) {
        budget -= cost
        if budget < 0 {
            throw error(.limit, node, "the evaluation takes too long; make the expression or its input smaller")
        }
    }

    func error(_ code: ExpressionError.Code, _ node: ExpressionNode, _ problem: String) -> ExpressionError {
        ExpressionError(code, text, at: node.offset, problem)
    }

    /// Runs what may find something wrong with values, and says where that is.
    func checked<Result>(_ node: ExpressionNode, _ body: () throws(ValueProblem) -> Result) throws(ExpressionError)
        -> Result
    {
        do {
            return try body()
        } catch {
            throw self.error(error.code, node, error.reason)
        }
    }
}

// MARK: - Names, fields and elements

extension Evaluation {
    private func variable(_ name: String, _ node: ExpressionNode) throws(ExpressionError) -> ExpressionValue {
        if let local = locals.last(where: { $0.name == name }) { return local.value }
        if let tree = variables[name] { return ExpressionValue(tree) }
        if ExpressionValue.typeNames.contains(name) { return .type(name) }
        let known = variables.keys.sorted().joined(separator: ", ")
        throw error(.value, node, "the variable \(name.quotedForMessage) is not known; there are: \(known)")
    }

    private func field(_ name: String, of value: ExpressionValue, _ node: ExpressionNode) throws(ExpressionError)
        -> ExpressionValue
    {
        guard value.isMap else {
            throw error(.type, node, "\(value.typeName) has no fields, and .\(name) asks for one")
        }
        guard let found = value.entry(name) else {
            throw error(.value, node, "there is no field \(name.quotedForMessage)")
        }
        return found
    }

    private func has(_ name: String, _ value: ExpressionValue, _ node: ExpressionNode) throws(ExpressionError) -> Bool {
        guard value.isMap else { throw error(.type, node, "\(value.typeName) has no fields, and has() asks for one") }
        return value.entry(name) != nil
    }

    private func element(_ key: ExpressionValue, of value: ExpressionValue, _ node: ExpressionNode)
        throws(ExpressionError) -> ExpressionValue
    {
        switch (value, key) {
        case (.map, .string(let name)), (.document, .string(let name)):
            guard let found = value.entry(name) else {
                throw error(.value, node, "there is no key \(name.quotedForMessage)")
            }
            return found
        case (.list, _), (.documents, _):
            guard let index = key.wholeNumber else {
                throw error(.type, node, "a list has no element \(key.typeName); give an int")
            }
            guard let found = value.element(index) else { throw error(.value, node, "there is no element \(index)") }
            return found
        case (.map, _), (.document, _):
            throw error(.type, node, "the keys of a map are text, and \(key.typeName) is none")
        default: throw error(.type, node, "\(value.typeName) has no elements")
        }
    }

    private mutating func values(of nodes: [ExpressionNode]) throws(ExpressionError) -> [ExpressionValue] {
        var values: [ExpressionValue] = []
        for node in nodes { values.append(try value(of: node)) }
        return values
    }

    private mutating func map(
        _ entries: [(key: ExpressionNode, value: ExpressionNode)],
        _ node: ExpressionNode
    ) throws(ExpressionError) -> ExpressionValue {
        var map: [String: ExpressionValue] = [:]
        for entry in entries {
            guard case .string(let key) = try value(of: entry.key) else {
                throw error(.type, entry.key, "the keys of a map are text")
            }
            guard map.updateValue(try value(of: entry.value), forKey: key) == nil else {
                throw error(.value, entry.key, "the key \(key.quotedForMessage) is there twice")
            }
        }
        return .map(map)
    }
}

// MARK: - Truth

extension Evaluation {
    mutating func truth(of node: ExpressionNode) throws(ExpressionError) -> Bool {
        let value = try value(of: node)
        guard case .bool(let truth) = value else {
            throw error(.type, node, "a bool belongs where \(value.typeName) is")
        }
        return truth
    }

    /// `&&` and `||`: a part that decides does so whatever is wrong with the others ("Logical Operators"). A spent
    /// budget is never passed over.
    private mutating func joined(_ parts: [ExpressionNode], absorbing: Bool) throws(ExpressionError) -> Bool {
        var failure: ExpressionError?
        for part in parts {
            do {
                if try truth(of: part) == absorbing { return absorbing }
            } catch {
                if error.code == .limit { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return !absorbing
    }

    private mutating func result(of macro: Comprehension, _ node: ExpressionNode) throws(ExpressionError)
        -> ExpressionValue
    {
        let range = try value(of: macro.range)
        try charge(range.count ?? 0, node)
        guard let elements = range.elements ?? range.keys.map({ $0.map { .string($0) } }) else {
            throw error(.type, node, "'\(macro.kind.rawValue)' takes a list or a map, and \(range.typeName) is neither")
        }
        var run = MacroRun(macro.kind)
        for element in elements {
            locals.append((macro.name, element))
            defer { locals.removeLast() }
            switch macro.kind {
            case .map:
                if let condition = macro.condition, !(try truth(of: condition)) { continue }
                run.kept.append(try value(of: macro.body))
            case .filter: if try truth(of: macro.body) { run.kept.append(element) }
            case .existsOne: if try truth(of: macro.body) { run.matches += 1 }
            case .all, .exists:
                do {
                    if try truth(of: macro.body) == (macro.kind == .exists) { return .bool(macro.kind == .exists) }
                } catch {
                    if error.code == .limit { throw error }
                    run.failure = run.failure ?? error
                }
            }
        }
        return try run.result()
    }
}

/// What a macro has gathered.
private struct MacroRun {
    let kind: Comprehension.Kind
    var kept: [ExpressionValue] = []
    var matches = 0
    var failure: ExpressionError?

    init(_ kind: Comprehension.Kind) { self.kind = kind }

    func result() throws(ExpressionError) -> ExpressionValue {
        if let failure { throw failure }
        switch kind {
        case .map, .filter: return .list(kept)
        case .existsOne: return .bool(matches == 1)
        case .all: return .bool(true)
        case .exists: return .bool(false)
        }
    }
}
