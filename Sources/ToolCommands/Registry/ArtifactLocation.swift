import CoreModel
import OCIDistribution
import OCILayout
import SystemPackage

/// Where an artifact is, as it is written on the command line: `oci://registry/repository[:tag][@digest]` or
/// `oci-layout:PATH[:tag][@digest]`.
///
/// A layout's path ends where its last component holds a `:` or, before a digest, an `@`. Write a `/` at the end of a
/// path whose last component has a `:` of its own: `oci-layout:./app:old/`.
struct ArtifactLocation: Sendable, CustomStringConvertible {
    enum Place: Hashable, Sendable {
        case registry(Repository)
        case layout(FilePath)
    }

    let place: Place
    let tag: String?
    let digest: Digest?

    /// The repository of a registry. A layout belongs to none, and its path says nothing to who verifies.
    var repository: Repository? {
        if case .registry(let repository) = place { repository } else { nil }
    }

    private static let (registryScheme, layoutScheme) = ("oci://", "oci-layout:")

    /// - Throws: `ToolError` for another scheme and for what is no layout's path, `RegistryError` for a malformed
    ///   reference.
    init(_ text: String) throws {
        if text.hasPrefix(Self.layoutScheme) {
            try self.init(layout: text)
        } else if text.hasPrefix(Self.registryScheme) {
            let reference = try OCIReference(text)
            self.init(.registry(reference.repository), tag: reference.tag, digest: reference.digest)
        } else {
            throw ToolError(
                .usage,
                "The URL '\(text)' does not begin with oci://; write oci://registry/repository:tag, or "
                    + "oci-layout:PATH:tag for a layout on a disk"
            )
        }
    }

    /// The tag, or `latest` where neither tag nor digest is given.
    var effectiveTag: String? { tag ?? (digest == nil ? "latest" : nil) }

    /// What is read here: the digest where there is one, else the tag, else `latest`.
    var target: ManifestTarget { digest.map { .digest($0) } ?? .tag(effectiveTag ?? "latest") }

    /// The place without tag and digest: `ghcr.io/acme/app`, `oci-layout:/media/disk/app`.
    var name: String {
        switch place {
        case .registry(let repository): repository.description
        case .layout(let path): "\(Self.layoutScheme)\(path)"
        }
    }

    /// The same as it is written in messages: without `oci://`.
    var description: String { readableName + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "") }

    /// The name with what keeps a `:` in a path's last component from beginning a tag.
    private var readableName: String {
        guard case .layout(let path) = place, path.lastComponent?.string.contains(":") == true else { return name }
        return "\(name)/"
    }

    /// As it is written on the command line.
    var url: String {
        switch place {
        case .registry: "\(Self.registryScheme)\(self)"
        case .layout: description
        }
    }

    /// The same place with this digest and nothing else.
    func pinned(to digest: Digest) -> ArtifactLocation { ArtifactLocation(place, tag: nil, digest: digest) }

    /// The same place with this tag and nothing else.
    /// - Throws: `RegistryError` for what is no tag.
    func tagged(_ tag: String) throws -> ArtifactLocation {
        try Self.check(tag: tag, of: "\(name):\(tag)")
        return ArtifactLocation(place, tag: tag, digest: nil)
    }

    /// What the place is to those who read and write there; a registry is reached as the flags say.
    /// - Throws: as `RegistryOptions.session`.
    func repository(_ options: RegistryOptions, _ context: ToolContext) throws -> any ArtifactRepository {
        switch place {
        case .layout(let path): return ImageLayout(path)
        case .registry(let repository):
            let session = try options.session(for: repository, context)
            return RegistryRepository(client: session.client, repository: repository, access: session.access)
        }
    }

    private init(_ place: Place, tag: String?, digest: Digest?) {
        (self.place, self.tag, self.digest) = (place, tag, digest)
    }

    private init(layout text: String) throws {
        var path = text.dropFirst(Self.layoutScheme.count)
        var digest: Digest?
        if let at = path.lastIndex(of: "@"), Self.beginsWithAlgorithm(path[path.index(after: at)...]) {
            let written = path[path.index(after: at)...]
            digest = Digest(written)
            guard digest != nil else {
                throw ToolError(
                    .usage,
                    "The layout '\(text)' has the digest '\(written)'; expected is sha256: and 64 lower-case digits"
                )
            }
            path = path[..<at]
        }
        var tag: String?
        if let colon = path.lastIndex(of: ":"), !path[colon...].contains("/") {
            tag = String(path[path.index(after: colon)...])
            path = path[..<colon]
        }
        guard !path.isEmpty else {
            throw ToolError(.usage, "The layout '\(text)' names no directory; write oci-layout:PATH:tag")
        }
        if let tag { try Self.check(tag: tag, of: text) }
        self.init(.layout(FilePath(String(path))), tag: tag, digest: digest)
    }

    private static func check(tag: String, of text: String) throws {
        guard OCIReference.isTag(tag) else {
            throw ToolError(
                .usage,
                "The reference '\(text)' has the tag '\(tag.prefix(140))'; a tag begins with a letter, digit or '_' "
                    + "and has at most 128 letters, digits, '.', '_' and '-'"
            )
        }
    }

    private static func beginsWithAlgorithm(_ text: Substring) -> Bool {
        Digest.Algorithm.allCases.contains { text.hasPrefix("\($0.rawValue):") }
    }
}
