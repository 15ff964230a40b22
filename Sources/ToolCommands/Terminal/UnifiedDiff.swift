/// Two texts as a unified diff, as `diff -u` writes it.
struct UnifiedDiff {
    private typealias Lines = [ArraySlice<UInt8>]

    private let old: Lines
    private let new: Lines
    private let changes: [LineDiff.Change]

    private static let context = 3

    /// - Parameters:
    ///   - old: a text in UTF-8.
    ///   - new: what has become of it.
    init(from old: [UInt8], to new: [UInt8]) {
        self.old = Self.lines(old)
        self.new = Self.lines(new)
        changes = LineDiff(from: self.old, to: self.new).changes
    }

    /// The hunks with their lines, made safe for a terminal.
    /// - Parameter limit: the most lines; a last line says how many more there would be.
    func text(limit: Int) -> String {
        var lines = hunks.flatMap(self.lines)
        if lines.count > limit {
            lines = lines.prefix(limit) + ["… and \(lines.count - limit) more lines"]
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// Changes that have at most twice the context between them are shown together.
    private var hunks: [[LineDiff.Change]] {
        changes.reduce(into: []) { hunks, change in
            if let last = hunks.last?.last, change.old.lowerBound - last.old.upperBound <= 2 * Self.context {
                hunks[hunks.count - 1].append(change)
            } else {
                hunks.append([change])
            }
        }
    }

    private func lines(of hunk: [LineDiff.Change]) -> [String] {
        guard let first = hunk.first, let last = hunk.last else { return [] }
        let before = min(Self.context, first.old.lowerBound)
        let after = min(Self.context, old.count - last.old.upperBound)
        let oldRange = first.old.lowerBound - before..<last.old.upperBound + after
        let newRange = first.new.lowerBound - before..<last.new.upperBound + after
        var lines = ["@@ -\(Self.position(oldRange)) +\(Self.position(newRange)) @@"]
        var place = oldRange.lowerBound
        for change in hunk {
            lines += old[place..<change.old.lowerBound].flatMap { Self.shown(" ", $0) }
            lines += old[change.old].flatMap { Self.shown("-", $0) }
            lines += new[change.new].flatMap { Self.shown("+", $0) }
            place = change.old.upperBound
        }
        return lines + old[place..<oldRange.upperBound].flatMap { Self.shown(" ", $0) }
    }

    private static func shown(_ mark: String, _ line: ArraySlice<UInt8>) -> [String] {
        let text =
            mark + PlainText.printable(String(decoding: line.last == 0x0A ? line.dropLast() : line, as: UTF8.self))
        return line.last == 0x0A ? [text] : [text, "\\ No newline at end of file"]
    }

    /// `first,count`; an empty range is named by the line before it.
    private static func position(_ range: Range<Int>) -> String {
        switch range.count {
        case 1: "\(range.lowerBound + 1)"
        case 0: "\(range.lowerBound),0"
        default: "\(range.lowerBound + 1),\(range.count)"
        }
    }

    /// The lines with their line feeds; only the last can be without.
    private static func lines(_ bytes: [UInt8]) -> Lines {
        var lines: Lines = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 0x0A).map { $0 + 1 } ?? rest.endIndex
            lines.append(rest[..<end])
            rest = rest[end...]
        }
        return lines
    }
}
