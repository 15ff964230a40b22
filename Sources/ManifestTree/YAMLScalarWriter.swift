/// Appends scalars in the style that go-yaml's emitter chooses.
struct YAMLScalarWriter {
    private static let width = 80

    private(set) var output: [UInt8] = []
    /// Whether numbers are written as they were read.
    var keepsSpellings = false
    /// Where the last line starts.
    private var lineStart = 0

    // MARK: Lines

    /// Appends ASCII text without a line break, or with one at its end.
    mutating func append(_ text: String) {
        output.append(contentsOf: text.utf8)
        if output.last == UInt8(ascii: "\n") { lineStart = output.count }
    }

    /// Appends ASCII characters other than line breaks.
    mutating func put(_ first: Unicode.Scalar, _ second: Unicode.Scalar? = nil) {
        output.append(UInt8(ascii: first))
        if let second { output.append(UInt8(ascii: second)) }
    }

    mutating func indent(_ count: Int) {
        for _ in 0..<count { output.append(UInt8(ascii: " ")) }
    }

    private mutating func append(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { bytes in unsafe output.append(contentsOf: bytes) }
    }

    /// Appends spaces, text and one more character at once: each append alone costs about as much.
    private mutating func append(spaces: Int, _ bytes: Span<UInt8>, then last: Unicode.Scalar) {
        output.append(addingCapacity: spaces + bytes.count + 1) { span in
            for _ in 0..<spaces { span.append(UInt8(ascii: " ")) }
            for index in bytes.indices { span.append(bytes[index]) }
            span.append(UInt8(ascii: last))
        }
    }

    /// Ends the line, unless it is at its start.
    mutating func endLine() {
        if lineStart != output.count { breakLine() }
    }

    private mutating func breakLine() {
        output.append(UInt8(ascii: "\n"))
        lineStart = output.count
    }

    /// Characters, not bytes, since the start of the line.
    private var column: Int { output[lineStart...].count { $0 & 0xC0 != 0x80 } }

    // MARK: Scalars

    /// Appends spaces, a key and its colon. False, and only the spaces are written, when the key needs a `?` in front:
    /// beyond 128 bytes or one line.
    mutating func writeSimpleKey(_ key: String, indent: Int) -> Bool {
        let bytes = key.utf8.span
        if bytes.count <= 128, YAMLScalarAnalysis.isPlainWord(bytes) {
            append(spaces: indent, bytes, then: ":")
            return true
        }
        self.indent(indent)
        guard bytes.count <= 128 else { return false }
        let analysis = YAMLScalarAnalysis(key)
        guard !analysis.multiline else { return false }
        write(key, analysis, indent: 0, isKey: true)
        output.append(UInt8(ascii: ":"))
        return true
    }

    /// Appends a space, text and the end of the line.
    mutating func writeValue(_ text: String, indent: Int) {
        let bytes = text.utf8.span
        guard YAMLScalarAnalysis.isPlainLine(bytes, room: Self.width - (output.count + 1 - lineStart)) else {
            put(" ")
            write(text, YAMLScalarAnalysis(text), indent: indent, isKey: false)
            endLine()
            return
        }
        append(spaces: 1, bytes, then: "\n")
        lineStart = output.count
    }

    mutating func write(_ number: Tree.Number) {
        guard !keepsSpellings else { return output.append(contentsOf: number.written.utf8) }
        let isShortInteger =
            number.text.utf8.count <= 18 && number.text.utf8.allSatisfy { $0 &- 0x30 < 10 }
            && (number.text.utf8.first != UInt8(ascii: "0") || number.text.utf8.count == 1)
        output.append(contentsOf: (isShortInteger ? number.text : number.goText).utf8)
    }

    /// `indent` is the column of continuation lines.
    mutating func write(_ text: String, indent: Int) {
        let bytes = text.utf8.span
        if YAMLScalarAnalysis.isPlainLine(bytes, room: Self.width - (output.count - lineStart)) {
            append(bytes)
            return
        }
        write(text, YAMLScalarAnalysis(text), indent: indent, isKey: false)
    }

    /// A key is never broken over lines.
    private mutating func write(_ text: String, _ analysis: YAMLScalarAnalysis, indent: Int, isKey: Bool) {
        let bytes = Array(text.utf8)
        switch analysis.style(isKey: isKey) {
        case .plain: writeFolded(bytes, indent: isKey ? nil : indent, quoted: false)
        case .singleQuoted: writeFolded(bytes, indent: isKey ? nil : indent, quoted: true)
        case .doubleQuoted: writeDoubleQuoted(text, indent: isKey ? nil : indent)
        case .literal: writeLiteral(bytes, indent: indent)
        }
    }

    /// Plain and single-quoted text: broken at single spaces past the width, when there is an indent.
    private mutating func writeFolded(_ bytes: [UInt8], indent: Int?, quoted: Bool) {
        if quoted { put("'") }
        var column = self.column
        var afterSpace = false
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            let length = YAMLScalarAnalysis.lineBreakLength(bytes, at: index)
            if byte == UInt8(ascii: " ") {
                let inside = !quoted || index > 0
                if let indent, column > Self.width, !afterSpace, inside, index + 1 < bytes.count,
                    bytes[index + 1] != UInt8(ascii: " ")
                {
                    column = continueLine(indent)
                } else {
                    output.append(byte)
                    column += 1
                }
                afterSpace = true
            } else if length > 0 {
                output.append(contentsOf: bytes[index..<(index + length)])
                if index + length < bytes.count, YAMLScalarAnalysis.lineBreakLength(bytes, at: index + length) == 0 {
                    self.indent(indent ?? 0)
                }
                column = indent ?? 0
                index += length - 1
            } else {
                if quoted, byte == UInt8(ascii: "'") {
                    output.append(byte)
                    column += 1
                }
                output.append(byte)
                if byte & 0xC0 != 0x80 { column += 1 }
                afterSpace = false
            }
            index += 1
        }
        if quoted { put("'") }
    }

    private mutating func continueLine(_ indent: Int) -> Int {
        breakLine()
        self.indent(indent)
        return indent
    }

    private mutating func writeDoubleQuoted(_ text: String, indent: Int?) {
        put("\"")
        var column = self.column
        var afterSpace = false
        let scalars = Array(text.unicodeScalars)
        // go-yaml looks for a byte order mark at the beginning of the text whatever it writes, and escapes it then.
        let escapesAll = scalars.first?.value == 0xFEFF
        for (index, scalar) in scalars.enumerated() {
            let before = output.count
            if escapesAll || scalar != " " {
                write(doubleQuoted: scalar, escapesAll: escapesAll)
                column += scalar.isASCII ? output.count - before : max(1, escapedLength(since: before))
                afterSpace = false
                continue
            }
            if let indent, column > Self.width, !afterSpace, index > 0, index + 1 < scalars.count {
                column = continueLine(indent)
                if scalars[index + 1] == " " {
                    put("\\")
                    column += 1
                }
            } else {
                put(" ")
                column += 1
            }
            afterSpace = true
        }
        put("\"")
    }

    /// The characters written since a place in the output, where they are an escape; otherwise zero.
    private func escapedLength(since start: Int) -> Int {
        output[start] == UInt8(ascii: "\\") ? output.count - start : 0
    }

    private mutating func write(doubleQuoted scalar: Unicode.Scalar, escapesAll: Bool) {
        if let letter = Self.escapeLetters[scalar] {
            put("\\")
            put(letter)
            return
        }
        guard escapesAll || !YAMLScalarAnalysis.isPrintable(scalar) else {
            output.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
            return
        }
        put("\\")
        switch scalar.value {
        case 0...0xFF: appendHex(scalar.value, prefix: "x", digits: 2)
        case 0x100...0xFFFF: appendHex(scalar.value, prefix: "u", digits: 4)
        default: appendHex(scalar.value, prefix: "U", digits: 8)
        }
    }

    private static let escapeLetters: [Unicode.Scalar: Unicode.Scalar] = [
        "\0": "0", "\u{7}": "a", "\u{8}": "b", "\t": "t", "\n": "n", "\u{B}": "v", "\u{C}": "f", "\r": "r",
        "\u{1B}": "e", "\"": "\"", "\\": "\\", "\u{85}": "N", "\u{2028}": "L", "\u{2029}": "P",
    ]

    private mutating func appendHex(_ value: UInt32, prefix: Unicode.Scalar, digits: Int) {
        put(prefix)
        for position in stride(from: (digits - 1) * 4, through: 0, by: -4) {
            let digit = UInt8(value >> UInt32(position) & 0xF)
            output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
        }
    }

    private mutating func writeLiteral(_ bytes: [UInt8], indent: Int) {
        put("|")
        if bytes.first == UInt8(ascii: " ") || YAMLScalarAnalysis.lineBreakLength(bytes, at: 0) > 0 { put("2") }
        let last = YAMLScalarAnalysis.trailingLineBreakLength(bytes[...])
        if last == 0 {
            put("-")
        } else if last == bytes.count || YAMLScalarAnalysis.trailingLineBreakLength(bytes.dropLast(last)) > 0 {
            put("+")
        }
        breakLine()
        var startsLine = true
        var index = 0
        while index < bytes.count {
            let length = YAMLScalarAnalysis.lineBreakLength(bytes, at: index)
            if length > 0 {
                output.append(contentsOf: bytes[index..<(index + length)])
                index += length
                startsLine = true
                if length == 1 { lineStart = output.count }
                continue
            }
            if startsLine { self.indent(indent) }
            startsLine = false
            var end = index + 1
            while end < bytes.count, !YAMLScalarAnalysis.mayBreakLine(bytes[end]) { end += 1 }
            output.append(contentsOf: bytes[index..<end])
            index = end
        }
    }
}
