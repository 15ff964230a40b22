/// Fills a template with variables.
struct SubstitutionEvaluation {
    let variables: [String: String]
    let dialect: SubstitutionDialect
    /// A variable that is not set and has no fallback is an error, and otherwise empty.
    let isStrict: Bool

    func text(of parts: [SubstitutionTemplate.Part]) throws(SubstitutionProblem) -> String {
        var result = ""
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .reference(let reference): result += try value(of: reference)
            }
        }
        return result
    }

    private func value(of reference: SubstitutionTemplate.Reference) throws(SubstitutionProblem) -> String {
        let known = variables[reference.name]
        if case .fallback(let fallback, let parts) = reference.operation {
            return try value(known, fallback, text(of: parts), reference)
        }
        if known == nil, isStrict { throw notSet(reference) }
        return try result(of: reference.operation, on: known ?? "")
    }

    private func notSet(_ reference: SubstitutionTemplate.Reference) -> SubstitutionProblem {
        SubstitutionProblem(
            phrase: "variable not set (strict mode): \"\(reference.name)\"; set it, give it a default as in "
                + "${\(reference.name):=value}, or write $${\(reference.name)} if the text is to stay",
            line: reference.line,
            variable: reference.name
        )
    }

    private func value(
        _ known: String?,
        _ fallback: SubstitutionTemplate.Fallback,
        _ argument: String,
        _ reference: SubstitutionTemplate.Reference
    ) throws(SubstitutionProblem) -> String {
        guard dialect == .shell else { return known.flatMap { $0.isEmpty ? nil : $0 } ?? argument }
        let isThere = fallback.onlyWhenUnset ? known != nil : !(known ?? "").isEmpty
        switch fallback.kind {
        case .standard: return isThere ? known ?? "" : argument
        case .alternative: return isThere ? argument : ""
        case .error:
            if isThere { return known ?? "" }
            throw SubstitutionProblem(
                phrase: "the variable \(reference.name) is required: \(argument)",
                line: reference.line,
                variable: reference.name
            )
        }
    }

    private func result(
        of operation: SubstitutionTemplate.Operation,
        on value: String
    ) throws(SubstitutionProblem) -> String {
        switch operation {
        case .value, .fallback: return value
        case .length: return String(dialect == .flux ? value.utf8.count : value.unicodeScalars.count)
        case .upper(let all): return all ? value.uppercased() : Self.first(of: value) { $0.uppercased() }
        case .lower(let all): return all ? value.lowercased() : Self.first(of: value) { $0.lowercased() }
        case .slice(let offset, let length):
            let end: String?
            if let length { end = try text(of: length) } else { end = nil }
            return slice(value, try text(of: offset), end)
        case .trimPrefix(let pattern, let longest):
            return GlobPattern(try text(of: pattern)).trimmedPrefix(of: value, longest: longest)
        case .trimSuffix(let pattern, let longest):
            return GlobPattern(try text(of: pattern)).trimmedSuffix(of: value, longest: longest)
        case .replace(let scope, let pattern, let replacement):
            let by: String?
            if let replacement { by = try text(of: replacement) } else { by = nil }
            return replace(scope, in: value, try text(of: pattern), by)
        }
    }

    private static func first(of value: String, _ change: (String) -> String) -> String {
        guard let first = value.unicodeScalars.first else { return value }
        return change(String(first)) + String(value.unicodeScalars.dropFirst())
    }

    /// An offset or a length that is no number leaves the value as it is.
    private func slice(_ value: String, _ offset: String, _ length: String?) -> String {
        if dialect == .flux {
            // Bytes, and what is cut through becomes a replacement character as in Go's YAML.
            guard let range = Self.range(Array(value.utf8).count, offset, length) else { return value }
            return String(decoding: Array(value.utf8)[range], as: UTF8.self)
        }
        let scalars = Array(value.unicodeScalars)
        let offset = offset.filter { $0 != " " }
        guard let range = Self.range(scalars.count, offset, length?.filter { $0 != " " }) else { return value }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[range])
        return String(view)
    }

    private static func range(_ count: Int, _ offset: String, _ length: String?) -> Range<Int>? {
        guard var start = Int(offset) else { return nil }
        if start < 0 { start = max(0, count + max(start, -count)) }
        start = min(start, count)
        guard let length else { return start..<count }
        guard let number = Int(length) else { return nil }
        // A negative length counts from the end, as a shell has it.
        let end = number < 0 ? count + max(number, -count) : start + min(number, count - start)
        return start..<max(start, end)
    }

    private func replace(
        _ scope: SubstitutionTemplate.Scope,
        in value: String,
        _ pattern: String,
        _ replacement: String?
    ) -> String {
        switch scope {
        case .first: return Self.replacing(pattern, in: value, by: replacement ?? "", most: 1)
        case .all: return Self.replacing(pattern, in: value, by: replacement ?? "", most: .max)
        case .prefix:
            guard replacement != nil || dialect == .shell, value.hasPrefix(pattern) else { return value }
            return (replacement ?? "") + value.dropFirst(pattern.count)
        case .suffix:
            guard replacement != nil || dialect == .shell, value.hasSuffix(pattern) else { return value }
            return value.dropLast(pattern.count) + (replacement ?? "")
        }
    }

    /// Literal text, from the left, not overlapping.
    private static func replacing(_ pattern: String, in value: String, by replacement: String, most: Int) -> String {
        let (text, wanted) = (Array(value.utf8), Array(pattern.utf8))
        guard !wanted.isEmpty else { return value }
        var result: [UInt8] = []
        var position = 0
        var count = 0
        while position < text.count {
            if count < most, text[position...].starts(with: wanted) {
                result += replacement.utf8
                position += wanted.count
                count += 1
            } else {
                result.append(text[position])
                position += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
