/// Random YAML in the many ways in which people and programs write it.
struct RandomYAML {
    private var random: SeededRandom
    /// The anchors that were set in this document, with what they hold.
    private var anchors: [(name: String, isMap: Bool)] = []

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// One object whose `v` is random.
    mutating func object(named name: String) -> String {
        anchors = []
        let header = "apiVersion: v1\nkind: T\nmetadata: {name: \(name)}\n"
        let rule = random.chance(10) ? "--- # a comment\n" : "---\n"
        var text = rule + header + "v:" + block(indent: 1, depth: 3) + "\n"
        if random.chance(5) {
            text = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        }
        return text
    }

    // MARK: Collections

    /// What stands behind a colon or a dash, with the space or line break before it.
    private mutating func block(indent: Int, depth: Int) -> String {
        switch random.number(0...(depth == 0 ? 11 : 17)) {
        case 12, 13: return anchor(isMap: true) + comment() + "\n" + map(indent: indent, depth: depth)
        case 14, 15:
            return anchor(isMap: false) + comment() + "\n" + list(indent: indent - random.number(0...1), depth: depth)
        case 16: return " " + flow(depth: 2)
        case 17 where !anchors.isEmpty: return " *" + random.pick(anchors).name
        case 9: return " " + blockScalar(indent: indent)
        default: return anchor(isMap: nil) + " " + scalar(indent: indent, isKey: false, isFlow: false) + comment()
        }
    }

    private mutating func comment() -> String { random.chance(8) ? " # it's: a \"comment\"" : "" }

    /// An anchor for what follows, sometimes. Scalars are never merged, so nothing is kept of theirs.
    private mutating func anchor(isMap: Bool?) -> String {
        guard random.chance(6) else { return "" }
        let name = "a\(anchors.count)"
        // What is still open may not be referred to: it is only known from here on in its siblings.
        defer { if let isMap { pending.append((name, isMap)) } else { anchors.append((name, false)) } }
        return " &" + name
    }

    private var pending: [(name: String, isMap: Bool)] = []

    private mutating func map(indent: Int, depth: Int) -> String {
        let mine = pending
        pending = []
        var lines: [String] = []
        var keys: Set<String> = []
        let pad = String(repeating: " ", count: indent)
        if random.chance(10), let base = anchors.last(where: \.isMap) { lines.append("\(pad)<<: *\(base.name)") }
        for _ in 0..<random.number(1...4) {
            let key = key()
            guard keys.insert(key.meaning).inserted else { continue }
            if random.chance(4) { lines.append("\(pad)# a line of its own") }
            lines.append("\(pad)\(key.text):" + block(indent: indent + random.number(1...3), depth: depth - 1))
        }
        anchors += mine
        return lines.joined(separator: "\n")
    }

    private mutating func key() -> (text: String, meaning: String) {
        let word = random.pick(Self.keys)
        if random.chance(15) { return ("\"\(word)\"", word) }
        return random.chance(5) ? ("'\(word)'", word) : (word, word)
    }

    private mutating func list(indent: Int, depth: Int) -> String {
        let mine = pending
        pending = []
        let indent = max(indent, 0)
        let pad = String(repeating: " ", count: indent)
        let lines = (0..<random.number(1...4)).map { _ in pad + "-" + block(indent: indent + 2, depth: depth - 1) }
        anchors += mine
        return lines.joined(separator: "\n")
    }

    private mutating func flow(depth: Int) -> String {
        if depth == 0 || random.chance(40) { return scalar(indent: 0, isKey: false, isFlow: true) }
        let space = random.chance(30) ? " " : ""
        if random.chance(50) {
            let items = (0..<random.number(0...3)).map { _ in flow(depth: depth - 1) }
            return "[\(space)\(items.joined(separator: ", "))\(random.chance(10) && !items.isEmpty ? "," : "")\(space)]"
        }
        let keys = random.some(["a", "b", "c", "key 1"], 50)
        return "{\(space)\(keys.map { "\($0): \(flow(depth: depth - 1))" }.joined(separator: ", "))\(space)}"
    }

    // MARK: Scalars

    private mutating func scalar(indent: Int, isKey: Bool, isFlow: Bool) -> String {
        switch random.number(0...9) {
        case 0...3: return random.pick(Self.values)
        case 4, 5: return isFlow ? random.pick(Self.values) : plain()
        case 6: return "'" + text().replacing("'", with: "''") + "'"
        case 7: return number()
        case 8:
            return random.pick([
                "!!str 1", "!!int \"3\"", "!!float 1", "!!bool \"true\"", "!!null ''", "! x", "!!binary YQ==",
                "!custom x",
            ])
        default: return doubleQuoted()
        }
    }

    private mutating func plain() -> String {
        (0..<random.number(1...6)).map { _ in random.pick(Self.words) }.joined(
            separator: random.pick([" ", " ", "  ", "-", ""])
        )
    }

    private mutating func text() -> String {
        (0..<random.number(0...8)).map { _ in random.pick(Self.pieces) }.joined()
    }

    private mutating func doubleQuoted() -> String {
        let parts = (0..<random.number(0...10)).map { _ in random.pick(Self.pieces + Self.escapes) }
        return "\"" + parts.joined().replacing("\"", with: "") + "\""
    }

    private mutating func number() -> String {
        let sign = random.pick(["", "", "", "-", "+"])
        let digits = (0..<random.number(1...22)).map { _ in String(random.number(0...9)) }.joined()
        switch random.number(0...9) {
        case 0: return sign + digits
        case 1: return sign + digits + "." + String(random.number(0...99999))
        case 2: return sign + "0x" + String(random.number(0...999999), radix: 16)
        case 3: return sign + "0" + String(random.number(0...777))
        case 4:
            return sign + String(random.number(0...9)) + random.pick(["e", "E", ".5e", ".e"])
                + random.pick(["", "+", "-"])
                + String(random.number(0...310))
        case 5: return sign + digits.prefix(3) + "_" + digits.suffix(3)
        case 6:
            return "\(random.number(0...30)):\(random.number(0...70))"
                + (random.chance(50) ? ":\(random.number(0...70))" : "")
        case 7: return random.pick(["0b", "0o", "0B", "0O"]) + String(random.number(0...511), radix: 2)
        case 8: return "." + digits
        default: return date()
        }
    }

    private mutating func date() -> String {
        var text =
            "\(random.number(1990...2030))-\(random.pick(["1", "01", "02", "12", "13"]))-"
            + random.pick(["1", "09", "29", "31", "32"])
        if random.chance(60) {
            text += random.pick(["T", "t", " "]) + "1:02:3" + random.pick(["", ".5", ".500", ".123456789"])
        }
        return text + random.pick(["", "Z", " Z", "+01:00", "-5", " +1"])
    }

    private mutating func blockScalar(indent: Int) -> String {
        let extra = random.number(0...2)
        let head = random.pick(["|", ">"]) + random.pick(["", "", "-", "+"])
        let pad = String(repeating: " ", count: indent + extra)
        var lines = [head + comment()]
        for index in 0..<random.number(0...5) {
            let more = index > 0 && random.chance(20) ? "  " : ""
            let content =
                random.chance(20)
                ? ""
                : pad + more + (0..<random.number(1...9)).map { _ in random.pick(Self.words) }.joined(separator: " ")
            lines.append(content)
        }
        return lines.joined(separator: "\n")
    }

    private static let keys = [
        "a", "b", "c", "key", "key-2", "key-10", "with space", "yes", "on", "true", "null", "1", "1.5", "0x1", "~", "A",
        "Z",
        "_x", "a.b/c", "ключ", "é", "2020-01-01", "n", "long-\(String(repeating: "k", count: 130))", "=", "a:b", "<<x",
    ]

    private static let values = [
        "", "~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "yes", "Yes", "no", "NO", "on", "off", "y",
        "n", "Y", "N",
        "text", "two words", "0", "-0", "1", "007", "0.0", "1.0", "1e3", ".inf", "-.inf", ".nan", "=", "<<", "1_000",
        "0o17", "1:30",
        "2020-01-01", "2020-01-01T00:00:00Z", "a: b".replacing(": ", with: ":"), "a#b", "http://x.y/z?a=b", "-x",
        "--- x".replacing("--- ", with: "---"),
        "'", "''", "\"\"", "'a'", "\"a\"", "@x".replacing("@", with: "x@"), "%x".replacing("%", with: "x%"), "0x1F",
        "1.", ".5", "+1", "+.5", "-1.50",
        "12345678901234567890", "123456789012345678901234567890", "1e400", "-1e-400", "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615", "18446744073709551616", "-9223372036854775808", "-9223372036854775809", "0b101", "é",
        "日本語", "😀",
    ]

    private static let words = [
        "a", "word", "lorem", "ipsum", "dolor", "x:y", "a#b", "it's", "\"q\"", "1", "é", "😀", "日本", "-", "=", "/path",
        "$(VAR)", "${X}",
        "a,b", "[x]", "{y}", "*z", "&w", "!t", "|", ">", "%", "@", "`", "\\n", "?", "true", "null", "key:",
        "loooooooooooooooooooooong",
    ]

    private static let pieces = [
        "a", "word", " ", " ", "  ", ":", ": ", " #", "#", "-", "\"", "1", "0", "é", "\t", ",", "[", "]", "{", "}",
        "yes", "null", "~",
        "?", "&", "*", "!", "|", ">", "%", "@", "`", "😀", "\u{A0}", "\u{2028}", "2020-01-01", "0x1",
        "lorem ipsum dolor sit amet ", "---",
        "\u{E000}", "\u{FFFD}", "\u{200B}", "ﬀ", "e\u{301}",
    ]

    private static let escapes = [
        #"\n"#, #"\n"#, #"\n\n"#, #"\t"#, #"\\"#, #"\0"#, #"\x01"#, #"\x7f"#, #"\x85"#, #"\u2028"#, #"\u2029"#,
        #"\uFEFF"#, #"\N"#, #"\_"#, #"\e"#,
        #"\r"#, #"\r\n"#, #"\U0001F600"#, #"\ "#, #"\a"#, #"\b"#, #"\v"#, #"\f"#, #" \n"#, #"\n "#,
    ]
}
