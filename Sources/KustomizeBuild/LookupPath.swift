import CoreModel
import ManifestTree

/// A field of an object in the notation of replacements and vars: steps parted by dots. A step is a key, an index,
/// `[key=value]` or `[=value]` for elements of lists; `\.` is a dot in a key, and so is one inside of brackets.
struct LookupPath: Sendable {
    /// As it was written.
    let text: String
    let steps: [String]

    init(_ text: String) {
        self.text = text
        steps = Self.split(text)
    }

    init(text: String, steps: [String]) {
        self.text = text
        self.steps = steps
    }

    /// A step that does not fit what it meets, as a phrase.
    struct Mismatch: Error {
        let phrase: String
    }

    /// The first `count` steps.
    func prefix(_ count: Int) -> LookupPath { LookupPath(text: text, steps: Array(steps.prefix(count))) }

    /// What is left without the first `count` steps.
    func dropFirst(_ count: Int) -> LookupPath { LookupPath(text: text, steps: Array(steps.dropFirst(count))) }

    private static func split(_ text: String) -> [String] {
        var parts: [String] = []
        var pieces = text.split(separator: ".", omittingEmptySubsequences: false)[...]
        if pieces.count > 1, pieces.first?.isEmpty == true { pieces = pieces.dropFirst() }
        for piece in pieces {
            if let last = parts.last, last.hasSuffix("\\") {
                parts[parts.count - 1] = "\(last.dropLast()).\(piece)"
            } else {
                parts.append(String(piece))
            }
        }
        return joinedBrackets(parts)
    }

    /// A bracket that was opened goes on to the part that closes it; without `=` it only quotes a key.
    private static func joinedBrackets(_ parts: [String]) -> [String] {
        var steps: [String] = []
        var open: String?
        for part in parts {
            if let held = open {
                open = "\(held).\(part)"
            } else if part.hasPrefix("["), !part.hasSuffix("]") {
                open = part
            } else {
                steps.append(part)
            }
            if let whole = open, whole != part, part.hasSuffix("]") {
                steps.append(unquoted(whole))
                open = nil
            }
        }
        if let open { steps.append(unquoted(open)) }
        return steps
    }

    private static func unquoted(_ bracket: String) -> String {
        guard !bracket.contains("=") else { return bracket }
        let inner = bracket.drop { $0 == "[" || $0 == "]" }
        guard let last = inner.lastIndex(where: { $0 != "[" && $0 != "]" }) else { return "" }
        return String(inner[...last])
    }

    /// The key and the value of `[key=value]`; nil for any other step.
    /// - Throws: `Mismatch` for brackets without `=`.
    static func element(_ step: String) throws -> (key: String, value: String)? {
        guard step.hasPrefix("["), step.hasSuffix("]") else { return nil }
        let inner = step.dropFirst().dropLast()
        guard let equals = inner.firstIndex(of: "=") else {
            throw Mismatch(phrase: "'\(step)' has to be [key=value]")
        }
        return (String(inner[..<equals]), String(inner[inner.index(after: equals)...]))
    }
}

// MARK: - Reading

extension LookupPath {
    /// The value at the path: `-` is the last element of a list, `[key=value]` the first that has exactly that value.
    /// - Returns: nil where nothing is.
    /// - Throws: `Mismatch` where a scalar, list or map stands that the next step does not fit.
    func value(in tree: Tree) throws -> Tree? {
        var found = tree
        for step in steps.map({ Self.trimmed($0) }) where !step.isEmpty {
            guard let next = try Self.child(of: found, step) else { return nil }
            found = next
        }
        return found
    }

    private static func trimmed(_ step: String) -> Substring {
        let start = step.drop(while: \.isWhitespace)
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return start[...last]
    }

    private static func child(of tree: Tree, _ part: Substring) throws -> Tree? {
        let step = String(part)
        if let index = Int(step) {
            guard index >= 0 else { throw Mismatch(phrase: "the index \(index) is negative") }
            let items = try items(of: tree, step)
            return index < items.count ? items[index] : nil
        }
        if step == "-" { return try items(of: tree, step).last }
        if let (key, value) = try element(step) {
            return try items(of: tree, step).first { (key.isEmpty ? $0 : $0[key])?.scalarText == value }
        }
        if tree.isNull { return nil }
        guard let map = tree.map else { throw Mismatch(phrase: "\(tree.kindName) has no field '\(step)'") }
        return map[step]
    }

    static func items(of tree: Tree, _ step: String) throws -> [Tree] {
        if tree.isNull { return [] }
        guard let items = tree.list else {
            throw Mismatch(phrase: "'\(step)' needs a list, and \(tree.kindName) is there")
        }
        return items
    }
}
