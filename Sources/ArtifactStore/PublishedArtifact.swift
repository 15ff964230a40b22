internal import ArchiveIO
package import CoreModel
package import SafeFiles

/// A verified blob, unpacked. Only `ContentStore.unpack` makes one. Gone with the last reference.
package final class SourceTree: Sendable {
    package let directory: Directory
    /// Symbolic links that were left out.
    package let skippedLinks: Int
    private let temporary: TemporaryDirectory

    init(_ temporary: TemporaryDirectory, _ summary: ExtractionSummary) {
        self.temporary = temporary
        directory = temporary.directory
        skippedLinks = summary.skippedLinks
    }
}

/// An artifact's bytes, complete and hashed, not yet under a name that anybody serves. Gone with the last reference,
/// unless it is published.
package final class StagedArtifact: Sendable {
    /// Of the bytes that will be served.
    package let digest: Digest
    /// Bytes.
    package let size: Int64
    let temporary: TemporaryFile
    /// Keeps a blob alive that lends its file.
    private let blob: IngestedBlob?

    init(digest: Digest, temporary: TemporaryFile, blob: IngestedBlob? = nil) {
        self.digest = digest
        size = temporary.file.size
        self.temporary = temporary
        self.blob = blob
    }
}

/// An artifact under its name, safe from a power cut.
package struct PublishedArtifact: Hashable, Sendable {
    package let path: ArtifactPath
    /// Of the bytes that are served.
    package let digest: Digest
    /// Bytes.
    package let size: Int64

    package init(path: ArtifactPath, digest: Digest, size: Int64) {
        self.path = path
        self.digest = digest
        self.size = size
    }
}

/// An artifact held open: its content stays readable until the lease is gone, whatever is collected meanwhile.
package final class ArtifactLease: Sendable {
    package let file: ReadableFile
    /// Where it was found; of a request for `latest`, the artifact that this led to.
    package let path: ArtifactPath

    init(file: ReadableFile, path: ArtifactPath) {
        self.file = file
        self.path = path
    }
}

/// What `ContentStore.verifyStored` found.
package enum StoredState: Hashable, Sendable {
    case intact
    case missing
    /// Other bytes than were stored; they were removed, so that nobody is served them.
    case corrupt
}
