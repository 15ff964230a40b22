/// A regular expression in RE2's syntax that is matched in time linear in pattern times text, whoever wrote either of
/// them: tenants write patterns and strangers write tags and objects, and a matcher that backtracks would let a short
/// pattern keep a thread for years.
///
/// Texts are single lines, so the flag `m` is refused, and `U` changes nothing. Unicode classes (`\p`) are not known.
package struct LinearPattern: Hashable, Sendable {
    /// As it was written.
    package let text: String
    private let program: [PatternStep]
    /// The pattern itself where it holds nothing special: most are plain names.
    private let literal: [Unicode.Scalar]?

    /// - Throws: `PatternProblem` that says what is wrong.
    package init(parsing text: String) throws(PatternProblem) {
        guard text.utf8.count <= Self.lengthLimit else {
            throw PatternProblem(phrase: "is longer than \(Self.lengthLimit) bytes")
        }
        self.text = text
        if text.unicodeScalars.contains(where: Self.special.contains) {
            literal = nil
            var parser = PatternParser(text)
            program = try PatternCompiler.compile(parser.parse())
        } else {
            literal = Array(text.unicodeScalars)
            program = []
        }
    }

    /// Nil for what is no expression.
    package init?(_ text: String) {
        guard let pattern = try? LinearPattern(parsing: text) else { return nil }
        self = pattern
    }

    /// Bytes of a pattern.
    private static let lengthLimit = 4_096
    private static let special = Set("\\^$.|?*+()[]{}".unicodeScalars)

    /// What each character of a text may cost when the pattern is looked for in it.
    package var stepCount: Int { max(program.count, literal?.count ?? 0) }

    /// Whether the pattern matches anywhere in the text.
    package func isFound(in text: String) -> Bool {
        if let literal { return Self.holds(literal, Array(text.unicodeScalars)) }
        var search = PatternSearch(program: program, text: text, matchesWhole: false)
        return search.run()
    }

    /// Whether the pattern matches the text from its beginning to its end.
    package func matchesWhole(_ text: String) -> Bool {
        if let literal { return literal.elementsEqual(text.unicodeScalars) }
        var search = PatternSearch(program: program, text: text, matchesWhole: true)
        return search.run()
    }

    package static func == (a: LinearPattern, b: LinearPattern) -> Bool { a.text == b.text }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }

    private static func holds(_ literal: [Unicode.Scalar], _ text: [Unicode.Scalar]) -> Bool {
        guard text.count >= literal.count else { return false }
        return (0...(text.count - literal.count)).contains { text[$0...].starts(with: literal) }
    }
}

/// What is wrong with a pattern, as a phrase that completes "the pattern X …".
package struct PatternProblem: Error {
    package let phrase: String
}

/// Follows all ways through a program at once, one character at a time.
private struct PatternSearch {
    let program: [PatternStep]
    let scalars: [Unicode.Scalar]
    let matchesWhole: Bool
    private var threads: [Int] = []
    private var open: [Int] = []
    /// The position at which a step was last added, so that each is followed once for each character.
    private var added: [Int]

    init(program: [PatternStep], text: String, matchesWhole: Bool) {
        self.program = program
        self.matchesWhole = matchesWhole
        scalars = Array(text.unicodeScalars)
        added = [Int](repeating: -1, count: program.count)
    }

    mutating func run() -> Bool {
        open = [0]
        if follow(at: 0) { return true }
        for (position, scalar) in scalars.enumerated() {
            for thread in threads {
                if case .take(let set) = program[thread], set.contains(scalar) { open.append(thread + 1) }
            }
            if !matchesWhole { open.append(0) }
            if open.isEmpty { return false }
            threads.removeAll(keepingCapacity: true)
            if follow(at: position + 1) { return true }
        }
        return false
    }

    /// Adds everything that the open steps lead to without taking a character; true when that is a match.
    private mutating func follow(at position: Int) -> Bool {
        while let step = open.popLast() {
            guard added[step] != position else { continue }
            added[step] = position
            switch program[step] {
            case .match: if !matchesWhole || position == scalars.count { return true }
            case .take: threads.append(step)
            case .jump(let target): open.append(target)
            case .split(let first, let second): open += [first, second]
            case .check(let assertion): if holds(assertion, at: position) { open.append(step + 1) }
            }
        }
        return false
    }

    private func holds(_ assertion: PatternAssertion, at position: Int) -> Bool {
        switch assertion {
        case .start: position == 0
        case .end: position == scalars.count
        case .wordBoundary: isWord(position - 1) != isWord(position)
        case .noWordBoundary: isWord(position - 1) == isWord(position)
        }
    }

    private func isWord(_ position: Int) -> Bool {
        scalars.indices.contains(position) && ScalarSet.word.contains(scalars[position])
    }
}
