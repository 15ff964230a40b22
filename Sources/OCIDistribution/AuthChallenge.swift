/// One challenge of a `WWW-Authenticate` header (RFC 9110 section 11.6.1).
struct AuthChallenge: Hashable, Sendable {
    /// Lower case.
    let scheme: String
    /// Names in lower case; the first value of a name counts.
    let parameters: [String: String]

    /// Every well-formed challenge of the header's values, in order. A value is read up to its first mistake.
    static func parse(_ values: [String]) -> [AuthChallenge] {
        values.flatMap { value in
            var parser = ChallengeParser(rest: Substring(value))
            return parser.challenges()
        }
    }
}

private struct ChallengeParser {
    var rest: Substring

    mutating func challenges() -> [AuthChallenge] {
        var found: [AuthChallenge] = []
        var scheme: String?
        var parameters: [String: String] = [:]
        skip { $0 == "," || $0 == " " || $0 == "\t" }
        while let word = token() {
            let separator = skip { $0 == " " || $0 == "\t" }
            if scheme != nil, rest.first == "=", let value = parameterValue() {
                let name = word.lowercased()
                if parameters[name] == nil { parameters[name] = value }
            } else if rest.first == "=" {
                break
            } else {
                if let scheme { found.append(AuthChallenge(scheme: scheme, parameters: parameters)) }
                (scheme, parameters) = (word.lowercased(), [:])
                if separator > 0 { skipToken68() }
            }
            skip { $0 == "," || $0 == " " || $0 == "\t" }
        }
        if let scheme { found.append(AuthChallenge(scheme: scheme, parameters: parameters)) }
        return found
    }

    /// `= value`, where the value is a token or a quoted string; nil leaves the text where the mistake is.
    private mutating func parameterValue() -> String? {
        let start = rest
        rest = rest.dropFirst()
        skip { $0 == " " || $0 == "\t" }
        if let value = rest.first == "\"" ? quotedString() : token() { return value }
        rest = start
        return nil
    }

    private mutating func quotedString() -> String? {
        var value = ""
        var position = rest.index(after: rest.startIndex)
        while position < rest.endIndex {
            var character = rest[position]
            if character == "\"" {
                rest = rest[rest.index(after: position)...]
                return value
            }
            if character == "\\" {
                position = rest.index(after: position)
                guard position < rest.endIndex else { return nil }
                character = rest[position]
            }
            value.append(character)
            position = rest.index(after: position)
        }
        return nil
    }

    private mutating func token() -> String? {
        let word = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "!#$%&'*+-.^_`|~".contains($0)) }
        guard !word.isEmpty else { return nil }
        rest = rest[word.endIndex...]
        return String(word)
    }

    /// Skips what schemes such as Negotiate have in place of parameters: one word with `=` at its end only.
    private mutating func skipToken68() {
        let word = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-._~+/".contains($0)) }
        guard !word.isEmpty else { return }
        let padding = rest[word.endIndex...].prefix { $0 == "=" }
        let after = rest[padding.endIndex...].drop { $0 == " " || $0 == "\t" }
        let isAlone = after.isEmpty || after.first == ","
        // A lone word without padding may be the next scheme, as in `Negotiate, Basic realm=x` it is after a comma.
        if isAlone { rest = after }
    }

    @discardableResult
    private mutating func skip(_ isSkipped: (Character) -> Bool) -> Int {
        let skipped = rest.prefix(while: isSkipped)
        rest = rest[skipped.endIndex...]
        return skipped.count
    }
}
