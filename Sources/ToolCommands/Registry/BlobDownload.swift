import CoreModel
import OCIDistribution
import SafeFiles
import SignatureCrypto
import SystemPackage

/// Brings a blob into a temporary file, and hands it over only once size and digest are right.
struct BlobDownload: Sendable {
    let directory: FilePath
    /// The most bytes that are taken.
    let limit: Int64
    let progress: @Sendable (Int64) -> Void

    /// The file has no name any more; it is gone with the last reference.
    /// - Throws: `ToolError`, `RegistryError`, `FileError`.
    func fetch(_ blob: Descriptor, from repository: any ArtifactRepository) async throws -> ReadableFile {
        guard blob.size <= limit else {
            let size = ByteCount(blob.size)
            throw ToolError(.artifact, "The layer \(blob.digest) has \(size); at most \(ByteCount(limit)) are accepted")
        }
        let sink = try FileSink(directory, progress)
        try await repository.fetchBlob(blob, into: sink)
        let actual = try sink.digest(blob.digest.algorithm)
        guard actual == blob.digest else {
            let place = "The layer \(blob.digest) of \(repository.name)"
            throw ToolError(
                .artifact,
                "\(place) was sent with other content (its digest is \(actual)); nothing is kept"
            )
        }
        return try sink.finished()
    }
}

/// Takes the bytes of one transfer; used by one task at a time.
private final class FileSink: BlobSink {
    private let directory: Directory
    private let progress: @Sendable (Int64) -> Void
    private var temporary: TemporaryFile

    var received: Int64 { temporary.file.size }

    init(_ path: FilePath, _ progress: @escaping @Sendable (Int64) -> Void) throws {
        directory = try Directory.open(path)
        temporary = try Self.nameless(in: directory)
        self.progress = progress
    }

    func write(_ bytes: [UInt8]) async throws {
        let file = temporary.file
        try await BlockingPool.shared.run { try file.write(bytes) }
        progress(received)
    }

    func reset() throws { temporary = try Self.nameless(in: directory) }

    /// A file that is gone even when the command is interrupted or killed.
    private static func nameless(in directory: Directory) throws -> TemporaryFile {
        let file = try TemporaryFile(in: directory)
        file.discard()
        return file
    }

    func digest(_ algorithm: Digest.Algorithm) throws -> Digest {
        let stream = try DigestStream(algorithm)
        try unsafe finished().forEachPiece { unsafe stream.update($0) }
        return try stream.finish()
    }

    func finished() throws -> ReadableFile { try temporary.file.reopened() }
}
