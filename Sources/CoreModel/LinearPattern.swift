/// A regular expression in RE2's syntax whose search takes time in proportion to the text and to the pattern, whoever
/// wrote either of them: tenants write patterns and strangers write tags, and a matcher that backtracks would let a
/// short pattern keep a thread for years.
///
/// Texts are single lines, so the flags `m`, `s` and `U` change nothing. Unicode classes (`\p`) are not known.
package struct LinearPattern: Hashable, Sendable {
    /// As it was written.
    package let text: String
    private let program: [PatternStep]

    /// Nil for what is no expression, and for one that needs more than `sizeLimit` steps.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.lengthLimit else { return nil }
        var parser = PatternParser(text)
        guard let node = parser.parse(), let program = PatternCompiler.compile(node, limit: Self.sizeLimit) else {
            return nil
        }
        self.text = text
        self.program = program
    }

    /// Bytes of a pattern.
    static let lengthLimit = 2_000
    /// Steps of a compiled pattern: what `{n,m}` repeats counts each time.
    static let sizeLimit = 4_000

    /// Whether the pattern matches anywhere in the text.
    package func isFound(in text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        var search = PatternSearch(program: program, scalars: scalars)
        return search.run()
    }

    package static func == (a: LinearPattern, b: LinearPattern) -> Bool { a.text == b.text }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// One step of a compiled pattern.
enum PatternStep: Sendable {
    case take(ScalarSet)
    case check(PatternAssertion)
    case jump(Int)
    case split(Int, Int)
    case match
}

/// What is true between two characters.
enum PatternAssertion: Sendable {
    case start, end, wordBoundary, noWordBoundary
}

/// Follows all ways through a program at once, one character at a time.
private struct PatternSearch {
    let program: [PatternStep]
    let scalars: [Unicode.Scalar]
    private var threads: [Int] = []
    /// The position at which a step was last added, so that each is followed once for each character.
    private var added: [Int]

    init(program: [PatternStep], scalars: [Unicode.Scalar]) {
        self.program = program
        self.scalars = scalars
        added = [Int](repeating: -1, count: program.count)
    }

    mutating func run() -> Bool {
        for position in 0...scalars.count {
            var next: [Int] = []
            if position > 0 {
                let scalar = scalars[position - 1]
                for thread in threads {
                    if case .take(let set) = program[thread], set.contains(scalar) { next.append(thread + 1) }
                }
            }
            threads = []
            next.append(0)
            if follow(next, at: position) { return true }
        }
        return false
    }

    /// Adds everything that can be reached without taking a character; true when that is the end.
    private mutating func follow(_ starts: [Int], at position: Int) -> Bool {
        var open = starts
        while let step = open.popLast() {
            guard added[step] != position else { continue }
            added[step] = position
            switch program[step] {
            case .match: return true
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
