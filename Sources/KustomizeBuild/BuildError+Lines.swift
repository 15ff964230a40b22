import ManifestTree

extension BuildError {
    /// This error and those with it, each with the line of its field, where the file is one of the source.
    func located(_ read: (String) throws -> [UInt8]?) -> BuildError {
        let all = parts.map { $0.locatedAlone(read) }
        return all.count == 1 ? all[0] : BuildError(gathered: all)
    }

    private func locatedAlone(_ read: (String) throws -> [UInt8]?) -> BuildError {
        guard line == nil, let file, let field, let path = Self.path(field), let bytes = (try? read(file)) ?? nil,
            let line = YAMLLocator.line(of: path, in: bytes)
        else { return self }
        let text = message.hasPrefix("\(file): ") ? "\(file):\(line): \(message.dropFirst(file.count + 2))" : message
        return BuildError(code, text, at: .init(file: file, line: line, field: field, object: object), cause: cause)
    }

    /// `patches[0].target.name` as steps; nil for what is written otherwise.
    private static func path(_ field: String) -> FieldPath? {
        var path = FieldPath()
        for part in field.split(separator: ".") {
            let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
            guard let key = pieces.first, !key.isEmpty else { return nil }
            path = path.appending(String(key))
            for piece in pieces.dropFirst() {
                guard piece.hasSuffix("]"), let index = Int(piece.dropLast()) else { return nil }
                path = path.appending(index)
            }
        }
        return path
    }
}
