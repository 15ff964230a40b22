/// A source revision as Flux's RFC-0005 writes it: `tag@algorithm:hex`, or `algorithm:hex` alone for a pinned digest.
package struct Revision: Hashable, Sendable, CustomStringConvertible {
    /// The human-readable name the digest was reached by, where there was one.
    package let name: String?
    package let digest: Digest

    package init(name: String? = nil, digest: Digest) {
        self.name = name
        self.digest = digest
    }

    /// Parses either form; the digest is what follows the last `@`.
    package init?(_ text: String) {
        guard let at = text.lastIndex(of: "@") else {
            guard let digest = Digest(text) else { return nil }
            self.init(digest: digest)
            return
        }
        guard let digest = Digest(text[text.index(after: at)...]) else { return nil }
        self.init(name: String(text[..<at]), digest: digest)
    }

    package var description: String {
        name.map { "\($0)@\(digest)" } ?? digest.description
    }
}
