/// Reads RE2's syntax (its "Syntax" page, without captures' contents and Unicode classes).
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var ignoresCase = false
    private var dotTakesNewline = false

    /// Groups within groups.
    private static let depthLimit = 100
    /// As RE2 has it.
    private static let repetitionLimit = 1_000

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// The whole pattern.
    mutating func parse() throws(PatternProblem) -> PatternNode {
        let node = try choice()
        guard position == scalars.count else { throw PatternProblem(phrase: "has a ) without its (") }
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

    private mutating func choice() throws(PatternProblem) -> PatternNode {
        var branches = [try sequence()]
        while take("|" as Unicode.Scalar) { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(PatternProblem) -> PatternNode {
        var items: [PatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            let item = try atom(scalar)
            items.append(try repetition(of: item))
        }
        return .sequence(items)
    }

    private mutating func atom(_ scalar: Unicode.Scalar) throws(PatternProblem) -> PatternNode {
        if scalar == "{", try counts() != nil { throw PatternProblem(phrase: "repeats nothing") }
        position += 1
        switch scalar {
        case "(": return try group()
        case "[": return .set(try characterClass())
        case ".": return .set(dotTakesNewline ? .any : .anyButNewline)
        case "^": return .check(.start)
        case "$": return .check(.end)
        case "\\": return try escape()
        case "*", "+", "?": throw PatternProblem(phrase: "repeats nothing")
        default: return .set(literal(scalar))
        }
    }

    private func literal(_ scalar: Unicode.Scalar) -> ScalarSet {
        var set = ScalarSet(ranges: [scalar.value...scalar.value])
        set.ignoresCase = ignoresCase
        return set
    }

    // MARK: - Repetition

    private mutating func repetition(of node: PatternNode) throws(PatternProblem) -> PatternNode {
        guard let bounds = try bounds() else { return node }
        // Whether few or many are preferred makes no difference to whether there is a match.
        _ = take("?" as Unicode.Scalar)
        guard try self.bounds() == nil else { throw PatternProblem(phrase: "repeats a repetition") }
        return .repeated(node, least: bounds.least, most: bounds.most)
    }

    private mutating func bounds() throws(PatternProblem) -> (least: Int, most: Int?)? {
        switch next {
        case "*":
            position += 1
            return (0, nil)
        case "+":
            position += 1
            return (1, nil)
        case "?":
            position += 1
            return (0, 1)
        case "{": return try counts()
        default: return nil
        }
    }

    /// `{n}`, `{n,}` or `{n,m}`; anything else stands for itself and is left where it is.
    private mutating func counts() throws(PatternProblem) -> (least: Int, most: Int?)? {
        let start = position
        position += 1
        guard let least = number() else {
            position = start
            return nil
        }
        let most = take("," as Unicode.Scalar) ? number() : least
        guard take("}" as Unicode.Scalar) else {
            position = start
            return nil
        }
        guard least <= Self.repetitionLimit, most.map({ (least...Self.repetitionLimit).contains($0) }) ?? true else {
            throw PatternProblem(phrase: "repeats more than \(Self.repetitionLimit) times or in a wrong range")
        }
        return (least, most)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let scalar = next, ("0"..."9").contains(scalar) {
            value = min((value ?? 0) * 10 + Int(scalar.value - 0x30), 100_000)
            position += 1
        }
        return value
    }

    // MARK: - Groups

    private mutating func group() throws(PatternProblem) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else {
            throw PatternProblem(phrase: "nests groups more than \(Self.depthLimit) deep")
        }
        let outer = (ignoresCase, dotTakesNewline)
        // Flags without a body hold until the end of the group around them.
        if take("?" as Unicode.Scalar), try flagsEndTheGroup() { return .sequence([]) }
        let node = try choice()
        guard take(")" as Unicode.Scalar) else { throw PatternProblem(phrase: "has a ( without its )") }
        (ignoresCase, dotTakesNewline) = outer
        return node
    }

    /// Reads what stands after `(?`, a name or flags; true when the group held flags alone.
    private mutating func flagsEndTheGroup() throws(PatternProblem) -> Bool {
        if take("P<") || take("<") {
            let start = position
            while let scalar = next, ScalarSet.word.contains(scalar) { position += 1 }
            guard position > start, take(">" as Unicode.Scalar) else {
                throw PatternProblem(phrase: "has a group without a proper name")
            }
            return false
        }
        var isOn = true
        while let scalar = next {
            position += 1
            switch scalar {
            case "i": ignoresCase = isOn
            case "s": dotTakesNewline = isOn
            case "U": break
            case "-" where isOn: isOn = false
            case ":": return false
            case ")": return true
            default: throw PatternProblem(phrase: "has a group (?\(scalar)…) that is not supported")
            }
        }
        throw PatternProblem(phrase: "has a ( without its )")
    }

    // MARK: - Escapes and classes

    private mutating func escape() throws(PatternProblem) -> PatternNode {
        switch next {
        case "b": return checked(.wordBoundary)
        case "B": return checked(.noWordBoundary)
        case "A": return checked(.start)
        case "z": return checked(.end)
        case "Q":
            position += 1
            return quotation()
        default: return .set(try escapedSet())
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

    private mutating func escapedSet() throws(PatternProblem) -> ScalarSet {
        guard let scalar = next else { throw PatternProblem(phrase: "ends in a backslash") }
        position += 1
        if let set = Self.named[scalar] { return set }
        if let control = Self.controls[scalar] { return literal(control) }
        if scalar == "x", let scalar = hexadecimal() { return literal(scalar) }
        // Punctuation stands for itself; letters and digits would mean something that is not known here.
        guard scalar.isASCII, !ScalarSet.word.contains(scalar) || scalar == "_" else {
            throw PatternProblem(phrase: "has an escape \\\(scalar) that is not supported")
        }
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

    private mutating func characterClass() throws(PatternProblem) -> ScalarSet {
        var set = ScalarSet(ranges: [])
        set.ignoresCase = ignoresCase
        set.isNegated = take("^" as Unicode.Scalar)
        var isFirst = true
        while isFirst || next != "]" {
            isFirst = false
            let member = try classMember()
            guard let first = Self.single(member), next == "-", position + 1 < scalars.count,
                scalars[position + 1] != "]"
            else {
                set.ranges += member
                continue
            }
            position += 1
            guard let last = Self.single(try classMember()), first <= last else {
                throw PatternProblem(phrase: "has a range in a [ ] that goes from a larger to a smaller character")
            }
            set.ranges.append(first...last)
        }
        position += 1
        return set
    }

    private static func single(_ ranges: [ClosedRange<UInt32>]) -> UInt32? {
        ranges.count == 1 && ranges[0].count == 1 ? ranges[0].lowerBound : nil
    }

    private mutating func classMember() throws(PatternProblem) -> [ClosedRange<UInt32>] {
        guard let scalar = next else { throw PatternProblem(phrase: "has a [ without its ]") }
        if take("[:") {
            let isNegated = take("^" as Unicode.Scalar)
            for (name, set) in Self.posix where take("\(name):]") {
                return (isNegated ? set.complement : set).ranges
            }
            throw PatternProblem(phrase: "has a class [:…:] that does not exist")
        }
        position += 1
        return scalar == "\\" ? try escapedSet().ranges : [scalar.value...scalar.value]
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
