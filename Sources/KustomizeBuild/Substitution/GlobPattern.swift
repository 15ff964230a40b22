/// A shell pattern: `*`, `?`, `[a-z]`, `[!a-z]` or `[^a-z]`, and `\` before a character that stands for itself.
///
/// `*` takes everything, `/` too. Matching takes time in proportion to pattern times text.
struct GlobPattern {
    private enum Element {
        case any, one
        case scalar(Unicode.Scalar)
        case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)

        func takes(_ scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .any, .one: true
            case .scalar(let expected): expected == scalar
            case .set(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
            }
        }
    }

    private let elements: [Element]
    /// The pattern breaks the syntax, and then matches nothing.
    private let isBroken: Bool

    init(_ text: String) {
        var rest = Array(text.unicodeScalars)[...]
        var elements: [Element] = []
        var isBroken = false
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*": elements.append(.any)
            case "?": elements.append(.one)
            case "\\":
                guard let escaped = rest.popFirst() else {
                    isBroken = true
                    break
                }
                elements.append(.scalar(escaped))
            case "[":
                guard let set = Self.set(&rest) else {
                    isBroken = true
                    break
                }
                elements.append(set)
            default: elements.append(.scalar(scalar))
            }
        }
        self.elements = elements
        self.isBroken = isBroken
    }

    private static func set(_ rest: inout ArraySlice<Unicode.Scalar>) -> Element? {
        let isNegated = rest.first == "^" || rest.first == "!"
        if isNegated { rest.removeFirst() }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while let low = member(&rest) {
            var high = low
            if rest.first == "-", rest.dropFirst().first != "]" {
                rest.removeFirst()
                guard let end = member(&rest), end >= low else { return nil }
                high = end
            }
            ranges.append(low...high)
            if rest.first == "]" {
                rest.removeFirst()
                return .set(ranges, isNegated: isNegated)
            }
        }
        return nil
    }

    private static func member(_ rest: inout ArraySlice<Unicode.Scalar>) -> Unicode.Scalar? {
        let scalar = rest.popFirst()
        return scalar == "\\" ? rest.popFirst() : scalar
    }

    /// The text without its shortest or longest beginning that the pattern matches.
    func trimmedPrefix(of text: String, longest: Bool) -> String {
        let scalars = Array(text.unicodeScalars)
        let lengths = lengths(elements, scalars)
        guard let length = longest ? lengths.last : lengths.first else { return text }
        return Self.string(scalars[length...])
    }

    /// The text without its shortest or longest end that the pattern matches.
    func trimmedSuffix(of text: String, longest: Bool) -> String {
        let scalars = Array(text.unicodeScalars)
        let lengths = lengths(elements.reversed(), scalars.reversed())
        guard let length = longest ? lengths.last : lengths.first else { return text }
        return Self.string(scalars[..<(scalars.count - length)])
    }

    /// How many characters from the beginning match the whole pattern: every such number above 0, ascending.
    private func lengths(_ elements: [Element], _ scalars: [Unicode.Scalar]) -> [Int] {
        guard !isBroken else { return [] }
        // reached[i]: the first i elements match what was read so far.
        var reached = Self.closed([true] + Array(repeating: false, count: elements.count), elements)
        var found: [Int] = []
        for (position, scalar) in scalars.enumerated() {
            var next = Array(repeating: false, count: elements.count + 1)
            for (index, element) in elements.enumerated() where reached[index] && element.takes(scalar) {
                if case .any = element { next[index] = true } else { next[index + 1] = true }
            }
            reached = Self.closed(next, elements)
            if reached[elements.count] { found.append(position + 1) }
        }
        return found
    }

    /// `*` may take nothing.
    private static func closed(_ reached: [Bool], _ elements: [Element]) -> [Bool] {
        var reached = reached
        for (index, element) in elements.enumerated() where reached[index] {
            if case .any = element { reached[index + 1] = true }
        }
        return reached
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
