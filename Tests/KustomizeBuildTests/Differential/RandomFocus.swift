/// What one random tree is mostly about, so that a few features meet often and not every feature seldom.
struct RandomFocus: OptionSet, Sendable {
    let rawValue: Int

    static let names = RandomFocus(rawValue: 1 << 0)
    static let labels = RandomFocus(rawValue: 1 << 1)
    static let images = RandomFocus(rawValue: 1 << 2)
    static let generators = RandomFocus(rawValue: 1 << 3)
    static let patches = RandomFocus(rawValue: 1 << 4)
    static let replacements = RandomFocus(rawValue: 1 << 5)
    static let variables = RandomFocus(rawValue: 1 << 6)
    static let configurations = RandomFocus(rawValue: 1 << 7)
    static let plugins = RandomFocus(rawValue: 1 << 8)
    static let output = RandomFocus(rawValue: 1 << 9)
    /// What both have to refuse.
    static let mistakes = RandomFocus(rawValue: 1 << 10)

    private static let all: [RandomFocus] = [
        .names, .labels, .images, .generators, .patches, .replacements, .variables, .configurations, .plugins, .output,
        .mistakes,
    ]

    /// One to three features.
    static func random(_ random: inout SeededRandom) -> RandomFocus {
        var focus: RandomFocus = []
        for _ in 0..<random.number(1...3) { focus.insert(random.pick(all)) }
        return focus
    }

    /// How likely something of a feature is: in focus more, otherwise less than the given percentage.
    func chance(_ feature: RandomFocus, _ percent: Int, _ random: inout SeededRandom) -> Bool {
        random.chance(contains(feature) ? min(75, percent * 2) : percent / 3)
    }
}
