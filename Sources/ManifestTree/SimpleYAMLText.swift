/// The bytes of a text that `SimpleYAML` may read: characters that libyaml takes, and LF as the only line break.
struct SimpleYAMLText {
    /// Ends with a line feed.
    let bytes: [UInt8]
    /// Whether the last line feed was missing.
    let isCut: Bool

    /// - Returns: nil when there are other control characters, line breaks, or bytes that are no UTF-8.
    init?(_ bytes: [UInt8]) {
        guard Self.isPlain(bytes.span) else { return nil }
        isCut = bytes.last != UInt8(ascii: "\n")
        self.bytes = isCut ? bytes + [UInt8(ascii: "\n")] : bytes
    }

    private static func isPlain(_ bytes: Span<UInt8>) -> Bool {
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case 0x20...0x7E, 0x0A, 0x09: index += 1
            case 0xC2...0xF4:
                let length = lengthOfCharacter(bytes, at: index)
                guard length > 0 else { return false }
                index += length
            default: return false
            }
        }
        return true
    }

    /// The length of a character beyond ASCII; zero where there is none that libyaml takes for plain content.
    private static func lengthOfCharacter(_ bytes: Span<UInt8>, at index: Int) -> Int {
        let lead = UInt32(bytes[index])
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard index + length <= bytes.count else { return 0 }
        var value = lead & (0x7F >> UInt32(length))
        for offset in 1..<length {
            guard bytes[index + offset] & 0xC0 == 0x80 else { return 0 }
            value = value << 6 | UInt32(bytes[index + offset] & 0x3F)
        }
        switch value {
        // LS and PS are line breaks to libyaml.
        case 0x2028, 0x2029, 0xFEFF: return 0
        case 0xA0...0x7FF: return length == 2 ? length : 0
        case 0x800...0xD7FF, 0xE000...0xFFFD: return length == 3 ? length : 0
        case 0x10000...0x10FFFF: return length
        default: return 0
        }
    }

    // MARK: Looking ahead

    /// Whether the byte is there three times and then a blank: `---` or `...`.
    func isMarker(_ index: Int) -> Bool {
        guard index + 3 < bytes.count, bytes[index + 1] == bytes[index], bytes[index + 2] == bytes[index] else {
            return false
        }
        return isBlank(index + 3)
    }

    /// Whether the byte is a space or ends the line. A tab is neither, here.
    func isBlank(_ index: Int) -> Bool { bytes[index] == UInt8(ascii: " ") || bytes[index] == UInt8(ascii: "\n") }

    /// Whether the dash of a list stands there.
    func isDash(_ index: Int) -> Bool { bytes[index] == UInt8(ascii: "-") && isBlank(index + 1) }

    /// Whether nothing more stands in the line, or a comment with a space in front of it.
    func isLineEnd(_ index: Int) -> Bool {
        bytes[index] == UInt8(ascii: "\n")
            || bytes[index] == UInt8(ascii: "#") && index > 0 && bytes[index - 1] == UInt8(ascii: " ")
    }

    /// The line feed of a line that holds nothing more from an index on; nil when it holds something.
    func end(ofBlankLine start: Int) -> Int? {
        let bytes = bytes.span
        var index = start
        while bytes[index] == UInt8(ascii: " ") { index += 1 }
        guard isLineEnd(index) else { return nil }
        while bytes[index] != UInt8(ascii: "\n") { index += 1 }
        return index
    }

    /// Whether a key stands there. False for what only the full reader can tell.
    func isKey(_ start: Int) -> Bool {
        let bytes = bytes.span
        switch bytes[start] {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            guard let end = endOfQuoted(start) else { return false }
            return bytes[end + 1] == UInt8(ascii: ":")
        case UInt8(ascii: "["), UInt8(ascii: "{"): return false
        default: return bytes[endOfPlain(start)] == UInt8(ascii: ":")
        }
    }

    /// The byte behind a plain scalar with its spaces: the colon that makes it a key, the `#` of a comment, or the end
    /// of the line.
    func endOfPlain(_ start: Int) -> Int {
        let bytes = bytes.span
        var index = start
        while true {
            switch bytes[index] {
            case UInt8(ascii: "\n"): return index
            case UInt8(ascii: ":"):
                if bytes[index + 1] == UInt8(ascii: " ") || bytes[index + 1] == UInt8(ascii: "\n") { return index }
            case UInt8(ascii: "#"):
                if index > start, bytes[index - 1] == UInt8(ascii: " ") { return index }
            default: break
            }
            index += 1
        }
    }

    /// The quote that ends a scalar in quotes; nil when it is not in this line.
    func endOfQuoted(_ start: Int) -> Int? {
        let bytes = bytes.span
        let quote = bytes[start]
        var index = start + 1
        while bytes[index] != UInt8(ascii: "\n") {
            if bytes[index] == quote {
                guard quote == UInt8(ascii: "'"), bytes[index + 1] == quote else { return index }
                index += 1
            } else if bytes[index] == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                index += 1
                guard bytes[index] != UInt8(ascii: "\n") else { return nil }
            }
            index += 1
        }
        return nil
    }
}
