package import CoreModel

/// The object that an artifact belongs to, and with it the directory: `<kind in lower case>/<namespace>/<name>`.
package struct ArtifactOwner: Hashable, Sendable, CustomStringConvertible {
    package let kind: String
    package let namespace: String
    package let name: String

    /// - Throws: `StoreError.invalidPath` when a part is no Kubernetes name.
    package init(kind: String, namespace: String, name: String) throws {
        self.kind = kind.lowercased()
        self.namespace = namespace
        self.name = name
        guard Self.isKind(self.kind), Self.isName(namespace), Self.isName(name) else {
            throw StoreError(
                .invalidPath,
                "The object \(kind)/\(namespace)/\(name) cannot own an artifact: that is no Kubernetes name"
            )
        }
    }

    /// The directory below the storage folder.
    package var path: String { "\(kind)/\(namespace)/\(name)" }
    package var description: String { path }

    /// RFC 1123 subdomains, which is what Kubernetes takes for names: never `.`, `..`, hidden, or with a slash.
    private static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= 253, bytes.first != 0x2E, bytes.first != 0x2D else { return false }
        return bytes.allSatisfy { isLowerOrDigit($0) || $0 == 0x2D || $0 == 0x2E }
    }

    private static func isKind(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 63 && text.utf8.allSatisfy(isLowerOrDigit)
    }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }
}

/// The place of one artifact below the storage folder: `<kind>/<namespace>/<name>/<algorithm>:<hex>.tar.gz`, where the
/// digest is that of the source's revision, as Flux has it. `latest.tar.gz` leads to the newest.
package struct ArtifactPath: Hashable, Sendable, CustomStringConvertible {
    static let latestName = "latest.tar.gz"
    private static let suffix = ".tar.gz"

    package let owner: ArtifactOwner
    /// The digest of the revision; nil for `latest.tar.gz`.
    package let revision: Digest?

    package init(owner: ArtifactOwner, revision: Digest) {
        self.owner = owner
        self.revision = revision
    }

    /// The path of the owner's newest artifact.
    package static func latest(of owner: ArtifactOwner) -> ArtifactPath { ArtifactPath(owner: owner, optional: nil) }

    /// Parses the path of a request or a status.
    /// - Throws: `StoreError.invalidPath` for anything that is not exactly of the shape.
    package init(_ text: String) throws {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let failure = StoreError(.invalidPath, "The path \(text.debugDescription) is not that of an artifact")
        guard parts.count == 4, parts[0].utf8.elementsEqual(parts[0].lowercased().utf8) else { throw failure }
        guard let owner = try? ArtifactOwner(kind: parts[0], namespace: parts[1], name: parts[2]) else { throw failure }
        if parts[3].utf8.elementsEqual(Self.latestName.utf8) {
            self.init(owner: owner, optional: nil)
            return
        }
        guard let revision = Self.revision(ofFile: parts[3]) else { throw failure }
        self.init(owner: owner, optional: revision)
    }

    private init(owner: ArtifactOwner, optional revision: Digest?) {
        self.owner = owner
        self.revision = revision
    }

    /// The last component.
    var fileName: String { revision.map { "\($0)\(Self.suffix)" } ?? Self.latestName }
    package var description: String { "\(owner.path)/\(fileName)" }

    /// The revision that a file name stands for; nil for other files.
    static func revision(ofFile name: String) -> Digest? {
        name.hasSuffix(suffix) ? Digest(name.dropLast(suffix.count)) : nil
    }
}
