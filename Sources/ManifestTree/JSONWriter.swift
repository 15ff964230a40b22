extension Tree {
    /// The value as compact JSON, byte for byte as Go's encoding/json writes it.
    ///
    /// `sortedKeys` orders keys by their bytes; `htmlEscaped` writes `<`, `>`, `&`, U+2028 and U+2029 as escapes.
    package func jsonBytes(sortedKeys: Bool = false, htmlEscaped: Bool = false) -> [UInt8] {
        var writer = JSONWriter(sortedKeys: sortedKeys, htmlEscaped: htmlEscaped, indented: false)
        writer.write(self, depth: 0)
        return writer.output
    }

    /// `jsonBytes` as text.
    package func jsonString(sortedKeys: Bool = false, htmlEscaped: Bool = false) -> String {
        String(decoding: jsonBytes(sortedKeys: sortedKeys, htmlEscaped: htmlEscaped), as: UTF8.self)
    }

    /// The value as JSON for people: two spaces a level, a line feed at the end.
    package func prettyJSONBytes(sortedKeys: Bool = false, htmlEscaped: Bool = false) -> [UInt8] {
        var writer = JSONWriter(sortedKeys: sortedKeys, htmlEscaped: htmlEscaped, indented: true)
        writer.write(self, depth: 0)
        return writer.output + [UInt8(ascii: "\n")]
    }
}

/// Appends JSON to a buffer.
struct JSONWriter {
    let sortedKeys: Bool
    let htmlEscaped: Bool
    let indented: Bool
    private(set) var output: [UInt8] = []

    init(sortedKeys: Bool, htmlEscaped: Bool, indented: Bool) {
        self.sortedKeys = sortedKeys
        self.htmlEscaped = htmlEscaped
        self.indented = indented
    }

    mutating func write(_ tree: Tree, depth: Int) {
        switch tree {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): output.append(contentsOf: value ? "true".utf8 : "false".utf8)
        case .number(let number): output.append(contentsOf: number.text.utf8)
        case .string(let text): write(text)
        case .list(let elements): write(elements, depth: depth)
        case .map(let map): write(map, depth: depth)
        }
    }

    private mutating func write(_ elements: [Tree], depth: Int) {
        output.append(UInt8(ascii: "["))
        var first = true
        for element in elements {
            separate(&first, depth: depth + 1)
            write(element, depth: depth + 1)
        }
        close(UInt8(ascii: "]"), wasEmpty: first, depth: depth)
    }

    private mutating func write(_ map: TreeMap, depth: Int) {
        output.append(UInt8(ascii: "{"))
        var first = true
        for (key, value) in sortedKeys ? map.sorted() : map {
            separate(&first, depth: depth + 1)
            write(key)
            output.append(UInt8(ascii: ":"))
            if indented { output.append(UInt8(ascii: " ")) }
            write(value, depth: depth + 1)
        }
        close(UInt8(ascii: "}"), wasEmpty: first, depth: depth)
    }

    private mutating func separate(_ first: inout Bool, depth: Int) {
        if !first { output.append(UInt8(ascii: ",")) }
        first = false
        breakLine(depth: depth)
    }

    private mutating func close(_ byte: UInt8, wasEmpty: Bool, depth: Int) {
        if !wasEmpty { breakLine(depth: depth) }
        output.append(byte)
    }

    private mutating func breakLine(depth: Int) {
        guard indented else { return }
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }

    private mutating func write(_ text: String) {
        output.append(UInt8(ascii: "\""))
        let content = text.utf8.span
        for index in content.indices {
            let byte = content[index]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                output.append(UInt8(ascii: "\\"))
                output.append(byte)
            case 0..<0x20: escape(control: byte)
            case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"):
                if htmlEscaped { escape(unit: UInt16(byte)) } else { output.append(byte) }
            case 0xA8...0xA9:
                output.append(byte)
                escapeLineSeparator(ending: byte)
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    private mutating func escape(control byte: UInt8) {
        let letter: UInt8
        switch byte {
        case 0x08: letter = UInt8(ascii: "b")
        case 0x09: letter = UInt8(ascii: "t")
        case 0x0A: letter = UInt8(ascii: "n")
        case 0x0C: letter = UInt8(ascii: "f")
        case 0x0D: letter = UInt8(ascii: "r")
        default:
            escape(unit: UInt16(byte))
            return
        }
        output.append(UInt8(ascii: "\\"))
        output.append(letter)
    }

    private mutating func escape(unit: UInt16) {
        output.append(contentsOf: "\\u".utf8)
        for shift in [12, 8, 4, 0] as [UInt16] {
            let digit = UInt8(unit >> shift & 0xF)
            output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    /// Replaces U+2028 or U+2029, whose last byte was just written, by its escape.
    private mutating func escapeLineSeparator(ending byte: UInt8) {
        guard htmlEscaped, output.count >= 3, output.suffix(3).starts(with: [0xE2, 0x80]) else { return }
        output.removeLast(3)
        escape(unit: byte == 0xA8 ? 0x2028 : 0x2029)
    }
}
