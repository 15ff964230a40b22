/// The structure of a pattern.
indirect enum PatternNode {
    case empty
    case set(ScalarSet)
    case assert(LinearPattern.Assertion)
    case sequence([PatternNode])
    case choice([PatternNode])
    case repeated(PatternNode, minimum: Int, maximum: Int?)
}

/// Reads a pattern by recursive descent; nesting is limited.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var ignoresCase = false
    private var dotTakesNewline = false

    init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

    mutating func parse() throws(PatternProblem) -> PatternNode {
        let node = try choice()
        guard position == scalars.count else { throw PatternProblem(phrase: "has a ) without its (") }
        return node
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ expected: Unicode.Scalar) -> Bool {
        guard next == expected else { return false }
        position += 1
        return true
    }

    private mutating func choice() throws(PatternProblem) -> PatternNode {
        var options = [try sequence()]
        while take("|") { options.append(try sequence()) }
        return options.count == 1 ? options[0] : .choice(options)
    }

    private mutating func sequence() throws(PatternProblem) -> PatternNode {
        var nodes: [PatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            let node = try atom()
            nodes.append(try repeats(node))
        }
        return .sequence(nodes)
    }

    private mutating func repeats(_ node: PatternNode) throws(PatternProblem) -> PatternNode {
        var node = node
        var count = 0
        while let scalar = next {
            let bounds: (Int, Int?)
            switch scalar {
            case "*": bounds = (0, nil)
            case "+": bounds = (1, nil)
            case "?": bounds = (0, 1)
            case "{":
                guard let counted = try bracedCount() else { return node }
                bounds = counted
                position -= 1
            default: return node
            }
            position += 1
            count += 1
            guard count == 1 else { throw PatternProblem(phrase: "repeats a repetition") }
            _ = take("?")
            node = .repeated(node, minimum: bounds.0, maximum: bounds.1)
        }
        return node
    }

    /// Reads `{n}`, `{n,}` or `{n,m}`; anything else leaves the brace a literal.
    private mutating func bracedCount() throws(PatternProblem) -> (Int, Int?)? {
        let start = position
        position += 1
        guard let minimum = number() else {
            position = start
            return nil
        }
        var maximum: Int? = minimum
        if take(",") { maximum = number() }
        guard take("}") else {
            position = start
            return nil
        }
        guard minimum <= 1000, (maximum ?? 0) <= 1000, maximum.map({ $0 >= minimum }) ?? true else {
            throw PatternProblem(phrase: "repeats more than 1000 times or in a wrong range")
        }
        return (minimum, maximum)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let scalar = next, let digit = ScalarSet.digit.contains(scalar) ? Int(scalar.value - 48) : nil {
            value = min((value ?? 0) * 10 + digit, 100_000)
            position += 1
        }
        return value
    }

    private mutating func atom() throws(PatternProblem) -> PatternNode {
        guard let scalar = next else { return .empty }
        position += 1
        switch scalar {
        case ".": return .set(dotTakesNewline ? .any : .anyButNewline)
        case "^": return .assert(.start)
        case "$": return .assert(.end)
        case "(": return try group()
        case "[": return .set(try characterClass())
        case "\\": return try escape()
        case "*", "+", "?": throw PatternProblem(phrase: "repeats nothing")
        default:
            if scalar == "{" {
                position -= 1
                let isCount = try bracedCount() != nil
                if isCount { throw PatternProblem(phrase: "repeats nothing") }
                position += 1
            }
            return literal(scalar)
        }
    }

    private func literal(_ scalar: Unicode.Scalar) -> PatternNode {
        var set = ScalarSet(ranges: [scalar.value...scalar.value])
        set.ignoresCase = ignoresCase
        return .set(set)
    }

    private mutating func group() throws(PatternProblem) -> PatternNode {
        let outerCase = ignoresCase
        let outerDot = dotTakesNewline
        depth += 1
        guard depth <= 100 else { throw PatternProblem(phrase: "nests groups more than 100 deep") }
        if take("?"), try flagsEndTheGroup() {
            depth -= 1
            return .empty
        }
        let node = try choice()
        guard take(")") else { throw PatternProblem(phrase: "has a ( without its )") }
        depth -= 1
        ignoresCase = outerCase
        dotTakesNewline = outerDot
        return node
    }

    /// Reads what follows `(?`.
    /// - Returns: whether the group held flags alone, which then rule the rest of the group around it.
    private mutating func flagsEndTheGroup() throws(PatternProblem) -> Bool {
        if take("P") || next == "<" {
            guard take("<"), let end = scalars[position...].firstIndex(of: ">") else {
                throw PatternProblem(phrase: "has a group whose name does not end")
            }
            position = end + 1
            return false
        }
        var value = true
        while let scalar = next {
            position += 1
            switch scalar {
            case "i": ignoresCase = value
            case "s": dotTakesNewline = value
            case "-": value = false
            case ":": return false
            case ")": return true
            default: throw PatternProblem(phrase: "has a group (?\(scalar)…) that is not supported")
            }
        }
        throw PatternProblem(phrase: "has a ( without its )")
    }

    private mutating func escape() throws(PatternProblem) -> PatternNode {
        guard let scalar = next else { throw PatternProblem(phrase: "ends in a backslash") }
        position += 1
        if let set = Self.namedSet(scalar) { return .set(set) }
        switch scalar {
        case "A": return .assert(.start)
        case "z": return .assert(.end)
        case "b": return .assert(.wordBoundary)
        case "B": return .assert(.notWordBoundary)
        default: return literal(try escapedLiteral(scalar))
        }
    }

    private static func namedSet(_ scalar: Unicode.Scalar) -> ScalarSet? {
        let set: ScalarSet? =
            switch scalar {
            case "d", "D": .digit
            case "w", "W": .word
            case "s", "S": .space
            default: nil
            }
        guard var set else { return nil }
        set.isNegated = "DWS".unicodeScalars.contains(scalar)
        return set
    }

    private func escapedLiteral(_ scalar: Unicode.Scalar) throws(PatternProblem) -> Unicode.Scalar {
        switch scalar {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "f": return "\u{0C}"
        case "v": return "\u{0B}"
        default:
            guard !ScalarSet.word.contains(scalar) || scalar == "_" else {
                throw PatternProblem(phrase: "has an escape \\\(scalar) that is not supported")
            }
            return scalar
        }
    }

    private mutating func characterClass() throws(PatternProblem) -> ScalarSet {
        var set = ScalarSet(ranges: [], isNegated: take("^"))
        var isFirst = true
        while let scalar = next, scalar != "]" || isFirst {
            isFirst = false
            if let ranges = try classRanges() {
                set.ranges += ranges
                continue
            }
            let low = try classScalar()
            guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
                set.ranges.append(low.value...low.value)
                continue
            }
            position += 1
            let high = try classScalar()
            guard low <= high else { throw PatternProblem(phrase: "has a range \(low)-\(high) in the wrong order") }
            set.ranges.append(low.value...high.value)
        }
        guard take("]") else { throw PatternProblem(phrase: "has a [ without its ]") }
        set.ignoresCase = ignoresCase
        return set
    }

    /// Reads `[:alpha:]` or `\d` inside a class.
    private mutating func classRanges() throws(PatternProblem) -> [ClosedRange<UInt32>]? {
        if next == "\\", position + 1 < scalars.count, let set = Self.namedSet(scalars[position + 1]) {
            position += 2
            return set.positiveRanges
        }
        guard next == "[", position + 1 < scalars.count, scalars[position + 1] == ":" else { return nil }
        guard let end = scalars[(position + 2)...].firstIndex(of: ":"), end + 1 < scalars.count,
            scalars[end + 1] == "]"
        else { return nil }
        var name = String(String.UnicodeScalarView(scalars[(position + 2)..<end]))
        let isNegated = name.hasPrefix("^")
        if isNegated { name.removeFirst() }
        guard let ranges = Self.posixClasses[name] else {
            throw PatternProblem(phrase: "has a class [:\(name):] that does not exist")
        }
        position = end + 2
        return ScalarSet(ranges: ranges, isNegated: isNegated).positiveRanges
    }

    private mutating func classScalar() throws(PatternProblem) -> Unicode.Scalar {
        guard let scalar = next else { throw PatternProblem(phrase: "has a [ without its ]") }
        position += 1
        guard scalar == "\\" else { return scalar }
        guard let escaped = next else { throw PatternProblem(phrase: "ends in a backslash") }
        position += 1
        return try escapedLiteral(escaped)
    }

    private static let posixClasses: [String: [ClosedRange<UInt32>]] = [
        "alpha": [65...90, 97...122], "digit": [48...57], "alnum": [48...57, 65...90, 97...122],
        "lower": [97...122], "upper": [65...90], "space": [9...13, 32...32], "blank": [9...9, 32...32],
        "punct": [33...47, 58...64, 91...96, 123...126], "word": [48...57, 65...90, 95...95, 97...122],
        "xdigit": [48...57, 65...70, 97...102], "cntrl": [0...31, 127...127], "print": [32...126],
        "graph": [33...126], "ascii": [0...127],
    ]
}

/// Turns a pattern's structure into instructions; the size is limited.
struct PatternCompiler {
    private var program: [LinearPattern.Instruction] = []
    private static let limit = 20_000

    mutating func compile(_ node: PatternNode) throws(PatternProblem) {
        guard program.count < Self.limit else { throw PatternProblem(phrase: "is too large") }
        switch node {
        case .empty: return
        case .set(let set): program.append(.set(set, next: program.count + 1))
        case .assert(let assertion): program.append(.assert(assertion, next: program.count + 1))
        case .sequence(let nodes): for node in nodes { try compile(node) }
        case .choice(let options): try compile(options: options[...])
        case .repeated(let node, let minimum, let maximum):
            for _ in 0..<minimum { try compile(node) }
            if let maximum {
                try compileOptional(node, times: maximum - minimum)
            } else {
                try compileLoop(node)
            }
        }
    }

    func finish() -> [LinearPattern.Instruction] { program + [.match] }

    private mutating func compile(options: ArraySlice<PatternNode>) throws(PatternProblem) {
        guard let first = options.first else { return }
        guard options.count > 1 else { return try compile(first) }
        let split = reserve()
        try compile(first)
        let jump = reserve()
        program[split] = .split(split + 1, program.count)
        try compile(options: options.dropFirst())
        program[jump] = .split(program.count, program.count)
    }

    private mutating func compileOptional(_ node: PatternNode, times: Int) throws(PatternProblem) {
        var splits: [Int] = []
        for _ in 0..<times {
            splits.append(reserve())
            try compile(node)
        }
        for split in splits { program[split] = .split(split + 1, program.count) }
    }

    private mutating func compileLoop(_ node: PatternNode) throws(PatternProblem) {
        let split = reserve()
        try compile(node)
        program.append(.split(split, split))
        program[split] = .split(split + 1, program.count)
    }

    /// Keeps a place for an instruction whose targets are not known yet.
    private mutating func reserve() -> Int {
        program.append(.split(0, 0))
        return program.count - 1
    }
}
