package import CoreModel
package import SafeFiles

/// What the artifact server serves from. The store's adapter implements it; the server knows no file layout.
package protocol ArtifactSource: Sendable {
    /// Opens the artifact that has this path, relative to the storage root; nil where there is none.
    ///
    /// Called on a thread that may block. The path has been checked: four plain segments, no dots, no escapes.
    /// - Throws: any error for "cannot be told now"; the client is asked to come again.
    func openArtifact(_ path: String) throws -> ServedArtifact?

    /// True from the start of the process until every artifact that objects still name was looked for. Unknown paths
    /// are then answered with "come again" instead of "not found".
    var isRebuilding: Bool { get }
}

/// One artifact, held open until its last byte is sent or its client is gone.
package struct ServedArtifact: Sendable {
    package let file: ReadableFile
    /// The digest of the file's bytes; it is the entity tag.
    package let digest: Digest
    /// The path will never name other bytes. Not so for `latest`, nor for a revision that a changed `ignore` rebuilds.
    package let isImmutable: Bool
    /// Whatever keeps the file from being collected; dropped with this value.
    private let lease: (any Sendable)?

    package init(file: ReadableFile, digest: Digest, isImmutable: Bool, lease: (any Sendable)? = nil) {
        self.file = file
        self.digest = digest
        self.isImmutable = isImmutable
        self.lease = lease
    }
}
