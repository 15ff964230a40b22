/// Reads text with references, in one pass from the left.
///
/// Outside of references only `$$` is special and stands for `$`; a `$` before anything but `{` stands for itself.
struct SubstitutionParser {
    private let scalars: [Unicode.Scalar]
    private let dialect: SubstitutionDialect
    private var position = 0
    private var line = 1
    private var depth = 0

    /// References within references.
    private static let depthLimit = 32

    init(_ text: String, dialect: SubstitutionDialect) {
        scalars = Array(text.unicodeScalars)
        self.dialect = dialect
    }

    mutating func parts() throws(SubstitutionProblem) -> [SubstitutionTemplate.Part] {
        var parts: [SubstitutionTemplate.Part] = []
        var text = String.UnicodeScalarView()
        while let scalar = next {
            if scalar == "$", peek(1) == "{" {
                parts.appendText(&text)
                parts.append(try reference())
                continue
            }
            if scalar == "$", peek(1) == "$" { advance() }
            text.append(scalar)
            advance()
        }
        parts.appendText(&text)
        return parts
    }

    // MARK: - Reading

    private var next: Unicode.Scalar? { peek(0) }

    private func peek(_ distance: Int) -> Unicode.Scalar? {
        position + distance < scalars.count ? scalars[position + distance] : nil
    }

    private mutating func advance(_ count: Int = 1) {
        for _ in 0..<count {
            if next == "\n" { line += 1 }
            position += 1
        }
    }

    private mutating func take(_ text: String) -> Bool {
        let wanted = text.unicodeScalars
        guard scalars[min(position, scalars.count)...].starts(with: wanted) else { return false }
        advance(wanted.count)
        return true
    }

    // MARK: - References

    private mutating func reference() throws(SubstitutionProblem) -> SubstitutionTemplate.Part {
        let start = line
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw problem("nests references more than \(Self.depthLimit) deep") }
        advance(2)
        if take("#") {
            let name = try name()
            try close(name)
            return .reference(SubstitutionTemplate.Reference(name: name, operation: .length, line: start))
        }
        let name = try name()
        let operation = try operation(name)
        try close(name)
        return .reference(SubstitutionTemplate.Reference(name: name, operation: operation, line: start))
    }

    private mutating func name() throws(SubstitutionProblem) -> String {
        var name = String.UnicodeScalarView()
        while let scalar = next, Self.isNameScalar(scalar) {
            name.append(scalar)
            advance()
        }
        guard !name.isEmpty else {
            throw problem("has a ${ without a variable name; write $${ for a ${ that is to stay")
        }
        return String(name)
    }

    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber: true
        default: scalar == "_"
        }
    }

    private mutating func close(_ name: String) throws(SubstitutionProblem) {
        guard take("}") else {
            let found = next.map { "'\($0)'" } ?? "the end of the text"
            throw problem(
                "has \(found) in the reference ${\(name)…} where it cannot stand; write $${\(name) if the text is to "
                    + "stay",
                name
            )
        }
    }

    private mutating func operation(_ name: String) throws(SubstitutionProblem) -> SubstitutionTemplate.Operation {
        switch next {
        case ":": return try afterColon(name)
        case "=": return try fallback(.standard, onlyWhenUnset: true)
        case "-" where dialect == .shell: return try fallback(.standard, onlyWhenUnset: true)
        case "?" where dialect == .shell: return try fallback(.error, onlyWhenUnset: true)
        case "+" where dialect == .shell: return try fallback(.alternative, onlyWhenUnset: true)
        case ",":
            advance()
            return .lower(all: take(","))
        case "^":
            advance()
            return .upper(all: take("^"))
        case "#":
            advance()
            let longest = take("#")
            return .trimPrefix(pattern: try argument(name, until: "}"), longest: longest)
        case "%":
            advance()
            let longest = take("%")
            return .trimSuffix(pattern: try argument(name, until: "}"), longest: longest)
        case "/": return try replacement(name)
        default: return .value
        }
    }

    private mutating func afterColon(_ name: String) throws(SubstitutionProblem) -> SubstitutionTemplate.Operation {
        advance()
        switch next {
        case "=", "-": return try fallback(.standard, onlyWhenUnset: false)
        case "?": return try fallback(.error, onlyWhenUnset: false)
        case "+": return try fallback(.alternative, onlyWhenUnset: false)
        default:
            let offset = try argument(name, until: ":", "}")
            guard take(":") else { return .slice(offset: offset, length: nil) }
            return .slice(offset: offset, length: try argument(name, until: "}"))
        }
    }

    private mutating func fallback(
        _ kind: SubstitutionTemplate.Fallback.Kind,
        onlyWhenUnset: Bool
    ) throws(SubstitutionProblem) -> SubstitutionTemplate.Operation {
        advance()
        let fallback = SubstitutionTemplate.Fallback(kind: kind, onlyWhenUnset: onlyWhenUnset)
        return .fallback(fallback, try parts(until: ["}"], escapes: dialect == .shell ? ["}", "\\"] : []))
    }

    private mutating func replacement(_ name: String) throws(SubstitutionProblem) -> SubstitutionTemplate.Operation {
        advance()
        var scope = SubstitutionTemplate.Scope.first
        if take("/") { scope = .all } else if take("#") { scope = .prefix } else if take("%") { scope = .suffix }
        let escapes: Set<Unicode.Scalar> = ["/", "\\"]
        let pattern = try parts(until: ["/"], escapes: escapes)
        guard take("/") else { throw problem("has no second / in the reference ${\(name)/…}", name) }
        if next == "}" { return .replace(scope, pattern: pattern, by: nil) }
        return .replace(scope, pattern: pattern, by: try parts(until: ["}"], escapes: escapes))
    }

    /// An argument that cannot be empty.
    private mutating func argument(
        _ name: String,
        until ends: Unicode.Scalar...
    ) throws(SubstitutionProblem) -> [SubstitutionTemplate.Part] {
        let parts = try parts(until: Set(ends), escapes: [])
        guard !parts.isEmpty else { throw problem("has no argument in the reference ${\(name)…}", name) }
        return parts
    }

    private mutating func parts(
        until ends: Set<Unicode.Scalar>,
        escapes: Set<Unicode.Scalar>
    ) throws(SubstitutionProblem) -> [SubstitutionTemplate.Part] {
        var parts: [SubstitutionTemplate.Part] = []
        var text = String.UnicodeScalarView()
        while let scalar = next, !ends.contains(scalar) {
            if scalar == "$", peek(1) == "{" {
                parts.appendText(&text)
                parts.append(try reference())
                continue
            }
            if scalar == "\\", let escaped = peek(1), escapes.contains(escaped) { advance() }
            text.append(scalars[position])
            advance()
        }
        parts.appendText(&text)
        return parts
    }

    private func problem(_ phrase: String, _ variable: String? = nil) -> SubstitutionProblem {
        SubstitutionProblem(phrase: phrase, line: line, variable: variable)
    }
}

extension [SubstitutionTemplate.Part] {
    /// Moves collected text to the end, where there is some.
    fileprivate mutating func appendText(_ text: inout String.UnicodeScalarView) {
        guard !text.isEmpty else { return }
        append(.text(String(text)))
        text = String.UnicodeScalarView()
    }
}
