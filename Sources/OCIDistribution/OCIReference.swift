package import CoreModel

/// A reference to a manifest: a repository with a tag, a digest, both or neither.
package struct OCIReference: Hashable, Sendable, CustomStringConvertible {
    package let repository: Repository
    package let tag: String?
    package let digest: Digest?

    /// Parses `[oci://][host[:port]/]path[:tag][@digest]`.
    /// - Throws: `RegistryError.invalidReference` that names the wrong part.
    package init(_ text: String) throws {
        var name = Repository.withoutScheme(text)
        var digest: Digest?
        if let at = name.utf8.firstIndex(of: UInt8(ascii: "@")) {
            let written = name[name.utf8.index(after: at)...]
            digest = Digest(written)
            if digest == nil {
                throw Repository.invalid(
                    text,
                    "has the digest '\(written)'; expected is sha256: and 64 lower-case digits"
                )
            }
            name = name[..<at]
        }
        var tag: String?
        if let colon = Repository.tagSeparator(in: name) {
            let written = String(name[name.utf8.index(after: colon)...])
            try Self.check(tag: written, of: text)
            tag = written
            name = name[..<colon]
        }
        repository = try Repository(name: name, of: text)
        self.tag = tag
        self.digest = digest
    }

    /// - Throws: `RegistryError.invalidReference` for a tag that breaks the grammar.
    package init(repository: Repository, tag: String) throws {
        try Self.check(tag: tag, of: "\(repository):\(tag)")
        self.init(repository: repository, checkedTag: tag, digest: nil)
    }

    /// A reference to exactly this content.
    package init(repository: Repository, digest: Digest) {
        self.init(repository: repository, checkedTag: nil, digest: digest)
    }

    private init(repository: Repository, checkedTag: String?, digest: Digest?) {
        self.repository = repository
        tag = checkedTag
        self.digest = digest
    }

    /// The tag, or `latest` where neither tag nor digest is given.
    package var effectiveTag: String? { tag ?? (digest == nil ? "latest" : nil) }

    /// The same repository and tag, pinned to a digest.
    package func pinned(to digest: Digest) -> OCIReference {
        OCIReference(repository: repository, checkedTag: tag, digest: digest)
    }

    /// `host/path[:tag][@digest]`
    package var description: String {
        "\(repository)" + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }

    /// The description with `oci://` in front.
    package var url: String { "oci://\(self)" }

    /// Whether the text is a tag by the distribution spec's grammar.
    package static func isTag(_ text: String) -> Bool { ReferenceGrammar.isTag(text) }

    private static func check(tag: String, of text: String) throws {
        guard ReferenceGrammar.isTag(tag) else {
            throw Repository.invalid(
                text,
                "has the tag '\(tag.prefix(140))'; a tag begins with a letter, digit or '_' and has at most "
                    + "128 letters, "
                    + "digits, '.', '_' and '-'"
            )
        }
    }
}
