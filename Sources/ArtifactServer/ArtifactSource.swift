package import SafeFiles

/// What the artifact server serves from. The store's adapter implements it; the server knows no file layout.
package protocol ArtifactSource: Sendable {
    /// Opens the artifact that has this path, relative to the storage root; nil where there is none.
    ///
    /// Called on a thread that may block. The path has been checked: four plain segments, no dots, no escapes.
    /// - Throws: any error for "cannot be told now"; the client is asked to come again.
    func openArtifact(_ path: String) throws -> ServedArtifact?

    /// Whether a path that has no artifact now may have one soon, since an object still names it. Such paths are
    /// answered with "come again" instead of "not found".
    func isExpected(_ path: String) -> Bool
}

/// One artifact, held open until its last byte is sent or its client is gone.
package struct ServedArtifact: Sendable {
    package let file: ReadableFile
    /// Differs for different bytes under one path; without quotes.
    package let entityTag: String
    /// The path will never name other bytes. Not so for `latest`, nor for a revision that a changed `ignore` rebuilds.
    package let isImmutable: Bool
    /// Whatever keeps the file from being collected; dropped with this value.
    private let lease: (any Sendable)?

    package init(file: ReadableFile, entityTag: String, isImmutable: Bool, lease: (any Sendable)? = nil) {
        self.file = file
        self.entityTag = entityTag
        self.isImmutable = isImmutable
        self.lease = lease
    }
}
