import CoreModel
import Synchronization

/// How far the blobs of a copy are.
package struct CopyProgress: Hashable, Sendable {
    /// Bytes that are done: sent, or found at the destination.
    package var done: Int64 = 0
    /// Bytes of all blobs that are known by now; it grows as manifests are read.
    package var total: Int64 = 0
}

/// What a copy has done.
package struct CopySummary: Hashable, Sendable {
    /// Manifests and indexes that were sent.
    package internal(set) var manifests = 0
    /// Tags that are right now.
    package internal(set) var tags = 0
    /// Signatures and other things that refer to what was copied, each once.
    package internal(set) var attachments = 0
    /// Blobs that were sent.
    package internal(set) var uploaded = 0
    /// Blobs that the registry took from its other repository.
    package internal(set) var mounted = 0
    /// Blobs that were there.
    package internal(set) var existed = 0
    /// Bytes of the blobs that were sent.
    package internal(set) var uploadedBytes: Int64 = 0
}

/// What the tasks of one copy know together.
final class CopyRun: Sendable {
    /// What is copied once.
    enum Item: Hashable, Sendable {
        case blob(Digest)
        case manifest(Digest)
    }

    private struct State {
        var summary = CopySummary()
        var progress = CopyProgress()
        var finished: Set<Item> = []
        var attachments: Set<Digest> = []
        /// Bytes of each blob under way that count as done.
        var moved: [Digest: Int64] = [:]
    }

    private let state = Mutex(State())
    private let flights = SingleFlight<Item, Bool>()
    private let places: Admission<Int>
    private let progress: @Sendable (CopyProgress) -> Void

    init(parallelBlobs: Int, progress: @escaping @Sendable (CopyProgress) -> Void) {
        places = Admission(places: parallelBlobs)
        self.progress = progress
    }

    var summary: CopySummary { state.withLock { $0.summary } }

    /// Does the work for an item unless it has been done; whoever comes meanwhile waits for its end.
    func once(_ item: Item, _ work: () async throws -> Void) async throws {
        if state.withLock({ $0.finished.contains(item) }) { return }
        _ = try await flights.value(for: item) {
            if state.withLock({ $0.finished.contains(item) }) { return true }
            try await work()
            state.withLock { _ = $0.finished.insert(item) }
            return true
        }
    }

    func withTransferPlace<Result: Sendable>(_ work: () async throws -> Result) async throws -> Result {
        try await places.admitted(with: 0, work)
    }

    func countManifest() { state.withLock { $0.summary.manifests += 1 } }

    func countTag() { state.withLock { $0.summary.tags += 1 } }

    func countAttachment(_ digest: Digest) {
        state.withLock { state in
            if state.attachments.insert(digest).inserted { state.summary.attachments += 1 }
        }
    }
}

// MARK: - Blobs under way

extension CopyRun {
    func begin(_ descriptor: Descriptor) { report { $0.progress.total += descriptor.size } }

    /// Tells how many bytes of a blob have been sent; fewer than before when it is sent again.
    func update(_ descriptor: Descriptor, _ bytes: Int64) {
        report { state in
            state.progress.done += bytes - (state.moved[descriptor.digest] ?? 0)
            state.moved[descriptor.digest] = bytes
        }
    }

    func end(_ descriptor: Descriptor, _ outcome: PushOutcome) {
        report { state in
            state.progress.done += descriptor.size - (state.moved.removeValue(forKey: descriptor.digest) ?? 0)
            switch outcome {
            case .existed: state.summary.existed += 1
            case .mounted: state.summary.mounted += 1
            case .uploaded:
                state.summary.uploaded += 1
                state.summary.uploadedBytes += descriptor.size
            }
        }
    }

    private func report(_ change: (inout State) -> Void) {
        let now = state.withLock { state in
            change(&state)
            return state.progress
        }
        progress(now)
    }
}
