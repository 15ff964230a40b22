internal import CoreModel

/// Counts what an archive unpacks to, and refuses as soon as a limit is passed.
struct LimitMeter {
    let limits: ArtifactLimits
    private(set) var entries = 0
    private(set) var bytes: Int64 = 0
    private var trailing: Int64 = 0
    private var packedBefore: Int64 = 0
    private var unpackedBefore: Int64 = 0

    init(limits: ArtifactLimits) { self.limits = limits }

    /// - Throws: `ArchiveError.tooManyEntries`.
    mutating func countEntry(_ name: String) throws {
        entries += 1
        guard entries <= limits.entries else {
            throw ArchiveError(
                .tooManyEntries,
                entry: name,
                "is beyond the limit of \(limits.entries) entries for one artifact"
            )
        }
    }

    /// Before any byte is unpacked: what the entry says of itself.
    /// - Throws: `ArchiveError.tooLarge`.
    func check(announced size: Int64, _ name: String) throws {
        guard size >= 0, size <= limits.uncompressedBytes - bytes else { throw tooLarge(name) }
    }

    /// - Throws: `ArchiveError.tooLarge`.
    mutating func count(bytes count: Int64, _ name: String) throws {
        guard count <= limits.uncompressedBytes - bytes else { throw tooLarge(name) }
        bytes += count
    }

    /// Compares what came out with what went in so far, both of all archives.
    /// - Parameter progress: of the archive that is being read.
    /// - Throws: `ArchiveError.ratio`.
    func check(_ progress: (packed: Int64, unpacked: Int64), _ name: String) throws {
        guard exceedsRatio(progress) else { return }
        throw ArchiveError(
            .ratio,
            entry: name,
            "unpacks to more than \(limits.ratio) times its packed size, as only a decompression bomb does"
        )
    }

    /// Counts what follows an archive's end mark: it is unpacked like the rest, if only to be dropped.
    /// - Throws: `ArchiveError`: `.tooLarge`, `.ratio`.
    mutating func count(trailing count: Int, _ progress: (packed: Int64, unpacked: Int64)) throws {
        trailing += Int64(count)
        guard trailing <= max(limits.uncompressedBytes, 1 << 20) else {
            let limit = ByteCount(limits.uncompressedBytes)
            throw ArchiveError(
                .tooLarge,
                "The archive goes on after its end mark, beyond the limit of \(limit) unpacked"
            )
        }
        guard !exceedsRatio(progress) else {
            throw ArchiveError(
                .ratio,
                "The archive unpacks to more than \(limits.ratio) times its packed size, as only a bomb does"
            )
        }
    }

    /// What is read next belongs to another archive.
    mutating func endArchive(_ progress: (packed: Int64, unpacked: Int64)) {
        packedBefore += progress.packed
        unpackedBefore += progress.unpacked
    }

    private func exceedsRatio(_ progress: (packed: Int64, unpacked: Int64)) -> Bool {
        let out = max(unpackedBefore + progress.unpacked, bytes)
        // A manifest that repeats itself packs better than a bomb, and does no harm while it is small.
        guard out > 16 << 20 else { return false }
        return out / Int64(max(limits.ratio, 1)) > max(packedBefore + progress.packed, 1)
    }

    private func tooLarge(_ name: String) -> ArchiveError {
        ArchiveError(
            .tooLarge,
            entry: name,
            "takes the artifact beyond the limit of \(ByteCount(limits.uncompressedBytes)) unpacked"
        )
    }
}
