import ManifestTree

/// The entries of a generated ConfigMap or Secret.
struct KeyValueSources {
    let entry: Kustomization.GeneratorEntry
    /// Reads a file that a kustomization names.
    let read: (String) throws -> [UInt8]

    /// All pairs: those of env files first, then literals, then files.
    /// - Throws: `BuildError.invalid`, also when a key comes twice.
    func pairs() throws -> [(key: String, value: [UInt8])] {
        var pairs: [(key: String, value: [UInt8])] = []
        for path in entry.envs { pairs += try lines(of: path) }
        for literal in entry.literals { pairs.append(try parse(literal: literal)) }
        for file in entry.files { pairs.append(try load(file: file)) }
        var seen: Set<String> = []
        for pair in pairs where !seen.insert(pair.key).inserted {
            throw problem("illegally repeats the key `\(pair.key)`. Remove one of the two")
        }
        return pairs
    }

    private func problem(_ reason: String) -> BuildError {
        BuildError(
            .invalid,
            "\(entry.place.file ?? ""): \(entry.place.field ?? ""): \(entry.name) \(reason)",
            at: entry.place
        )
    }

    private func parse(literal: String) throws -> (String, [UInt8]) {
        guard let equals = literal.utf8.firstIndex(of: UInt8(ascii: "=")), equals != literal.startIndex else {
            throw problem("has the literal '\(literal)', which has to be KEY=VALUE")
        }
        var value = Array(literal.utf8[literal.utf8.index(after: equals)...])
        if value.count > 1, let quote = value.first, quote == value.last, quote == 0x22 || quote == 0x27 {
            value = Array(value.dropFirst().dropLast())
        }
        return (String(literal[..<equals]), value)
    }

    private func load(file: String) throws -> (String, [UInt8]) {
        let parts = file.split(separator: "=", omittingEmptySubsequences: false)
        switch parts.count {
        case 1:
            return (SourcePath.name(of: file), try read(file))
        case 2 where !parts[0].isEmpty && !parts[1].isEmpty:
            return (String(parts[0]), try read(String(parts[1])))
        default:
            throw problem("has the file '\(file)', which has to be PATH or KEY=PATH without any other '='")
        }
    }

    private func lines(of path: String) throws -> [(String, [UInt8])] {
        var bytes = try read(path)[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        var pairs: [(String, [UInt8])] = []
        for (number, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let content = line.last == 0x0D ? line.dropLast() : line
            guard let text = String(validating: content, as: UTF8.self) else {
                throw problem("reads \(path), whose line \(number + 1) is not UTF-8")
            }
            let trimmed = text.drop { $0.isWhitespace }
            if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
            let equals = trimmed.firstIndex(of: "=") ?? trimmed.endIndex
            let key = String(trimmed[..<equals])
            // As in kustomize, a value without a key is none.
            if key.isEmpty { continue }
            pairs.append((key, Array(trimmed[equals...].utf8.dropFirst())))
        }
        return pairs
    }
}
