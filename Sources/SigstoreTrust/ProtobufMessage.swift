internal import CoreModel
internal import ManifestTree

/// One message in protobuf's JSON form, read strictly (protobuf.dev, "ProtoJSON Format").
///
/// A field goes by its lowerCamelCase name or by the one of the `.proto` file, never by both; one that is missing or
/// null has its default; unknown fields are refused, because what a newer version says might restrict what an older one
/// permits.
struct ProtobufMessage {
    typealias Problem = StrictMap.Problem

    /// Where the message is, such as `tlogs[0].publicKey`.
    let name: String
    private let fields: TreeMap

    /// - Parameter known: the fields' names in lowerCamelCase.
    init(_ value: Tree?, _ name: String, known: Set<String>) throws(Problem) {
        guard let entries = value?.map else { throw Problem(reason: "\(name) is not a map") }
        var fields = TreeMap()
        for (key, value) in entries {
            let field = known.contains(key) ? key : Self.camelCase(key)
            guard known.contains(field) else {
                throw Problem(reason: "\(name) has the unknown member \(key.quotedForMessage)")
            }
            guard fields.append(field, value) else {
                throw Problem(reason: "\(name) has the member \(field) under two names")
            }
        }
        self.name = name
        self.fields = fields
    }

    /// Whether the field is there and is not null.
    func has(_ field: String) -> Bool { value(field) != nil }

    /// A message that has to be there.
    func message(_ field: String, known: Set<String>) throws(Problem) -> ProtobufMessage {
        guard let value = value(field) else { throw Problem(reason: "\(name) has no \(field)") }
        return try ProtobufMessage(value, path(field), known: known)
    }

    /// A message, where it is there.
    func message(ifAny field: String, known: Set<String>) throws(Problem) -> ProtobufMessage? {
        has(field) ? try message(field, known: known) : nil
    }

    /// At most `limit` messages, in order.
    func messages(_ field: String, limit: Int, known: Set<String>) throws(Problem) -> [ProtobufMessage] {
        var messages: [ProtobufMessage] = []
        for (index, element) in try list(field, limit: limit).enumerated() {
            messages.append(try ProtobufMessage(element, "\(path(field))[\(index)]", known: known))
        }
        return messages
    }

    /// Text; empty where there is none.
    func string(_ field: String) throws(Problem) -> String {
        guard let value = value(field) else { return "" }
        guard let string = value.string else { throw Problem(reason: "\(path(field)) is not a string") }
        return string
    }

    /// Text that has to be there and not be empty.
    func text(_ field: String) throws(Problem) -> String {
        let string = try string(field)
        guard !string.isEmpty else { throw Problem(reason: "\(name) has no \(field)") }
        return string
    }

    /// A 64-bit integer, which is written as a string or as a number; zero where there is none.
    func integer(_ field: String) throws(Problem) -> Int64 {
        guard let value = value(field) else { return 0 }
        if let integer = value.integer { return integer }
        // `Int64` alone would take `+1`.
        guard let text = value.string, let integer = Int64(text), !text.hasPrefix("+") else {
            throw Problem(reason: "\(path(field)) is not an integer")
        }
        return integer
    }

    /// An integer that counts something.
    func count(_ field: String) throws(Problem) -> UInt64 {
        guard let count = UInt64(exactly: try integer(field)) else {
            throw Problem(reason: "\(path(field)) is negative")
        }
        return count
    }

    /// Bytes; empty where there are none.
    func bytes(_ field: String) throws(Problem) -> [UInt8] {
        try Self.bytes(of: string(field), path(field))
    }

    /// Bytes of which there has to be at least one.
    func content(_ field: String) throws(Problem) -> [UInt8] {
        let bytes = try bytes(field)
        guard !bytes.isEmpty else { throw Problem(reason: "\(name) has no \(field)") }
        return bytes
    }

    /// At most `limit` byte strings, in order.
    func byteStrings(_ field: String, limit: Int) throws(Problem) -> [[UInt8]] {
        var strings: [[UInt8]] = []
        for (index, element) in try list(field, limit: limit).enumerated() {
            guard let text = element.string else { throw Problem(reason: "\(path(field))[\(index)] is not a string") }
            strings.append(try Self.bytes(of: text, "\(path(field))[\(index)]"))
        }
        return strings
    }

    /// The name of an enumeration's value: as written, or that of the number written; nil where there is none.
    func name(_ field: String, in names: [Int64: String]) throws(Problem) -> String? {
        guard let value = value(field) else { return nil }
        if let text = value.string { return text }
        guard let number = value.integer else { throw Problem(reason: "\(path(field)) is not a name") }
        return names[number] ?? String(number)
    }

    /// The start and the end of a `TimeRange`; either may be missing.
    func times(_ field: String) throws(Problem) -> ValidityWindow {
        guard let range = try message(ifAny: field, known: ["start", "end"]) else { return .always }
        return ValidityWindow(start: try range.time("start"), end: try range.time("end"))
    }

    func path(_ field: String) -> String { name.hasPrefix("the ") ? field : "\(name).\(field)" }

    private func time(_ field: String) throws(Problem) -> Timestamp? {
        guard let value = value(field) else { return nil }
        guard let time = value.string.flatMap({ Timestamp($0) }) else {
            throw Problem(reason: "\(path(field)) is not a time")
        }
        return time
    }

    private func list(_ field: String, limit: Int) throws(Problem) -> [Tree] {
        guard let value = value(field) else { return [] }
        guard let list = value.list else { throw Problem(reason: "\(path(field)) is not a list") }
        guard list.count <= limit else {
            throw Problem(reason: "\(path(field)) has \(list.count) elements, more than \(limit)")
        }
        return list
    }

    private func value(_ field: String) -> Tree? { fields[field].flatMap { $0.isNull ? nil : $0 } }

    /// Base64 in either alphabet, with or without its padding, as every protobuf library takes it.
    private static func bytes(of text: String, _ path: String) throws(Problem) -> [UInt8] {
        var standard = text
        if text.contains(where: { $0 == "-" || $0 == "_" }) {
            standard = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        }
        if !standard.hasSuffix("=") {
            standard += String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        }
        guard let bytes = Base64.decode(standard) else { throw Problem(reason: "\(path) is not base64") }
        return bytes
    }

    private static func camelCase(_ name: String) -> String {
        let words = name.split(separator: "_", omittingEmptySubsequences: false)
        return words.dropFirst().reduce(String(words.first ?? "")) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }
}
