import CoreModel
import ManifestTree

/// When a source first saw the revisions that its registry has lately shown it, for policies with a minimum age. It
/// lives in the status, so that a restart forgets nothing.
struct FirstSeenRevisions: Hashable, Sendable {
    /// The most revisions that are remembered. Whoever pushes more of them makes the oldest wait anew, and none pass.
    static let capacity = 16

    /// One revision; the last one was seen last.
    struct Entry: Hashable, Sendable {
        let digest: Digest
        let time: Timestamp
    }

    private(set) var entries: [Entry]

    /// Reads `status.firstSeen`; what is malformed was never seen.
    init(_ tree: Tree?) {
        entries = (tree?.list ?? []).suffix(Self.capacity).compactMap { entry in
            guard let digest = entry["digest"]?.string.flatMap({ Digest($0) }),
                let time = entry["time"]?.string.flatMap({ Timestamp($0) })
            else { return nil }
            return Entry(digest: digest, time: time)
        }
    }

    /// When a revision was first seen, which is now where it was not before. A time that lies ahead is a clock that was
    /// wrong, and counts as now.
    mutating func see(_ digest: Digest, now: Timestamp) -> Timestamp {
        let held = entries.first { $0.digest == digest }
        let time = min(held?.time ?? now, now)
        if held?.time == time { return time }
        entries.removeAll { $0.digest == digest }
        entries.append(Entry(digest: digest, time: time))
        if entries.count > Self.capacity { entries.removeFirst(entries.count - Self.capacity) }
        return time
    }

    /// When a revision was first seen; nil where it was not.
    func time(of digest: Digest) -> Timestamp? { entries.first { $0.digest == digest }?.time }

    /// As the status holds it; nil where nothing was seen.
    var tree: Tree? {
        guard !entries.isEmpty else { return nil }
        return .list(
            entries.map { ["digest": .string($0.digest.description), "time": .string($0.time.description)] }
        )
    }
}
