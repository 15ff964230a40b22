internal import CoreModel

/// What a scalar stands for, by its style, tag and text.
enum YAMLScalar {
    /// The value of the current scalar of the events.
    static func tree(of events: YAMLEvents, words: YAMLReader.Words = .version3) throws(YAMLProblem) -> Tree {
        if let tag = events.scalarTag, tag != "!" { return try tagged(events, tag) }
        guard events.isPlain else { return .string(events.text) }
        let text = events.text
        if words == .version2, let value = YAMLResolution.version2(text) { return .bool(value) }
        guard canBeOther(events) else { return .string(text) }
        if events.isShortInteger { return .number(Tree.Number(validated: text)) }
        let resolution = YAMLResolution(text)
        if words == .version2, case .timestamp = resolution { return .string(text) }
        guard let value = resolution.tree else { throw notInJSON(events, text) }
        return value
    }

    /// Whether the current scalar of the events is a number, a boolean or a timestamp.
    static func isTyped(_ events: YAMLEvents) -> Bool {
        if let tag = events.scalarTag, tag != "!" {
            return ["bool", "int", "float", "timestamp"].contains { tag == "tag:yaml.org,2002:\($0)" }
        }
        guard events.isPlain, canBeOther(events) else { return false }
        switch YAMLResolution(events.text) {
        case .bool, .integer, .float, .notFinite, .timestamp: return true
        case .null, .text: return false
        }
    }

    /// Whether the current scalar of the events is null.
    static func isNull(_ events: YAMLEvents) -> Bool {
        if let tag = events.scalarTag, tag != "!" { return tag == "tag:yaml.org,2002:null" }
        return events.isPlain && YAMLResolution(events.text) == .null
    }

    private static func canBeOther(_ events: YAMLEvents) -> Bool {
        canBeOther(events.firstByte, events.secondByte, length: events.length)
    }

    /// Whether plain text can stand for anything but itself, by its first bytes and its length alone; both are zero
    /// where there are none.
    private static func canBeOther(_ first: UInt8, _ second: UInt8, length: Int) -> Bool {
        switch first {
        case 0, UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "~"):
            true
        case UInt8(ascii: "t"), UInt8(ascii: "T"): length == 4 && second | 0x20 == UInt8(ascii: "r")
        case UInt8(ascii: "f"), UInt8(ascii: "F"): length == 5 && second | 0x20 == UInt8(ascii: "a")
        case UInt8(ascii: "n"), UInt8(ascii: "N"): length == 4 && second | 0x20 == UInt8(ascii: "u")
        default: false
        }
    }

    /// Whether plain text, which is not empty, can stand for anything but itself.
    static func canBeOther(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        let second = range.count > 1 ? bytes[range.lowerBound + 1] : 0
        return canBeOther(bytes[range.lowerBound], second, length: range.count)
    }

    /// Whether text, which is not empty, is a decimal integer without sign, leading zero or underscore that surely
    /// fits.
    static func isShortInteger(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        guard range.count <= 18, bytes[range.lowerBound] != UInt8(ascii: "0") || range.count == 1 else { return false }
        return bytes[range].allSatisfy { $0 &- 0x30 < 10 }
    }

    private static func tagged(_ events: YAMLEvents, _ tag: String) throws(YAMLProblem) -> Tree {
        let text = events.text
        guard tag.hasPrefix("tag:yaml.org,2002:") else { return .string(text) }
        let name = String(tag.dropFirst("tag:yaml.org,2002:".count))
        let resolution = YAMLResolution(text)
        switch (name, resolution) {
        case ("null", .null): return .null
        case ("bool", .bool(let value)): return .bool(value)
        case ("int", .integer(let number)), ("float", .integer(let number)), ("float", .float(let number)):
            return .number(number)
        case ("float", .notFinite): throw notInJSON(events, text)
        case ("timestamp", .timestamp(let text)): return .string(text)
        case ("null", _), ("bool", _), ("int", _), ("float", _), ("timestamp", _):
            throw problem(events, .syntax, "\(Tree.string(text).jsonString()) is not a value of type !!\(name)")
        case ("binary", _): return try binary(events, text)
        default: return .string(text)
        }
    }

    private static func binary(_ events: YAMLEvents, _ text: String) throws(YAMLProblem) -> Tree {
        let packed = text.filter { !$0.isWhitespace }
        guard let bytes = Base64.decode(packed) else { throw problem(events, .syntax, "!!binary is not valid base64") }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw problem(
                events,
                .unsupported,
                "!!binary does not hold UTF-8 text; use binaryData with plain base64 instead"
            )
        }
        return .string(decoded)
    }

    private static func notInJSON(_ events: YAMLEvents, _ text: String) -> YAMLProblem {
        problem(events, .unsupported, "\(text) is a number that JSON has no form for; put it in quotes if it is text")
    }

    private static func problem(_ events: YAMLEvents, _ code: ManifestError.Code, _ text: String) -> YAMLProblem {
        YAMLProblem(code: code, position: events.position, problem: text)
    }
}
