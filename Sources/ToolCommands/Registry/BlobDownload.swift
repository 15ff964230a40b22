import CoreModel
import OCIDistribution
import SafeFiles
import SignatureCrypto
import Synchronization
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
        let sink = try FileSink(directory, blob.digest.algorithm, progress)
        try await repository.fetchBlob(blob, into: sink)
        let (file, actual) = try await sink.finish()
        guard actual == blob.digest else {
            let place = "The layer \(blob.digest) of \(repository.name)"
            throw ToolError(
                .artifact,
                "\(place) was sent with other content (its digest is \(actual)); nothing is kept"
            )
        }
        return file
    }
}

/// Takes the bytes of one transfer, hashing on the way; used by one task at a time.
private final class FileSink: BlobSink {
    /// Bytes that are gathered before a thread that may block writes them.
    private static let batch = 512 << 10

    private let directory: Directory
    private let algorithm: Digest.Algorithm
    private let progress: @Sendable (Int64) -> Void
    private var file: HashedFile
    private var waiting: [[UInt8]] = []
    private var waitingCount = 0

    var received: Int64 { file.size + Int64(waitingCount) }

    init(_ path: FilePath, _ algorithm: Digest.Algorithm, _ progress: @escaping @Sendable (Int64) -> Void) throws {
        directory = try Directory.open(path)
        self.algorithm = algorithm
        file = try HashedFile(in: directory, algorithm)
        self.progress = progress
    }

    func write(_ bytes: [UInt8]) async throws {
        waiting.append(bytes)
        waitingCount += bytes.count
        if waitingCount >= Self.batch { try await flush() }
    }

    func reset() throws {
        file = try HashedFile(in: directory, algorithm)
        waiting = []
        waitingCount = 0
    }

    /// The file and the digest of what came; the sink is used up.
    func finish() async throws -> (ReadableFile, Digest) {
        try await flush()
        return try file.finish()
    }

    private func flush() async throws {
        let (file, pieces) = (file, waiting)
        waiting = []
        waitingCount = 0
        try await BlockingPool.shared.run { try file.write(pieces) }
        progress(received)
    }
}

/// A file without a name, so that it is gone even when the command is killed, and the digest of what is in it.
private final class HashedFile: Sendable {
    private let temporary: TemporaryFile
    private let stream: Mutex<DigestStream>

    var size: Int64 { temporary.file.size }

    init(in directory: Directory, _ algorithm: Digest.Algorithm) throws {
        temporary = try TemporaryFile(in: directory)
        temporary.discard()
        stream = Mutex(try DigestStream(algorithm))
    }

    func write(_ pieces: [[UInt8]]) throws {
        try stream.withLock { stream in
            for piece in pieces {
                try temporary.file.write(piece)
                stream.update(piece)
            }
        }
    }

    func finish() throws -> (ReadableFile, Digest) {
        (try temporary.file.reopened(), try stream.withLock { try $0.finish() })
    }
}
