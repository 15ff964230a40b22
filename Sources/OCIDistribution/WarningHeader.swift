/// `Warning` headers in the one form that registries use: `299 - "text"` (OCI distribution spec, "Warnings"; RFC 7234
/// section 5.5).
enum WarningHeader {
    /// The texts of all such warnings, in order. Other codes, other agents and what is malformed are left out.
    static func texts(in values: [String]) -> [String] {
        values.flatMap { value in
            var texts: [String] = []
            var rest = Substring(value)
            while let text = next(&rest) { texts.append(text) }
            return texts
        }
    }

    private static func next(_ rest: inout Substring) -> String? {
        while true {
            rest = rest.drop { $0 == " " || $0 == "," || $0 == "\t" }
            let isOurs = rest.hasPrefix("299 - \"")
            guard !rest.isEmpty, let open = rest.firstIndex(of: "\"") else { return nil }
            rest = rest[rest.index(after: open)...]
            guard let text = quoted(&rest) else { return nil }
            // What follows may be a date, in quotes too.
            let date = rest.prefix { $0 == " " }
            if rest.dropFirst(date.count).hasPrefix("\"") {
                rest = rest.dropFirst(date.count + 1)
                guard quoted(&rest) != nil else { return nil }
            }
            if isOurs, !text.isEmpty { return text }
        }
    }

    /// The rest of a quoted string whose opening quote is gone.
    private static func quoted(_ rest: inout Substring) -> String? {
        var text = ""
        while let character = rest.popFirst() {
            if character == "\"" { return text }
            guard character == "\\" else {
                text.append(character)
                continue
            }
            guard let escaped = rest.popFirst() else { return nil }
            text.append(escaped)
        }
        return nil
    }
}

/// Something that a registry wants its users to know, such as that a repository will be moved.
package struct RegistryWarning: Hashable, Sendable {
    package let registry: String
    /// One line, shortened and freed of control characters.
    package let text: String
}
