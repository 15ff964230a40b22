/// What a pattern consists of.
indirect enum PatternNode {
    case set(ScalarSet)
    case check(PatternAssertion)
    case sequence([PatternNode])
    case choice([PatternNode])
    case repeated(PatternNode, least: Int, most: Int?)
}

/// Characters that a step takes.
struct ScalarSet: Sendable {
    var ranges: [ClosedRange<UInt32>]
    var ignoresCase = false
    var isNegated = false

    static let digit = ScalarSet(ranges: [0x30...0x39])
    static let word = ScalarSet(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    static let space = ScalarSet(ranges: [0x09...0x0A, 0x0C...0x0D, 0x20...0x20])
    static let any = ScalarSet(ranges: [0...0x10FFFF])

    init(ranges: [ClosedRange<UInt32>]) { self.ranges = ranges }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        let value = scalar.value
        var isIn = has(value)
        // Case is folded for ASCII, which is what tags are made of.
        if !isIn, ignoresCase, (0x41...0x5A).contains(value & ~0x20) { isIn = has(value ^ 0x20) }
        return isIn != isNegated
    }

    private func has(_ value: UInt32) -> Bool { ranges.contains { $0.contains(value) } }

    /// Everything else.
    var complement: ScalarSet {
        var rest: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { rest.append(next...(range.lowerBound - 1)) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { rest.append(next...0x10FFFF) }
        return ScalarSet(ranges: rest)
    }
}

/// Reads RE2's syntax (its "Syntax" page, without captures' contents and Unicode classes).
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var ignoresCase = false
    private var depth = 0
    /// The group that was begun last is `(?flags)`.
    private var isFlagsAlone = false

    /// Groups within groups.
    private static let depthLimit = 100
    /// As RE2 has it.
    private static let repetitionLimit = 1_000

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// The whole pattern; nil where it breaks the syntax.
    mutating func parse() -> PatternNode? {
        guard let node = choice(), position == scalars.count else { return nil }
        return node
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    private mutating func take(_ text: String) -> Bool {
        let wanted = Array(text.unicodeScalars)
        guard scalars[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    private mutating func choice() -> PatternNode? {
        var branches: [PatternNode] = []
        repeat {
            guard let branch = sequence() else { return nil }
            branches.append(branch)
        } while take("|" as Unicode.Scalar)
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() -> PatternNode? {
        var items: [PatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            guard let item = atom(), let repeated = repetition(of: item) else { return nil }
            items.append(repeated)
        }
        return .sequence(items)
    }

    private mutating func atom() -> PatternNode? {
        guard let scalar = next else { return nil }
        position += 1
        switch scalar {
        case "(": return group()
        case "[": return characterClass().map { .set($0) }
        case ".": return .set(.any)
        case "^": return .check(.start)
        case "$": return .check(.end)
        case "\\": return escape()
        case "*", "+", "?": return nil
        default: return .set(literal(scalar))
        }
    }

    private func literal(_ scalar: Unicode.Scalar) -> ScalarSet {
        var set = ScalarSet(ranges: [scalar.value...scalar.value])
        set.ignoresCase = ignoresCase
        return set
    }

    // MARK: - Repetition

    private mutating func repetition(of node: PatternNode) -> PatternNode? {
        let bounds: (least: Int, most: Int?)
        switch next {
        case "*": bounds = (0, nil)
        case "+": bounds = (1, nil)
        case "?": bounds = (0, 1)
        case "{":
            let start = position
            guard let counted = counts() else {
                // What is no repetition stands for itself.
                position = start
                return node
            }
            guard counted.least <= Self.repetitionLimit, (counted.most ?? 0) <= Self.repetitionLimit,
                counted.most.map({ $0 >= counted.least }) ?? true
            else { return nil }
            bounds = counted
            position -= 1
        default: return node
        }
        position += 1
        // Whether few or many are preferred makes no difference to whether there is a match.
        _ = take("?" as Unicode.Scalar)
        if let following = next, following == "*" || following == "+" || following == "?" { return nil }
        return .repeated(node, least: bounds.least, most: bounds.most)
    }

    /// `{n}`, `{n,}` or `{n,m}`.
    private mutating func counts() -> (least: Int, most: Int?)? {
        position += 1
        guard let least = number() else { return nil }
        if take("}" as Unicode.Scalar) { return (least, least) }
        guard take("," as Unicode.Scalar) else { return nil }
        if take("}" as Unicode.Scalar) { return (least, nil) }
        guard let most = number(), take("}" as Unicode.Scalar) else { return nil }
        return (least, most)
    }

    private mutating func number() -> Int? {
        let start = position
        while let scalar = next, ("0"..."9").contains(scalar) { position += 1 }
        guard position > start, position - start <= 6 else { return nil }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[start..<position])
        return Int(String(text))
    }

    // MARK: - Groups

    private mutating func group() -> PatternNode? {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { return nil }
        let outer = ignoresCase
        if take("?" as Unicode.Scalar), !groupHead() { return nil }
        // Flags without a body hold until the end of the group around them.
        if isFlagsAlone {
            isFlagsAlone = false
            return .sequence([])
        }
        guard let node = choice(), take(")" as Unicode.Scalar) else { return nil }
        ignoresCase = outer
        return node
    }

    /// What stands after `(?`: a name, or flags.
    private mutating func groupHead() -> Bool {
        if take("P<") || take("<") {
            let start = position
            while let scalar = next, ScalarSet.word.contains(scalar) { position += 1 }
            return position > start && take(">" as Unicode.Scalar)
        }
        var isOn = true
        while let scalar = next {
            position += 1
            switch scalar {
            case "i": ignoresCase = isOn
            case "m", "s", "U": break
            case "-" where isOn: isOn = false
            case ":": return true
            case ")":
                isFlagsAlone = true
                return true
            default: return false
            }
        }
        return false
    }

    // MARK: - Escapes and classes

    private mutating func escape() -> PatternNode? {
        switch next {
        case "b": return checked(.wordBoundary)
        case "B": return checked(.noWordBoundary)
        case "A": return checked(.start)
        case "z": return checked(.end)
        case "Q":
            position += 1
            return quotation()
        default: return escapedSet().map { .set($0) }
        }
    }

    private mutating func checked(_ assertion: PatternAssertion) -> PatternNode {
        position += 1
        return .check(assertion)
    }

    private mutating func quotation() -> PatternNode {
        var items: [PatternNode] = []
        while let scalar = next, !take("\\E") {
            position += 1
            items.append(.set(literal(scalar)))
        }
        return .sequence(items)
    }

    private static let named: [Unicode.Scalar: ScalarSet] = [
        "d": .digit, "D": ScalarSet.digit.complement, "w": .word, "W": ScalarSet.word.complement, "s": .space,
        "S": ScalarSet.space.complement,
    ]
    private static let controls: [Unicode.Scalar: Unicode.Scalar] = [
        "t": "\t", "n": "\n", "r": "\r", "f": "\u{0C}", "v": "\u{0B}", "a": "\u{07}",
    ]

    private mutating func escapedSet() -> ScalarSet? {
        guard let scalar = next else { return nil }
        position += 1
        if let set = Self.named[scalar] { return set }
        if let control = Self.controls[scalar] { return literal(control) }
        if scalar == "x" { return hexadecimal().map(literal) }
        // Punctuation stands for itself; letters and digits would mean something that is not known here.
        guard scalar.isASCII, !ScalarSet.word.contains(scalar) || scalar == "_" else { return nil }
        return literal(scalar)
    }

    private mutating func hexadecimal() -> Unicode.Scalar? {
        let isBraced = take("{" as Unicode.Scalar)
        var digits = ""
        while let scalar = next, scalar.properties.isASCIIHexDigit, digits.count < (isBraced ? 6 : 2) {
            digits.unicodeScalars.append(scalar)
            position += 1
        }
        guard isBraced ? take("}" as Unicode.Scalar) : digits.count == 2 else { return nil }
        return UInt32(digits, radix: 16).flatMap { Unicode.Scalar($0) }
    }

    private mutating func characterClass() -> ScalarSet? {
        var set = ScalarSet(ranges: [])
        set.ignoresCase = ignoresCase
        set.isNegated = take("^" as Unicode.Scalar)
        var isFirst = true
        while isFirst || next != "]" {
            isFirst = false
            guard let member = classMember() else { return nil }
            guard member.count == 1, let first = member.first, first.count == 1, next == "-",
                position + 1 < scalars.count, scalars[position + 1] != "]"
            else {
                set.ranges += member
                continue
            }
            position += 1
            guard let end = classMember(), end.count == 1, let last = end.first, last.count == 1,
                first.lowerBound <= last.lowerBound
            else { return nil }
            set.ranges.append(first.lowerBound...last.lowerBound)
        }
        position += 1
        return set
    }

    private mutating func classMember() -> [ClosedRange<UInt32>]? {
        guard let scalar = next else { return nil }
        if take("[:") {
            let isNegated = take("^" as Unicode.Scalar)
            for (name, set) in Self.posix where take("\(name):]") {
                return (isNegated ? set.complement : set).ranges
            }
            return nil
        }
        position += 1
        return scalar == "\\" ? escapedSet()?.ranges : [scalar.value...scalar.value]
    }

    private static let posix: [(String, ScalarSet)] = [
        ("alnum", ScalarSet(ranges: [0x30...0x39, 0x41...0x5A, 0x61...0x7A])),
        ("alpha", ScalarSet(ranges: [0x41...0x5A, 0x61...0x7A])), ("ascii", ScalarSet(ranges: [0...0x7F])),
        ("blank", ScalarSet(ranges: [0x09...0x09, 0x20...0x20])),
        ("cntrl", ScalarSet(ranges: [0...0x1F, 0x7F...0x7F])), ("digit", .digit),
        ("graph", ScalarSet(ranges: [0x21...0x7E])), ("lower", ScalarSet(ranges: [0x61...0x7A])),
        ("print", ScalarSet(ranges: [0x20...0x7E])),
        ("punct", ScalarSet(ranges: [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E])),
        ("space", ScalarSet(ranges: [0x09...0x0D, 0x20...0x20])), ("upper", ScalarSet(ranges: [0x41...0x5A])),
        ("word", .word), ("xdigit", ScalarSet(ranges: [0x30...0x39, 0x41...0x46, 0x61...0x66])),
    ]
}
