extension Tree {
    /// A number as JSON writes it. The text is kept, so that no digit is lost on the way through. Numbers are equal
    /// when their texts are.
    package struct Number: Hashable, Sendable {
        private enum Form: Sendable {
            case plain(String)
            case spelled(Spelling)
        }

        /// Of the few numbers whose YAML is no JSON, or not the JSON that Go would write.
        private final class Spelling: Sendable {
            let text: String
            let written: String

            init(text: String, written: String) {
                self.text = text
                self.written = written
            }
        }

        private let form: Form

        /// Trusts the caller that the text is a valid JSON number.
        package init(validated text: String) { form = .plain(text) }

        package init(_ value: Int) { self.init(validated: String(value)) }

        /// Trusts the caller that the text is a valid JSON number.
        /// - Parameter written: How the document writes it, as `0x1F`, `012` or `1.0`.
        init(validated text: String, written: String) {
            form = text == written ? .plain(text) : .spelled(Spelling(text: text, written: written))
        }

        /// A valid JSON number (RFC 8259 section 6).
        package var text: String {
            switch form {
            case .plain(let text): text
            case .spelled(let spelling): spelling.text
            }
        }

        /// The number as the document writes it, which is what edits of text see.
        package var written: String {
            switch form {
            case .plain(let text): text
            case .spelled(let spelling): spelling.written
            }
        }

        /// Whether it may be written otherwise than Go would write it: JSON has `1.50` as well.
        fileprivate var isSpelled: Bool {
            switch form {
            case .plain(let text): text.utf8.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
            case .spelled: true
            }
        }

        /// As Go writes it to JSON.
        fileprivate var respelled: Number {
            switch YAMLResolution(text) {
            case .integer(let number), .float(let number): Number(validated: number.text)
            default: Number(validated: text)
            }
        }

        /// The value where it is an integer that fits.
        package var integer: Int64? { Int64(text) }

        /// The nearest binary floating-point value.
        package var double: Double { Double(text) ?? .nan }

        package static func == (left: Number, right: Number) -> Bool { left.text == right.text }

        package func hash(into hasher: inout Hasher) { hasher.combine(text) }
    }

    /// Forgets how numbers were written, as what goes by way of JSON does.
    package mutating func dropSpellings() {
        if hasSpelling { rewriteNumbers() }
    }

    private mutating func rewriteNumbers() {
        switch self {
        case .null, .bool, .string: return
        case .number(let number): self = .number(number.respelled)
        case .list(var items):
            self = .null
            for index in items.indices { items[index].rewriteNumbers() }
            self = .list(items)
        case .map(var entries):
            self = .null
            for index in 0..<entries.count { entries.update(at: index) { $0.rewriteNumbers() } }
            self = .map(entries)
        }
    }

    private var hasSpelling: Bool {
        switch self {
        case .null, .bool, .string: false
        case .number(let number): number.isSpelled
        case .list(let items): items.contains { $0.hasSpelling }
        case .map(let entries): entries.hasAny { _, value in value.hasSpelling }
        }
    }
}
