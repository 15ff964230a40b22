/// Reads kubectl's notation of label selectors (apimachinery `labels.Parse`, without the numeric operators).
struct LabelSelectorParser {
    private let text: String
    private var rest: Substring

    init(_ text: String) {
        self.text = text
        rest = Substring(text)
    }

    mutating func parse() throws(KubeModelError) -> [LabelSelector.Requirement] {
        skipSpaces()
        guard !rest.isEmpty else { return [] }
        var requirements: [LabelSelector.Requirement] = []
        repeat {
            let requirement = try next()
            try LabelSelector.check(requirement)
            requirements.append(requirement)
            skipSpaces()
        } while take(",")
        guard rest.isEmpty else { throw failure("expected a comma before \"\(rest)\"") }
        return requirements
    }

    private mutating func next() throws(KubeModelError) -> LabelSelector.Requirement {
        skipSpaces()
        if take("!") {
            skipSpaces()
            return .isAbsent(key: word())
        }
        let key = word()
        skipSpaces()
        if take("!=") { return .isNotIn(key: key, values: [value()]) }
        if take("==") || take("=") { return .isIn(key: key, values: [value()]) }
        if rest.isEmpty || rest.first == "," { return .exists(key: key) }
        switch word() {
        case "in": return .isIn(key: key, values: try values(of: key))
        case "notin": return .isNotIn(key: key, values: try values(of: key))
        default: throw failure("after \"\(key)\" use =, ==, !=, in or notin")
        }
    }

    private mutating func values(of key: String) throws(KubeModelError) -> [String] {
        skipSpaces()
        guard take("(") else { throw failure("the values of \"\(key)\" belong in parentheses") }
        var values: [String] = []
        repeat { values.append(value()) } while take(",")
        guard take(")") else { throw failure("the parenthesis after \"\(key)\" is not closed") }
        return values.sorted()
    }

    private mutating func value() -> String {
        skipSpaces()
        defer { skipSpaces() }
        return word()
    }

    private mutating func word() -> String {
        let word = rest.prefix { !" \t,()=!".contains($0) }
        rest = rest.dropFirst(word.count)
        return String(word)
    }

    private mutating func take(_ token: String) -> Bool {
        guard rest.hasPrefix(token) else { return false }
        rest = rest.dropFirst(token.count)
        return true
    }

    private mutating func skipSpaces() { rest = rest.drop { $0 == " " || $0 == "\t" } }

    private func failure(_ reason: String) -> KubeModelError {
        KubeModelError(.invalidSelector, "The label selector \"\(text)\" cannot be read: \(reason)")
    }
}
