import Testing

@testable import ToolCommands

@Suite struct LineDiffTests {
    private static func lines(_ text: String) -> [String] { text.map(String.init) }

    /// Texts of one letter a line, and how many lines have to go and to come.
    static let texts: [(String, String, Int, String)] = [
        ("", "", 0, "nothing"),
        ("abc", "abc", 0, "the same"),
        ("", "abc", 3, "all new"),
        ("abc", "", 3, "all gone"),
        ("abcabba", "cbabac", 5, "the example of Myers's paper"),
        ("abcdef", "abxdef", 2, "one line changed"),
        ("xaxbxc", "abc", 3, "every second one gone"),
        ("abc", "xyz", 6, "nothing in common"),
        ("aaaa", "aaa", 1, "one of many like it"),
    ]

    @Test(arguments: texts)
    func findsTheShortestWay(old: String, new: String, edits: Int, why: String) {
        let (first, second) = (Self.lines(old), Self.lines(new))
        let changes = LineDiff(from: first, to: second).changes
        #expect(Self.applied(changes, first, second) == second, "\(why)")
        #expect(changes.reduce(0) { $0 + $1.old.count + $1.new.count } == edits, "\(why)")
    }

    @Test func agreesWithEveryPairOfShortTexts() {
        let texts = (0..<128).map { number in
            (0..<7).filter { number >> $0 & 1 == 1 }.map { "ababbca".map(String.init)[$0] }
        }
        for old in texts {
            for new in texts {
                let changes = LineDiff(from: old, to: new).changes
                #expect(Self.applied(changes, old, new) == new, "\(old) to \(new)")
                let edits = changes.reduce(0) { $0 + $1.old.count + $1.new.count }
                #expect(edits == old.count + new.count - 2 * Self.common(old, new), "\(old) to \(new)")
            }
        }
    }

    @Test func givesUpOnTextsThatHaveLittleInCommon() {
        let (old, new) = ((0..<400).map { "a\($0)" }, (0..<400).map { $0 == 200 ? "a200" : "b\($0)" })
        let changes = LineDiff(from: ["head"] + old + ["tail"], to: ["head"] + new + ["tail"], effort: 100).changes
        #expect(changes == [LineDiff.Change(old: 1..<401, new: 1..<401)])
    }

    @Test func writesHunksAsDiffDoes() {
        let old = (1...20).map { "\($0)\n" }.joined()
        let new = old.replacing("2\n3\n", with: "2\nthree\n", maxReplacements: 1).replacing("20\n", with: "20")
        let text = UnifiedDiff(from: Array(old.utf8), to: Array(new.utf8)).text(limit: 100)
        #expect(
            text == """
                @@ -1,6 +1,6 @@
                 1
                 2
                -3
                +three
                 4
                 5
                 6
                @@ -17,4 +17,4 @@
                 17
                 18
                 19
                -20
                +20
                \\ No newline at end of file

                """
        )
        let added = UnifiedDiff(from: [], to: Array("a\n\u{1B}[31mb\n".utf8)).text(limit: 2)
        #expect(added == "@@ -0,0 +1,2 @@\n+a\n… and 1 more lines\n", "bounded")
        #expect(UnifiedDiff(from: [], to: Array("\u{1B}[31m".utf8)).text(limit: 9).contains("+\\u{1b}[31m"), "harmless")
    }

    /// What becomes of the old text.
    private static func applied(_ changes: [LineDiff.Change], _ old: [String], _ new: [String]) -> [String] {
        var (result, place) = ([String](), 0)
        for change in changes {
            result += old[place..<change.old.lowerBound] + new[change.new]
            place = change.old.upperBound
        }
        return result + old[place...]
    }

    /// The length of the longest common subsequence, found the long way.
    private static func common(_ first: [String], _ second: [String]) -> Int {
        var row = [Int](repeating: 0, count: second.count + 1)
        for line in first {
            var next = row
            for index in second.indices {
                next[index + 1] = line == second[index] ? row[index] + 1 : max(row[index + 1], next[index])
            }
            row = next
        }
        return row[second.count]
    }
}
