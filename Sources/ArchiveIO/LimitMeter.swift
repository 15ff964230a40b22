internal import CoreModel

/// Counts what an archive unpacks to, and refuses as soon as a limit is passed.
struct LimitMeter {
    let limits: ArtifactLimits
    private(set) var entries = 0
    private(set) var bytes: Int64 = 0

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

    /// Compares what came out with what went in so far, both of the whole archive.
    /// - Throws: `ArchiveError.ratio`.
    func check(unpacked: Int64, packed: Int64, _ name: String) throws {
        let out = max(unpacked, bytes)
        // A manifest that repeats itself packs better than a bomb, and does no harm while it is small.
        guard out > 16 << 20 else { return }
        guard out / Int64(max(limits.ratio, 1)) <= max(packed, 1) else {
            throw ArchiveError(
                .ratio,
                entry: name,
                "unpacks to more than \(limits.ratio) times its packed size, as only a decompression bomb does"
            )
        }
    }

    private func tooLarge(_ name: String) -> ArchiveError {
        ArchiveError(
            .tooLarge,
            entry: name,
            "takes the artifact beyond the limit of \(ByteCount(limits.uncompressedBytes)) unpacked"
        )
    }
}
