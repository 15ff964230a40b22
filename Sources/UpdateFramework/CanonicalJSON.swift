internal import ManifestTree

/// The bytes that TUF signatures are made over: OLPC's canonical JSON. Keys in the order of their bytes, no white
/// space, only `"` and `\` escaped, integers alone.
enum CanonicalJSON {
    /// Nil for a document with a number that has no canonical form: a fraction, an exponent or a negative zero.
    static func encode(_ tree: Tree) -> [UInt8]? {
        var output: [UInt8] = []
        return write(tree, to: &output) ? output : nil
    }

    private static func write(_ tree: Tree, to output: inout [UInt8]) -> Bool {
        switch tree {
        case .null: output += "null".utf8
        case .bool(let value): output += value ? "true".utf8 : "false".utf8
        case .number(let number):
            guard isInteger(number.text) else { return false }
            output += number.text.utf8
        case .string(let text): write(text, to: &output)
        case .list(let elements): return write(elements, to: &output)
        case .map(let map): return write(map.sorted(), to: &output)
        }
        return true
    }

    private static func write(_ elements: [Tree], to output: inout [UInt8]) -> Bool {
        output.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            guard write(element, to: &output) else { return false }
        }
        output.append(UInt8(ascii: "]"))
        return true
    }

    private static func write(_ map: TreeMap, to output: inout [UInt8]) -> Bool {
        output.append(UInt8(ascii: "{"))
        var isFirst = true
        for (key, value) in map {
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            write(key, to: &output)
            output.append(UInt8(ascii: ":"))
            guard write(value, to: &output) else { return false }
        }
        output.append(UInt8(ascii: "}"))
        return true
    }

    private static func write(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { output.append(UInt8(ascii: "\\")) }
            output.append(byte)
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func isInteger(_ text: String) -> Bool {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        return digits.allSatisfy { (0x30...0x39).contains($0) } && text != "-0"
    }
}
