/// Writes CBOR deterministically (RFC 8949 section 4.2.1): shortest heads, entries in the order of their labels' bytes.
enum CBORWriter {
    static func encode(_ value: CBORValue) -> [UInt8] {
        var output: [UInt8] = []
        append(value, to: &output)
        return output
    }

    private static func append(_ value: CBORValue, to output: inout [UInt8]) {
        switch value {
        case .integer(let value):
            value < 0 ? head(1, UInt64(-1 - value), &output) : head(0, UInt64(value), &output)
        case .bytes(let bytes):
            head(2, UInt64(bytes.count), &output)
            output += bytes
        case .text(let text):
            head(3, UInt64(text.utf8.count), &output)
            output += text.utf8
        case .array(let elements):
            head(4, UInt64(elements.count), &output)
            for element in elements { append(element, to: &output) }
        case .map(let map): append(map, to: &output)
        case .tagged(let tag, let value):
            head(6, tag, &output)
            append(value, to: &output)
        case .bool(let value): output.append(value ? 0xF5 : 0xF4)
        case .null: output.append(0xF6)
        case .float(let value):
            output.append(0xFB)
            number(value.bitPattern, bytes: 8, &output)
        }
    }

    private static func append(_ map: CBORMap, to output: inout [UInt8]) {
        head(5, UInt64(map.labels.count), &output)
        let entries = map.labels.map { label -> (label: [UInt8], value: CBORValue) in
            let key: CBORValue =
                switch label {
                case .integer(let number): .integer(number)
                case .text(let text): .text(text)
                }
            return (encode(key), map[label] ?? .null)
        }
        for entry in entries.sorted(by: { $0.label.lexicographicallyPrecedes($1.label) }) {
            output += entry.label
            append(entry.value, to: &output)
        }
    }

    private static func head(_ major: UInt8, _ argument: UInt64, _ output: inout [UInt8]) {
        let form: (additional: UInt8, bytes: Int) =
            switch argument {
            case 0..<24: (UInt8(argument), 0)
            case 0..<0x100: (24, 1)
            case 0..<0x1_0000: (25, 2)
            case 0..<0x1_0000_0000: (26, 4)
            default: (27, 8)
            }
        output.append(major << 5 | form.additional)
        number(argument, bytes: form.bytes, &output)
    }

    private static func number(_ value: UInt64, bytes: Int, _ output: inout [UInt8]) {
        for index in (0..<bytes).reversed() { output.append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8))) }
    }
}
