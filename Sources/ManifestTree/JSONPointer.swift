/// A JSON pointer (RFC 6901).
package struct JSONPointer: Hashable, Sendable, CustomStringConvertible {
    /// The unescaped names and indexes, outermost first; empty for the whole document.
    package var tokens: [String]

    package init(tokens: [String]) { self.tokens = tokens }

    /// Throws `ManifestError.patch` unless the text is empty or starts with a slash and its tildes are escapes.
    package init(_ text: String) throws(ManifestError) {
        guard !text.isEmpty else {
            tokens = []
            return
        }
        guard text.utf8.first == UInt8(ascii: "/") else {
            throw ManifestError(.patch, "the path \"\(text)\" is not a JSON pointer; start it with a slash")
        }
        var tokens: [String] = []
        for part in text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst() {
            guard let token = Self.unescape(part) else {
                throw ManifestError(.patch, "the path \"\(text)\" has a ~ that is neither ~0 nor ~1; write ~0 for a ~")
            }
            tokens.append(token)
        }
        self.tokens = tokens
    }

    package var description: String { tokens.map { "/" + Self.escape($0) }.joined() }

    /// The token as it stands in a pointer.
    package static func escape(_ token: String) -> String {
        var bytes: [UInt8] = []
        for byte in token.utf8 {
            switch byte {
            case UInt8(ascii: "~"): bytes += "~0".utf8
            case UInt8(ascii: "/"): bytes += "~1".utf8
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func unescape(_ part: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        var iterator = part.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "~") else {
                bytes.append(byte)
                continue
            }
            switch iterator.next() {
            case UInt8(ascii: "0"): bytes.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1"): bytes.append(UInt8(ascii: "/"))
            default: return nil
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Tree {
    /// The value a JSON pointer leads to; nil when it leads nowhere.
    package subscript(pointer: JSONPointer) -> Tree? {
        pointer.tokens.reduce(Optional(self)) { tree, token in
            switch tree {
            case .map(let map): return map[token]
            case .list(let list):
                guard let index = Int(token), list.indices.contains(index) else { return nil }
                return list[index]
            default: return nil
            }
        }
    }
}
