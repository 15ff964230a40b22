import CoreModel

/// A path that an artifact can have: `<kind>/<namespace>/<name>/<digest or "latest">.tar.gz`, and nothing else.
struct ArtifactPath: Hashable, Sendable {
    /// Relative to the storage root, without escapes.
    let relative: String

    /// Takes the target of a request line. Nil for anything that is not exactly such a path, so that neither a
    /// directory nor a place outside can be named. `%XX` is decoded once; a query is ignored.
    init?(requestTarget target: String) {
        guard let path = Self.decode(target.prefix { $0 != "?" }.utf8), path.hasPrefix("/") else { return nil }
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard segments.count == 4, segments.prefix(3).allSatisfy(Self.isObjectName) else { return nil }
        guard segments[3].hasSuffix(Self.suffix) else { return nil }
        let stem = segments[3].dropLast(Self.suffix.count)
        guard stem == "latest" || Digest(stem) != nil else { return nil }
        relative = String(path.dropFirst())
    }

    private static let suffix = ".tar.gz"

    /// Kubernetes' DNS subdomain characters (RFC 1123), beginning with a letter or digit: neither `.` nor `..`.
    private static func isObjectName(_ segment: Substring) -> Bool {
        guard let first = segment.utf8.first, first != 0x2D, first != 0x2E, segment.utf8.count <= 253 else {
            return false
        }
        return segment.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "-"), UInt8(ascii: "."): true
            default: false
            }
        }
    }

    private static func decode(_ text: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
