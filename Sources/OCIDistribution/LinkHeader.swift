/// `Link` headers (RFC 8288), as far as paging needs them.
enum LinkHeader {
    /// The target of the first link with `rel="next"`.
    static func next(in values: [String]) -> String? {
        for value in values {
            var rest = Substring(value)
            while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
                let target = rest[rest.index(after: open)..<close]
                rest = rest[rest.index(after: close)...]
                let parameters = rest.prefix { $0 != "<" }
                if isNext(parameters) { return String(target) }
                rest = rest[parameters.endIndex...]
            }
        }
        return nil
    }

    private static func isNext(_ parameters: Substring) -> Bool {
        parameters.split(whereSeparator: { $0 == ";" || $0 == "," }).contains { parameter in
            let text = parameter.filter { $0 != " " && $0 != "\"" && $0 != "\t" }.lowercased()
            return text == "rel=next"
        }
    }
}
