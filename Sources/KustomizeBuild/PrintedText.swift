import ManifestTree

/// What kustomize's last step does to text: it writes each object as JSON and reads that as YAML.
enum PrintedText {
    /// - Returns: nil for text that holds a character which YAML has only as an escape and JSON does not escape.
    static func printed(_ text: String) -> String? {
        guard isUnusual(text) else { return text }
        var scalars: [Unicode.Scalar] = []
        var breaks = 0
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x7F, 0x80...0x84, 0x86...0x9F, 0xFFFE, 0xFFFF: return nil
            // A line break to YAML: it is folded with the spaces around it.
            case 0x85:
                if breaks == 0 { while scalars.last == " " { scalars.removeLast() } }
                breaks += 1
            case 0x20 where breaks > 0: continue
            default:
                fold(&breaks, into: &scalars)
                scalars.append(scalar)
            }
        }
        fold(&breaks, into: &scalars)
        var printed = String.UnicodeScalarView()
        printed.append(contentsOf: scalars)
        return String(printed)
    }

    private static func fold(_ breaks: inout Int, into scalars: inout [Unicode.Scalar]) {
        if breaks == 1 { scalars.append(" ") }
        if breaks > 1 { scalars += [Unicode.Scalar](repeating: "\n", count: breaks - 1) }
        breaks = 0
    }

    /// Whether there may be such a character; nearly no text has one.
    static func isUnusual(_ text: String) -> Bool {
        let bytes = text.utf8.span
        for index in bytes.indices {
            switch bytes[index] {
            case 0x7F: return true
            case 0xC2 where index + 1 < bytes.count && bytes[index + 1] < 0xA0: return true
            case 0xEF where index + 2 < bytes.count && bytes[index + 1] == 0xBF && bytes[index + 2] > 0xBD: return true
            default: continue
            }
        }
        return false
    }
}

/// Text that cannot be printed.
struct UnprintableText: Error {
    let text: String
}

extension Tree {
    /// The tree with all its text printed.
    func printed() throws(UnprintableText) -> Tree {
        guard hasUnusualText else { return self }
        switch self {
        case .null, .bool, .number: return self
        case .string(let text): return .string(try Self.printed(text))
        case .list(let items):
            var printed: [Tree] = []
            for item in items { printed.append(try item.printed()) }
            return .list(printed)
        case .map(let entries):
            var printed = TreeMap()
            for (key, value) in entries { printed[try Self.printed(key)] = try value.printed() }
            return .map(printed)
        }
    }

    private static func printed(_ text: String) throws(UnprintableText) -> String {
        guard let printed = PrintedText.printed(text) else { throw UnprintableText(text: text) }
        return printed
    }

    private var hasUnusualText: Bool {
        switch self {
        case .null, .bool, .number: false
        case .string(let text): PrintedText.isUnusual(text)
        case .list(let items): items.contains(where: \.hasUnusualText)
        case .map(let entries): entries.hasAny { PrintedText.isUnusual($0) || $1.hasUnusualText }
        }
    }
}
