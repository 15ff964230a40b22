/// Turns a pattern into steps.
struct PatternCompiler {
    private let limit: Int
    private var steps: [PatternStep] = []
    /// Nodes so far: repetitions of nothing add no steps, but take time.
    private var nodes = 0

    /// Nil for more than `limit` steps.
    static func compile(_ node: PatternNode, limit: Int) -> [PatternStep]? {
        var compiler = PatternCompiler(limit: limit)
        guard compiler.add(node) else { return nil }
        compiler.steps.append(.match)
        return compiler.steps
    }

    private init(limit: Int) { self.limit = limit }

    /// False as soon as there are too many steps.
    private mutating func add(_ node: PatternNode) -> Bool {
        nodes += 1
        guard steps.count < limit, nodes < 10 * limit else { return false }
        switch node {
        case .set(let set): steps.append(.take(set))
        case .check(let assertion): steps.append(.check(assertion))
        case .sequence(let items): for item in items where !add(item) { return false }
        case .choice(let branches): return add(choice: branches)
        case .repeated(let item, let least, let most): return add(item, least: least, most: most)
        }
        return true
    }

    private mutating func add(choice branches: [PatternNode]) -> Bool {
        var ends: [Int] = []
        for (index, branch) in branches.enumerated() {
            let isLast = index == branches.count - 1
            let fork = steps.count
            if !isLast { steps.append(.jump(0)) }
            guard add(branch) else { return false }
            guard !isLast else { break }
            ends.append(steps.count)
            steps.append(.jump(0))
            steps[fork] = .split(fork + 1, steps.count)
        }
        for end in ends { steps[end] = .jump(steps.count) }
        return true
    }

    private mutating func add(_ item: PatternNode, least: Int, most: Int?) -> Bool {
        for _ in 0..<least where !add(item) { return false }
        guard let most else {
            let fork = steps.count
            steps.append(.jump(0))
            guard add(item) else { return false }
            steps.append(.jump(fork))
            steps[fork] = .split(fork + 1, steps.count)
            return true
        }
        var forks: [Int] = []
        for _ in least..<most {
            forks.append(steps.count)
            steps.append(.jump(0))
            guard add(item) else { return false }
        }
        for fork in forks { steps[fork] = .split(fork + 1, steps.count) }
        return true
    }
}
