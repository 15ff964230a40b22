/// One step of a compiled pattern.
enum PatternStep: Sendable {
    case take(ScalarSet)
    case check(PatternAssertion)
    case jump(Int)
    case split(Int, Int)
    case match
}

/// Turns a pattern into steps.
struct PatternCompiler {
    /// Steps of a compiled pattern: what `{n,m}` repeats counts each time.
    private static let limit = 10_000
    private var steps: [PatternStep] = []
    /// Nodes so far: repetitions of nothing add no steps, but take time.
    private var nodes = 0

    /// - Throws: `PatternProblem` for more than `limit` steps, as soon as there are so many.
    static func compile(_ node: PatternNode) throws(PatternProblem) -> [PatternStep] {
        var compiler = PatternCompiler()
        try compiler.add(node)
        compiler.steps.append(.match)
        return compiler.steps
    }

    private mutating func add(_ node: PatternNode) throws(PatternProblem) {
        nodes += 1
        guard steps.count < Self.limit, nodes < 10 * Self.limit else { throw PatternProblem(phrase: "is too large") }
        switch node {
        case .set(let set): steps.append(.take(set))
        case .check(let assertion): steps.append(.check(assertion))
        case .sequence(let items): for item in items { try add(item) }
        case .choice(let branches): try add(choice: branches)
        case .repeated(let item, let least, let most): try add(item, least: least, most: most)
        }
    }

    private mutating func add(choice branches: [PatternNode]) throws(PatternProblem) {
        var ends: [Int] = []
        for branch in branches.dropLast() {
            let fork = reserve()
            try add(branch)
            ends.append(reserve())
            steps[fork] = .split(fork + 1, steps.count)
        }
        if let last = branches.last { try add(last) }
        for end in ends { steps[end] = .jump(steps.count) }
    }

    private mutating func add(_ item: PatternNode, least: Int, most: Int?) throws(PatternProblem) {
        for _ in 0..<least { try add(item) }
        guard let most else {
            let fork = reserve()
            try add(item)
            steps.append(.jump(fork))
            steps[fork] = .split(fork + 1, steps.count)
            return
        }
        var forks: [Int] = []
        for _ in least..<most {
            forks.append(reserve())
            try add(item)
        }
        for fork in forks { steps[fork] = .split(fork + 1, steps.count) }
    }

    /// Keeps a place for a step whose targets are not known yet.
    private mutating func reserve() -> Int {
        steps.append(.jump(0))
        return steps.count - 1
    }
}
