import ArtifactStore
import CoreModel
import OCIDistribution
import SafeFiles
import SystemPackage

/// Brings a blob into a temporary file, and hands it over only once size and digest are right.
struct BlobDownload: Sendable {
    let directory: FilePath
    /// The most bytes that are taken.
    let limit: Int64
    let progress: @Sendable (Int64) -> Void

    /// The blob's file has no name any more; it is gone with the last reference.
    /// - Throws: `StoreError`, `RegistryError`, `FileError`.
    func fetch(_ blob: Descriptor, from repository: any ArtifactRepository) async throws -> IngestedBlob {
        let sink = try SessionSink(self, ExpectedBlob(digest: blob.digest, size: blob.size))
        try await repository.fetchBlob(blob, into: sink)
        return try await sink.finish()
    }
}

/// Takes the bytes of one transfer; used by one task at a time.
private final class SessionSink: BlobSink {
    /// Bytes that are gathered before a thread that may block writes them.
    private static let batch = 512 << 10

    private let download: BlobDownload
    private let directory: Directory
    private let expected: ExpectedBlob
    private var session: IngestSession
    private var waiting: [[UInt8]] = []
    private var waitingCount = 0

    var received: Int64 { session.received + Int64(waitingCount) }

    init(_ download: BlobDownload, _ expected: ExpectedBlob) throws {
        self.download = download
        self.expected = expected
        directory = try Directory.open(download.directory)
        session = try IngestSession(expected, limit: download.limit, in: directory, isNameless: true)
    }

    func write(_ bytes: [UInt8]) async throws {
        waiting.append(bytes)
        waitingCount += bytes.count
        if waitingCount >= Self.batch { try await flush() }
    }

    func reset() throws {
        session = try IngestSession(expected, limit: download.limit, in: directory, isNameless: true)
        waiting = []
        waitingCount = 0
    }

    /// What came, once it is what was expected; the sink is used up.
    func finish() async throws -> IngestedBlob {
        try await flush()
        let session = session
        return try await BlockingPool.shared.run { try session.finish() }
    }

    private func flush() async throws {
        let (session, pieces) = (session, waiting)
        waiting = []
        waitingCount = 0
        try await BlockingPool.shared.run { for piece in pieces { try session.write(piece) } }
        download.progress(received)
    }
}
