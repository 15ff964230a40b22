/// Text with references such as `${TAG:=latest}`, taken apart.
struct SubstitutionTemplate {
    indirect enum Part {
        case text(String)
        case reference(Reference)
    }

    /// One `${…}`.
    struct Reference {
        let name: String
        let operation: Operation
        /// Of the `$`, from 1.
        let line: Int
    }

    /// What becomes of the variable's value. Arguments can hold references themselves.
    enum Operation {
        case value
        case length
        case upper(all: Bool)
        case lower(all: Bool)
        case slice(offset: [Part], length: [Part]?)
        /// `#` and `##`: takes what the pattern matches from the beginning.
        case trimPrefix(pattern: [Part], longest: Bool)
        case trimSuffix(pattern: [Part], longest: Bool)
        case replace(Scope, pattern: [Part], by: [Part]?)
        /// `-`, `=`, `?` and `+`, the last two alike in Flux.
        case fallback(Fallback, [Part])
    }

    enum Scope { case first, all, prefix, suffix }

    /// - Parameter onlyWhenUnset: without the colon: an empty value is a value too.
    struct Fallback {
        enum Kind { case standard, error, alternative }
        let kind: Kind
        let onlyWhenUnset: Bool
    }

    let parts: [Part]

    /// - Throws: `SubstitutionProblem` for a `${` that begins no reference.
    init(_ text: String, dialect: SubstitutionDialect) throws(SubstitutionProblem) {
        var parser = SubstitutionParser(text, dialect: dialect)
        parts = try parser.parts()
    }
}

/// How references are read and what their functions do.
package enum SubstitutionDialect: String, Hashable, Sendable, CaseIterable {
    /// What Flux does, with its quirks: lengths and slices count bytes, `:?` and `:+` are defaults like `:-`, `=` and
    /// `:=` assign nothing, and `-`, `+` and `?` without a colon are not known.
    case flux
    /// What a shell does: lengths and slices count characters, negative offsets count from the end, `:?` fails with
    /// its message, `:+` gives an alternative, forms without a colon look only at whether the variable is set.
    case shell
}

/// What is wrong with a reference, and in which line.
struct SubstitutionProblem: Error {
    /// Completes "line N: …".
    let phrase: String
    let line: Int
    /// The variable that is concerned, where one is.
    var variable: String?
}
