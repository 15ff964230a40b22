internal import CoreModel
internal import ManifestTree

/// A pattern of segments between slashes: `*` stands for any characters of one segment, `**` as a segment of its own
/// for any number of segments, none included; everything else stands for itself.
///
/// Matched in time linear in pattern times text, whoever wrote either of them.
struct GlobPattern: Hashable, Sendable {
    let text: String
    private let pattern: LinearPattern

    /// - Throws: `StrictMap.Problem` that says what is wrong, as a phrase behind the pattern.
    init(_ text: String) throws(StrictMap.Problem) {
        guard !text.isEmpty else { throw .init(reason: "is empty") }
        let segments = text.split(separator: "/", omittingEmptySubsequences: false)
        if segments.contains(where: { $0.contains("**") && $0 != "**" }) {
            throw .init(reason: "has '**' beside other characters; it stands for whole segments")
        }
        self.text = text
        do {
            pattern = try LinearPattern(parsing: Self.expression(segments))
        } catch {
            throw .init(reason: error.phrase)
        }
    }

    func matches(_ text: String) -> Bool { pattern.matchesWhole(text) }

    /// Each segment with the slash in front of it, so that `**` may stand for nothing with its slash.
    private static func expression(_ segments: [Substring]) -> String {
        var parts: [String] = []
        var needsSlash = false
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            guard segment == "**" else {
                parts.append((needsSlash ? "/" : "") + expression(segment))
                needsSlash = true
                continue
            }
            if isLast {
                parts.append(needsSlash ? "(?:/[^/]*)*" : "(?:[^/]*/)*[^/]*")
            } else {
                // `a/**/b`: the slash in front of `b` is there once, whatever lies between.
                parts.append(needsSlash ? "(?:/[^/]*)*" : "(?:[^/]*/)*")
            }
        }
        return parts.joined()
    }

    private static func expression(_ segment: Substring) -> String {
        segment.unicodeScalars.map { scalar in
            switch scalar {
            case "*": "[^/]*"
            case "_": "_"
            case _ where scalar.isASCII && !scalar.properties.isAlphabetic && !("0"..."9").contains(scalar):
                "\\" + String(Character(scalar))
            default: String(Character(scalar))
            }
        }.joined()
    }
}
