/// Which lines of one text have to go, and which of another have to come, to make the second from the first: the
/// shortest way (Myers, "An O(ND) Difference Algorithm and Its Variations", 1986), or all of the middle where the way
/// would be longer than it is worth.
struct LineDiff {
    /// Lines of the old text that are replaced by lines of the new one; either may be none.
    struct Change: Hashable, Sendable {
        var old: Range<Int>
        var new: Range<Int>
    }

    /// In order, with at least one common line between two of them.
    private(set) var changes: [Change] = []

    /// - Parameter effort: the most differing lines that are told apart; the square of it bounds time and memory.
    init<Line: Hashable>(from old: [Line], to new: [Line], effort: Int = 1000) {
        var numbers: [Line: Int32] = [:]
        func number(_ line: Line) -> Int32 {
            if let known = numbers[line] { return known }
            let next = Int32(numbers.count)
            numbers[line] = next
            return next
        }
        let (first, second) = (old.map(number), new.map(number))
        let head = zip(first, second).prefix { $0 == $1 }.count
        let rest = (first.dropFirst(head), second.dropFirst(head))
        let tail = zip(rest.0.reversed(), rest.1.reversed()).prefix { $0 == $1 }.count
        let middle = (Array(rest.0.dropLast(tail)), Array(rest.1.dropLast(tail)))
        var marks = EditMarks(old: middle.0.count, new: middle.1.count)
        let path = EditPath(middle.0, middle.1, effort: effort)
        path.mark(&marks)
        changes = marks.changes.map { change in
            Change(
                old: change.old.lowerBound + head..<change.old.upperBound + head,
                new: change.new.lowerBound + head..<change.new.upperBound + head
            )
        }
    }
}

/// Which lines have no partner on the other side.
private struct EditMarks {
    var removed: [Bool]
    var added: [Bool]

    init(old: Int, new: Int) {
        removed = Array(repeating: true, count: old)
        added = Array(repeating: true, count: new)
    }

    /// Runs of lines without a partner.
    var changes: [LineDiff.Change] {
        var changes: [LineDiff.Change] = []
        var (old, new) = (0, 0)
        while old < removed.count || new < added.count {
            let start = (old, new)
            while old < removed.count, removed[old] { old += 1 }
            while new < added.count, added[new] { new += 1 }
            if start != (old, new) {
                changes.append(LineDiff.Change(old: start.0..<old, new: start.1..<new))
            } else {
                (old, new) = (old + 1, new + 1)
            }
        }
        return changes
    }
}

/// The search: for each number of edits, how far each diagonal gets.
private struct EditPath {
    private let old: [Int32]
    private let new: [Int32]
    /// For each number of edits so far, the furthest place in `old` on the diagonals from minus that number to it.
    private var reached: [[Int32]] = []
    private var isComplete = false

    init(_ old: [Int32], _ new: [Int32], effort: Int) {
        self.old = old
        self.new = new
        for edits in 0...min(effort, old.count + new.count) {
            var row = [Int32](repeating: 0, count: 2 * edits + 1)
            for diagonal in stride(from: -edits, through: edits, by: 2) {
                let end = slide(from: start(diagonal, edits), diagonal)
                row[diagonal + edits] = Int32(end)
                if end >= old.count, end - diagonal >= new.count {
                    isComplete = true
                    return
                }
            }
            reached.append(row)
        }
    }

    /// Takes the marks from all lines that have a partner.
    func mark(_ marks: inout EditMarks) {
        guard isComplete else { return }
        var (x, y) = (old.count, new.count)
        for edits in stride(from: reached.count, through: 0, by: -1) {
            let diagonal = x - y
            let begin = start(diagonal, edits)
            while x > begin, x > 0, y > 0 {
                (x, y) = (x - 1, y - 1)
                marks.removed[x] = false
                marks.added[y] = false
            }
            guard edits > 0 else { return }
            if comesFromAbove(diagonal, edits) { y -= 1 } else { x -= 1 }
        }
    }

    private func comesFromAbove(_ diagonal: Int, _ edits: Int) -> Bool {
        diagonal == -edits || diagonal != edits && furthest(diagonal - 1, edits - 1) < furthest(diagonal + 1, edits - 1)
    }

    /// Where the last of so many edits leads to on a diagonal.
    private func start(_ diagonal: Int, _ edits: Int) -> Int {
        guard edits > 0 else { return 0 }
        return comesFromAbove(diagonal, edits)
            ? furthest(diagonal + 1, edits - 1) : furthest(diagonal - 1, edits - 1) + 1
    }

    private func furthest(_ diagonal: Int, _ edits: Int) -> Int { Int(reached[edits][diagonal + edits]) }

    /// Over equal lines, which cost nothing.
    private func slide(from place: Int, _ diagonal: Int) -> Int {
        var x = place
        while x < old.count, x - diagonal < new.count, old[x] == new[x - diagonal] { x += 1 }
        return x
    }
}
