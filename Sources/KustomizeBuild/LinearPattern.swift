/// A regular expression in RE2's syntax as far as selectors use it, matched against whole texts in time linear in
/// pattern times text: patterns come from artifacts, and a backtracking engine could be made to hang.
///
/// Known: literals, `.`, classes with ranges, `\d \w \s` and their negations, `[[:alpha:]]` and the other POSIX
/// names, groups (also `(?:…)`, `(?i)`, `(?s)`), `|`, `* + ? {n,m}` (lazy forms too), `^ $ \A \z \b \B`.
struct LinearPattern: Sendable {
    let source: String
    private let program: [Instruction]
    private let literal: [Unicode.Scalar]?

    /// One step of the automaton.
    enum Instruction: Sendable {
        case set(ScalarSet, next: Int)
        case split(Int, Int)
        case assert(Assertion, next: Int)
        case match
    }

    enum Assertion: Sendable { case start, end, wordBoundary, notWordBoundary }

    /// - Throws: `PatternProblem` with a phrase that says what is wrong.
    init(_ source: String) throws(PatternProblem) {
        self.source = source
        let scalars = Array(source.unicodeScalars)
        guard scalars.count <= 4096 else { throw PatternProblem(phrase: "is longer than 4096 characters") }
        if !scalars.contains(where: { Self.special.contains($0) }) {
            literal = scalars
            program = []
            return
        }
        literal = nil
        var parser = PatternParser(scalars)
        let node = try parser.parse()
        var compiler = PatternCompiler()
        try compiler.compile(node)
        program = compiler.finish()
    }

    private static let special = Set("\\^$.|?*+()[]{}".unicodeScalars)

    /// Whether the pattern matches the whole of the text.
    func matchesWhole(_ text: String) -> Bool {
        if let literal { return literal.elementsEqual(text.unicodeScalars) }
        return simulate(Array(text.unicodeScalars))
    }

    private func simulate(_ text: [Unicode.Scalar]) -> Bool {
        var threads = ThreadSet(program.count)
        var following = ThreadSet(program.count)
        add(0, at: 0, of: text, to: &threads)
        for (position, scalar) in text.enumerated() {
            if threads.members.isEmpty { return false }
            following.clear()
            for thread in threads.members {
                if case .set(let set, let next) = program[thread], set.contains(scalar) {
                    add(next, at: position + 1, of: text, to: &following)
                }
            }
            swap(&threads, &following)
        }
        return threads.members.contains { if case .match = program[$0] { true } else { false } }
    }

    /// Follows everything that takes no character, without recursion.
    private func add(_ start: Int, at position: Int, of text: [Unicode.Scalar], to threads: inout ThreadSet) {
        var pending = [start]
        while let thread = pending.popLast() {
            guard threads.insert(thread) else { continue }
            switch program[thread] {
            case .split(let first, let second): pending += [second, first]
            case .assert(let assertion, let next): if holds(assertion, at: position, of: text) { pending.append(next) }
            case .set, .match: continue
            }
        }
    }

    private func holds(_ assertion: Assertion, at position: Int, of text: [Unicode.Scalar]) -> Bool {
        switch assertion {
        case .start: return position == 0
        case .end: return position == text.count
        case .wordBoundary, .notWordBoundary:
            let before = position > 0 && ScalarSet.word.contains(text[position - 1])
            let after = position < text.count && ScalarSet.word.contains(text[position])
            if case .wordBoundary = assertion { return before != after }
            return before == after
        }
    }

    /// A set of instructions that keeps the order in which they came and clears in constant time.
    private struct ThreadSet {
        var members: [Int] = []
        private var marks: [Int]
        private var round = 1

        init(_ count: Int) { marks = Array(repeating: 0, count: count) }

        mutating func insert(_ member: Int) -> Bool {
            guard marks[member] != round else { return false }
            marks[member] = round
            members.append(member)
            return true
        }

        mutating func clear() {
            members.removeAll(keepingCapacity: true)
            round += 1
        }
    }
}

/// What is wrong with a pattern, as a phrase that completes "the pattern X …".
struct PatternProblem: Error {
    let phrase: String
}

/// A set of characters: ranges, or everything but them.
struct ScalarSet: Sendable {
    var ranges: [ClosedRange<UInt32>]
    var isNegated = false
    var ignoresCase = false

    static let word = ScalarSet(ranges: [48...57, 65...90, 95...95, 97...122])
    static let digit = ScalarSet(ranges: [48...57])
    static let space = ScalarSet(ranges: [9...10, 12...13, 32...32])
    static let anyButNewline = ScalarSet(ranges: [10...10], isNegated: true)
    static let any = ScalarSet(ranges: [], isNegated: true)

    init(ranges: [ClosedRange<UInt32>], isNegated: Bool = false) {
        self.ranges = ranges
        self.isNegated = isNegated
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        var found = holds(scalar.value)
        if !found, ignoresCase {
            let lower = scalar.properties.lowercaseMapping.unicodeScalars
            let upper = scalar.properties.uppercaseMapping.unicodeScalars
            found = [lower, upper].contains { $0.count == 1 && $0.first.map { holds($0.value) } == true }
        }
        return found != isNegated
    }

    /// The ranges as they count without negation.
    var positiveRanges: [ClosedRange<UInt32>] {
        guard isNegated else { return ranges }
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { gaps.append(next...(range.lowerBound - 1)) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { gaps.append(next...0x10FFFF) }
        return gaps
    }

    private func holds(_ value: UInt32) -> Bool { ranges.contains { $0.contains(value) } }
}
