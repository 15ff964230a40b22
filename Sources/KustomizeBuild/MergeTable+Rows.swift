import Synchronization

extension MergeTable {
    /// One form, whose row is read at the first use: a build needs a few of hundreds.
    final class Form: Sendable {
        private let row: String
        private let read = AtomicLazyReference<Reading>()

        /// - Parameter row: As `KubernetesSchema.forms` has them.
        init(row: String) { self.row = row }

        init(_ fields: Fields) {
            row = ""
            _ = read.storeIfNil(Reading(fields))
        }

        var fields: Fields { (read.load() ?? read.storeIfNil(Reading(MergeTable.fields(row)))).fields }
    }

    private final class Reading: Sendable {
        let fields: Fields
        init(_ fields: Fields) { self.fields = fields }
    }

    private static func fields(_ row: String) -> Fields {
        var fields = Fields()
        for word in row.words(by: " ") where !word.isEmpty {
            let equals = word.utf8.firstIndex(of: UInt8(ascii: "="))
            let name = String(word[..<(equals ?? word.endIndex)])
            let form = equals.map { word[word.utf8.index(after: $0)...] }
            let entry = form.flatMap { Self.entry($0) } ?? Entry.map(0)
            if name == "*" { fields.other = entry } else { fields.named[name] = entry }
        }
        return fields
    }

    private static func entry(_ text: Substring) -> Entry? {
        guard text.utf8.first == UInt8(ascii: "[") else { return Int(text).map { .map($0) } }
        guard let close = text.lastIndex(of: "]") else { return nil }
        let keys = text[..<close].dropFirst().split(separator: ",").map(String.init)
        return Int(text[text.index(after: close)...]).map { .keyed(keys, $0) } ?? .set
    }
}
