/// What a text allows its scalar to look like, by the rules of go-yaml's emitter.
struct YAMLScalarAnalysis {
    enum Style {
        case plain, singleQuoted, doubleQuoted, literal
    }

    private(set) var multiline = false
    private var plainAllowed = true
    private var singleQuotedAllowed = true
    private var blockAllowed = true
    private let hasLineFeed: Bool
    private let standsForItself: Bool

    /// Whether block style holds the text as it is.
    var isBlockAllowed: Bool { blockAllowed }

    func style(isKey: Bool) -> Style {
        if isKey && multiline { return .doubleQuoted }
        if hasLineFeed { return blockAllowed && !isKey ? .literal : .doubleQuoted }
        guard standsForItself else { return .doubleQuoted }
        if plainAllowed { return .plain }
        return singleQuotedAllowed ? .singleQuoted : .doubleQuoted
    }

    init(_ text: String) {
        hasLineFeed = text.utf8.contains(UInt8(ascii: "\n"))
        standsForItself = !hasLineFeed && Self.standsForItself(text)
        guard let first = text.utf8.first else {
            plainAllowed = false
            return
        }
        let bytes = Array(text.utf8)
        var indicators = bytes.starts(with: [0x2D, 0x2D, 0x2D]) || bytes.starts(with: [0x2E, 0x2E, 0x2E])
        var (special, separatorAtBreak) = (false, false)
        var (breakSpace, spaceBreak) = (false, false)
        var (previousSpace, previousBreak, precededBySpace) = (false, false, true)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            let lineBreak = Self.lineBreakLength(bytes, at: index)
            let length = Self.length(ofLead: byte)
            let next = index + length < bytes.count ? bytes[index + length] : UInt8(ascii: " ")
            let followedBySpace = next == UInt8(ascii: " ") || next == UInt8(ascii: "\t")
            if Self.isIndicator(byte, first: index == 0, after: precededBySpace, before: followedBySpace) {
                indicators = true
            }
            if !Self.isPrintable(bytes, at: index) { special = true }
            if byte == UInt8(ascii: " ") {
                breakSpace = breakSpace || previousBreak
                (previousSpace, previousBreak) = (true, false)
            } else if lineBreak > 0 {
                // Readers lose a Unicode line separator beside another line break, or at the end of a block.
                let end = index + length
                if lineBreak > 1, previousBreak || end == bytes.count || Self.lineBreakLength(bytes, at: end) > 0 {
                    separatorAtBreak = true
                }
                multiline = true
                spaceBreak = spaceBreak || previousSpace
                (previousSpace, previousBreak) = (false, true)
            } else {
                (previousSpace, previousBreak) = (false, false)
            }
            precededBySpace = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || lineBreak > 0
            index += length
        }
        let leading = first == UInt8(ascii: " ") || Self.lineBreakLength(bytes, at: 0) > 0
        plainAllowed = !(leading || previousSpace || previousBreak || breakSpace || multiline || indicators)
        singleQuotedAllowed = !breakSpace
        blockAllowed = !previousSpace && !separatorAtBreak
        if spaceBreak || special {
            (plainAllowed, singleQuotedAllowed, blockAllowed) = (false, false, false)
        }
    }

    /// Whether a character has a meaning of its own in block context.
    private static func isIndicator(_ byte: UInt8, first: Bool, after: Bool, before: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "#"): after
        case UInt8(ascii: ":"): before
        case UInt8(ascii: "?"), UInt8(ascii: "-"): first && before
        case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"),
            UInt8(ascii: "&"), UInt8(ascii: "*"), UInt8(ascii: "!"), UInt8(ascii: "|"), UInt8(ascii: ">"),
            UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "%"), UInt8(ascii: "@"), UInt8(ascii: "`"):
            first
        default: false
        }
    }

    // MARK: Characters

    private static func length(ofLead byte: UInt8) -> Int {
        switch byte {
        case ..<0x80: 1
        case ..<0xE0: 2
        case ..<0xF0: 3
        default: 4
        }
    }

    /// The length of the line break at an index: CR, LF, NEL, LS or PS; zero for anything else.
    static func lineBreakLength(_ bytes: [UInt8], at index: Int) -> Int {
        switch bytes[index] {
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"): 1
        case 0xC2: bytes[index + 1] == 0x85 ? 2 : 0
        case 0xE2: bytes[index + 1] == 0x80 && bytes[index + 2] & 0xFE == 0xA8 ? 3 : 0
        default: 0
        }
    }

    /// Whether a line break may start with a byte.
    static func mayBreakLine(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") || byte == 0xC2 || byte == 0xE2
    }

    /// The length of the line break that text ends with; zero when it ends otherwise.
    static func trailingLineBreakLength(_ bytes: ArraySlice<UInt8>) -> Int {
        if bytes.last == UInt8(ascii: "\n") || bytes.last == UInt8(ascii: "\r") { return 1 }
        let separators: [[UInt8]] = [[0xC2, 0x85], [0xE2, 0x80, 0xA8], [0xE2, 0x80, 0xA9]]
        return separators.first { bytes.suffix($0.count).elementsEqual($0) }?.count ?? 0
    }

    /// go-yaml's idea of printable: LF, ASCII from space to tilde, and the basic plane but for controls and the byte
    /// order mark.
    private static func isPrintable(_ bytes: [UInt8], at index: Int) -> Bool {
        let byte = bytes[index]
        switch byte {
        case 0x0A, 0x20...0x7E: return true
        case 0xC2: return bytes[index + 1] >= 0xA0
        case 0xC3...0xEE: return true
        case 0xEF:
            if bytes[index + 1] == 0xBB { return bytes[index + 2] != 0xBF }
            return bytes[index + 1] != 0xBF || bytes[index + 2] < 0xBE
        default: return false
        }
    }

    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A, 0x20...0x7E, 0xA0...0xFFFD: scalar.value != 0xFEFF
        default: false
        }
    }

    // MARK: Meaning

    /// Whether plain text is only text, to YAML 1.1 readers as well.
    private static func standsForItself(_ text: String) -> Bool {
        guard let first = text.utf8.first else { return false }
        switch first {
        case UInt8(ascii: "y"), UInt8(ascii: "Y"), UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "o"),
            UInt8(ascii: "O"), UInt8(ascii: "t"), UInt8(ascii: "T"), UInt8(ascii: "f"), UInt8(ascii: "F"),
            UInt8(ascii: "~"):
            guard text.utf8.count <= 5 else { return true }
            return !isOldBoolean(text) && YAMLResolution(text) == .text(text)
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            return YAMLResolution(text) == .text(text) && !isBase60(text)
        default: return true
        }
    }

    private static func isOldBoolean(_ text: String) -> Bool {
        switch text {
        case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF": true
        default: false
        }
    }

    /// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`: a number to YAML 1.1 readers.
    private static func isBase60(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        guard let first = rest.first, first &- 0x30 < 10 else { return false }
        rest = rest.drop { $0 &- 0x30 < 10 || $0 == UInt8(ascii: "_") }
        var groups = 0
        while rest.first == UInt8(ascii: ":") {
            let digits = rest.dropFirst().prefix { $0 &- 0x30 < 10 }
            guard let lead = digits.first, digits.count == 1 || digits.count == 2 && lead < 0x36 else { return false }
            groups += 1
            rest = rest.dropFirst(digits.count + 1)
        }
        if rest.first == UInt8(ascii: ".") { rest = rest.dropFirst().drop { $0 &- 0x30 < 10 || $0 == 0x5F } }
        return groups > 0 && rest.isEmpty
    }

    /// Whether text is surely plain: letters, digits and marks without meaning, led by a letter that starts no other
    /// kind of value. Most text is, so this is looked at first.
    static func isPlainWord(_ bytes: Span<UInt8>) -> Bool {
        guard !bytes.isEmpty, startsPlain(bytes) else { return false }
        for index in bytes.indices where !isPlainByte(bytes[index]) { return false }
        return true
    }

    private static func startsPlain(_ bytes: Span<UInt8>) -> Bool {
        let byte = bytes[0]
        switch byte | 0x20 {
        case UInt8(ascii: "y"), UInt8(ascii: "n"), UInt8(ascii: "o"), UInt8(ascii: "t"), UInt8(ascii: "f"):
            return bytes.count > 5 || bytes.count > 1 && !mayBeWord(byte | 0x20, bytes[1] | 0x20)
        case UInt8(ascii: "a")...UInt8(ascii: "z"): return byte >= 0x41
        default: return byte == UInt8(ascii: "/") || byte == UInt8(ascii: "-") && startsFlag(bytes)
        }
    }

    /// Whether text that starts with a dash is a flag like `-c` or `--config`, and neither a number nor a line of
    /// dashes.
    private static func startsFlag(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count > 2 else { return false }
        if bytes[1] == UInt8(ascii: "-") { return bytes[2] != UInt8(ascii: "-") }
        return (bytes[1] | 0x20) &- 0x61 < 26
    }

    /// Whether yes, no, on, off, true, false or null starts with two letters.
    private static func mayBeWord(_ first: UInt8, _ second: UInt8) -> Bool {
        switch first {
        case UInt8(ascii: "y"): second == UInt8(ascii: "e")
        case UInt8(ascii: "n"): second == UInt8(ascii: "o") || second == UInt8(ascii: "u")
        case UInt8(ascii: "o"): second == UInt8(ascii: "n") || second == UInt8(ascii: "f")
        case UInt8(ascii: "t"): second == UInt8(ascii: "r")
        default: second == UInt8(ascii: "a")
        }
    }

    private static func isPlainByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Whether text is surely plain and on one line: a word as above, and then any printable ASCII but what could end
    /// it, be a key or be a comment. `room` is for text with spaces, which is broken past the width.
    static func isPlainLine(_ bytes: Span<UInt8>, room: Int) -> Bool {
        guard !bytes.isEmpty, startsPlain(bytes) else { return false }
        var hasSpaces = false
        for index in bytes.indices {
            switch bytes[index] {
            case UInt8(ascii: " "):
                hasSpaces = true
                let next = index + 1 < bytes.count ? bytes[index + 1] : UInt8(ascii: " ")
                if next == UInt8(ascii: " ") || next == UInt8(ascii: "#") { return false }
            case UInt8(ascii: ":"):
                if index + 1 >= bytes.count || bytes[index + 1] == UInt8(ascii: " ") { return false }
            case 0x21...0x7E: continue
            default: return false
            }
        }
        return !hasSpaces || bytes.count <= room
    }
}
