/// Reads JSON (RFC 8259) strictly: valid UTF-8, one value, no byte order mark, no key twice. Numbers keep their text.
package enum JSONReader {
    /// What to do with text that has no Unicode form.
    package enum TextPolicy: Hashable, Sendable {
        /// Invalid UTF-8 and lone surrogate escapes are errors.
        case strict
        /// They become U+FFFD, as in Go's encoding/json; for answers of servers written in Go.
        case lenient
    }

    /// Throws `ManifestError` (`syntax`, `duplicateKey`, `limit`) with the source, line and column.
    package static func parse(
        _ bytes: [UInt8],
        source: String = "JSON",
        limits: DocumentLimits = .standard,
        text: TextPolicy = .strict
    ) throws(ManifestError) -> Tree {
        guard bytes.count <= limits.bytes else {
            throw ManifestError(
                .limit,
                "\(source) has \(bytes.count) bytes, more than the \(limits.bytes) allowed; split it"
            )
        }
        var parser = JSONParser(bytes: bytes, limits: limits, lenient: text == .lenient)
        do {
            return try parser.document()
        } catch {
            throw ManifestError(error.code, source: source, at: position(of: error.offset, in: bytes), error.problem)
        }
    }

    /// `parse` for text.
    package static func parse(_ text: String, source: String = "JSON") throws(ManifestError) -> Tree {
        try parse(Array(text.utf8), source: source)
    }

    private static func position(of offset: Int, in bytes: [UInt8]) -> ManifestError.Position {
        let before = bytes.prefix(offset)
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        return ManifestError.Position(line: line, column: before.count - lineStart + 1)
    }
}

/// A problem at a byte; the reader adds the source and the line.
struct JSONProblem: Error {
    let code: ManifestError.Code
    let offset: Int
    let problem: String
}
