/// A version of Semantic Versioning 2.0 (semver.org), read as leniently as Masterminds/semver reads tags: a leading
/// `v` is allowed, all three numbers are required.
package struct SemanticVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let major: UInt64
    package let minor: UInt64
    package let patch: UInt64
    /// Dot-separated identifiers after `-`.
    package let prerelease: [String]
    /// What follows `+`; takes no part in precedence.
    package let build: String
    /// The text it was read from.
    package let original: String

    package init?(_ text: String) {
        var rest = Substring(text)
        if rest.first == "v" { rest = rest.dropFirst() }
        let buildParts = rest.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        guard let core = buildParts.first else { return nil }
        let coreParts = core.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = coreParts[0].split(separator: ".", omittingEmptySubsequences: false).map(Self.number)
        guard numbers.count == 3, let major = numbers[0], let minor = numbers[1], let patch = numbers[2] else {
            return nil
        }
        let prerelease =
            coreParts.count == 2 ? coreParts[1].split(separator: ".", omittingEmptySubsequences: false) : []
        let build = buildParts.count == 2 ? buildParts[1].split(separator: ".", omittingEmptySubsequences: false) : []
        guard (prerelease + build).allSatisfy(Self.isIdentifier) else { return nil }
        (self.major, self.minor, self.patch) = (major, minor, patch)
        self.prerelease = prerelease.map(String.init)
        self.build = buildParts.count == 2 ? String(buildParts[1]) : ""
        original = text
    }

    package var description: String { original }

    /// Precedence of the specification's section 11; equal for versions that differ in build metadata alone.
    package static func < (left: SemanticVersion, right: SemanticVersion) -> Bool {
        let (a, b) = ((left.major, left.minor, left.patch), (right.major, right.minor, right.patch))
        if a != b { return a < b }
        return precedes(left.prerelease, right.prerelease)
    }

    private static func precedes(_ left: [String], _ right: [String]) -> Bool {
        if left.isEmpty || right.isEmpty { return !left.isEmpty && right.isEmpty }
        for (a, b) in zip(left, right) where a != b {
            switch (UInt64(a), UInt64(b)) {
            case (let a?, let b?) where a != b: return a < b
            case (_?, nil): return true
            case (nil, _?): return false
            default: return a < b
            }
        }
        return left.count < right.count
    }

    private static func number(_ text: Substring) -> UInt64? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt64(text) : nil
    }

    private static func isIdentifier(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 == 0x2D || isAlphanumeric($0) }
    }

    /// ASCII letters and digits.
    private static func isAlphanumeric(_ character: UInt8) -> Bool {
        (0x30...0x39).contains(character) || (0x41...0x5A).contains(character) || (0x61...0x7A).contains(character)
    }
}
