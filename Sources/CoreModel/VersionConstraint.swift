/// A version range in the language of Masterminds/semver, which Flux's `ref.semver` is written in.
///
/// `||` separates alternatives; within one, comparisons are joined by commas or spaces. Comparisons are `= != > < >= <=
/// ~ ~> ^`, wildcards (`1.x`, `*`) and hyphen ranges (`1.2 - 2.3`). A prerelease version matches only where the
/// constraint itself names a prerelease.
package struct VersionConstraint: Hashable, Sendable, CustomStringConvertible {
    private let alternatives: [[Comparison]]
    package let description: String

    /// Nil when the text is not a constraint.
    package init?(_ text: String) {
        description = text
        var alternatives: [[Comparison]] = []
        for part in text.split(separator: "||", omittingEmptySubsequences: false) {
            guard let comparisons = Self.parse(part), !comparisons.isEmpty else { return nil }
            alternatives.append(comparisons)
        }
        guard !alternatives.isEmpty else { return nil }
        self.alternatives = alternatives
    }

    /// Whether the version is inside the range.
    package func allows(_ version: SemanticVersion) -> Bool {
        alternatives.contains { $0.allSatisfy { $0.allows(version) } }
    }

    private static func parse(_ text: Substring) -> [Comparison]? {
        if let range = text.range(ofSeparator: " - ") {
            let low = Comparison(operator: ">=", operand: text[..<range.lowerBound].trimmed)
            let high = Comparison(operator: "<=", operand: text[range.upperBound...].trimmed)
            guard let low, let high else { return nil }
            return [low, high]
        }
        var comparisons: [Comparison] = []
        var pending = ""
        for word in text.split(whereSeparator: { $0 == "," || $0 == " " || $0 == "\t" }) {
            let sign = word.prefix { "=!<>~^".contains($0) }
            let operand = word.dropFirst(sign.count)
            guard pending.isEmpty || sign.isEmpty else { return nil }
            if operand.isEmpty {
                pending = String(sign)
                continue
            }
            let name = pending.isEmpty ? String(sign) : pending
            guard let comparison = Comparison(operator: name, operand: operand) else { return nil }
            comparisons.append(comparison)
            pending = ""
        }
        return pending.isEmpty ? comparisons : nil
    }
}

/// One comparison, reduced to an interval.
private struct Comparison: Hashable, Sendable {
    /// Major, minor and patch as far as they were given; a wildcard ends the list.
    let parts: [UInt64]
    let prerelease: SemanticVersion?
    let name: String

    init?(operator name: String, operand: Substring) {
        let known = ["", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^"]
        guard known.contains(name), !operand.isEmpty else { return nil }
        self.name = name
        let text = operand.first == "v" ? operand.dropFirst() : operand
        let core = text.prefix { $0 != "-" && $0 != "+" }
        var parts: [UInt64] = []
        var wild = false
        let pieces = core.split(separator: ".", omittingEmptySubsequences: false)
        guard pieces.count <= 3 else { return nil }
        for piece in pieces {
            if piece == "x" || piece == "X" || piece == "*" {
                wild = true
            } else if !wild, let number = UInt64(piece) {
                parts.append(number)
            } else {
                return nil
            }
        }
        self.parts = parts
        if text.contains("-") {
            guard let version = SemanticVersion(String(text)) else { return nil }
            prerelease = version
        } else {
            prerelease = nil
        }
    }

    func allows(_ version: SemanticVersion) -> Bool {
        if !version.prerelease.isEmpty, prerelease == nil { return false }
        switch name {
        case ">":
            return parts.count < 3 && !parts.isEmpty
                ? !precedesLow(version) && !inside(version, parts.count) : above(version)
        case "<": return precedesLow(version)
        case ">=", "=>": return !precedesLow(version)
        case "<=", "=<": return precedesLow(version) || inside(version, parts.count) || equals(version)
        case "!=": return !(parts.count == 3 ? equals(version) : inside(version, parts.count))
        case "~", "~>": return !precedesLow(version) && inside(version, min(parts.count, 2))
        case "^": return !precedesLow(version) && inside(version, caretWidth)
        default: return parts.count == 3 ? equals(version) : inside(version, parts.count)
        }
    }

    /// How many leading numbers a caret range keeps: up to and including the first that is not zero.
    private var caretWidth: Int {
        guard let first = parts.firstIndex(where: { $0 != 0 }) else { return parts.count }
        return first + 1
    }

    private func above(_ version: SemanticVersion) -> Bool {
        !precedesLow(version) && !equals(version) && !parts.isEmpty
    }

    private func equals(_ version: SemanticVersion) -> Bool {
        guard let prerelease else { return numbers(version) == padded && version.prerelease.isEmpty }
        return !(version < prerelease) && !(prerelease < version)
    }

    private func precedesLow(_ version: SemanticVersion) -> Bool {
        if let prerelease { return version < prerelease }
        return numbers(version).lexicographicallyPrecedes(padded)
    }

    private func inside(_ version: SemanticVersion, _ count: Int) -> Bool {
        numbers(version).prefix(count).elementsEqual(parts.prefix(count))
    }

    private var padded: [UInt64] { parts + Array(repeating: 0, count: 3 - parts.count) }

    private func numbers(_ version: SemanticVersion) -> [UInt64] { [version.major, version.minor, version.patch] }
}

extension Substring {
    fileprivate func range(ofSeparator text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }

    fileprivate var trimmed: Substring {
        let front = drop { $0 == " " || $0 == "\t" }
        var back = front
        while let last = back.last, last == " " || last == "\t" { back = back.dropLast() }
        return back
    }
}
