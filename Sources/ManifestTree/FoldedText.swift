internal import CoreModel

/// What becomes of a folded block scalar (`>`) when go-yaml writes it and reads it again, as kustomize does on the way
/// out: more indented lines gain line breaks around them, and long ones lose their spaces to line breaks.
struct FoldedText {
    private static let width = 80
    private let text: String
    private let bytes: [UInt8]
    /// The column that the text starts at.
    private let indent: Int
    private var output: [UInt8] = []
    private var column = 0

    init(_ text: String, indent: Int) {
        self.text = text
        bytes = Array(text.utf8)
        self.indent = max(indent, 2)
    }

    /// The text after the round trip.
    func rewritten() throws(YAMLProblem) -> String {
        // Only indented lines, several line breaks at the end and special characters make a difference.
        guard YAMLScalarAnalysis(text).isBlockAllowed, !bytes.isEmpty else { return text }
        var copy = self
        copy.write()
        let events = try YAMLEvents(copy.output)
        while true {
            switch try events.next() {
            case .scalar where !events.isPlain: return events.text
            case .streamEnd: return text
            default: continue
            }
        }
    }

    private mutating func write() {
        // A parent for the indentation; its key is plain, the value is not.
        output = Array("k:\n".utf8)
        for level in 1..<(indent / 2) { output += [UInt8](repeating: 0x20, count: level * 2) + Array("k:\n".utf8) }
        // Replaces the line break after the last key.
        output.removeLast()
        output += Array((" >" + hints + "\n").utf8)
        writeLines()
        // Lines that end the text have ended their line.
        if output.last != 0x0A { output.append(0x0A) }
    }

    private var hints: String {
        var hints = bytes[0] == UInt8(ascii: " ") || isBreak(0) ? "2" : ""
        let last = YAMLScalarAnalysis.trailingLineBreakLength(bytes[...])
        if last == 0 {
            hints += "-"
        } else if last == bytes.count || YAMLScalarAnalysis.trailingLineBreakLength(bytes.dropLast(last)) > 0 {
            hints += "+"
        }
        return hints
    }

    private mutating func writeLines() {
        var (breaks, leadingSpaces) = (true, true)
        // The emitter asks here for the beginning of the text and not for what follows.
        let first = bytes.indices.first { !isBreak($0) }
        let startsWithBlank = first.map { isBlank($0) } ?? true
        var index = 0
        while index < bytes.count {
            let length = YAMLScalarAnalysis.lineBreakLength(bytes, at: index)
            if length > 0 {
                if !breaks, !leadingSpaces, bytes[index] == 0x0A, !startsWithBlank { output.append(0x0A) }
                output += bytes[index..<(index + length)]
                index += length
                (breaks, column) = (true, 0)
                continue
            }
            if breaks {
                startLine()
                leadingSpaces = isBlank(index)
            }
            let isSpace = bytes[index] == UInt8(ascii: " ")
            if !breaks, isSpace, index + 1 < bytes.count, bytes[index + 1] != UInt8(ascii: " "), column > Self.width {
                output.append(0x0A)
                startLine()
            } else {
                output.append(bytes[index])
                if bytes[index] & 0xC0 != 0x80 { column += 1 }
            }
            index += 1
            breaks = false
        }
    }

    private mutating func startLine() {
        output += [UInt8](repeating: 0x20, count: indent)
        column = indent
    }

    private func isBreak(_ index: Int) -> Bool { YAMLScalarAnalysis.lineBreakLength(bytes, at: index) > 0 }

    private func isBlank(_ index: Int) -> Bool {
        bytes[index] == UInt8(ascii: " ") || bytes[index] == UInt8(ascii: "\t")
    }
}
