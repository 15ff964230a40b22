import CoreModel
import HTTPExchange
import Synchronization

/// Names a question to a registry: equal ones have equal answers, since registry, way there and credentials are the
/// same.
struct ResolutionKey: Hashable, Sendable {
    let reference: OCIReference
    let endpoint: RegistryEndpoint
    /// Of the credentials; see `RegistryCredentials.identity`.
    let identity: String
    /// Only operations with equal bounds wait for each other.
    let timeout: Duration?
    let idleTimeout: Duration?
}

/// What tags stood for when they were last looked at, for those who do not need to know it to the second. Bounded, in
/// memory only.
final class ResolutionMemory: Sendable {
    private static let capacity = 4096

    private let answers = Mutex<[ResolutionKey: (revision: ResolvedRevision, time: Timestamp)]>([:])
    private let clock: any WallClock

    init(clock: any WallClock) { self.clock = clock }

    /// Nil where nothing was asked within the age.
    func revision(for key: ResolutionKey, within age: Duration) -> ResolvedRevision? {
        let now = clock.now()
        return answers.withLock { answers in
            guard let answer = answers[key], answer.time <= now, now - answer.time <= age else { return nil }
            return answer.revision
        }
    }

    /// `time` is when the question was asked, so that the answer cannot be older than its age says.
    func remember(_ revision: ResolvedRevision, for key: ResolutionKey, asked time: Timestamp) {
        answers.withLock { answers in
            if answers.count >= Self.capacity { answers = [:] }
            answers[key] = (revision, time)
        }
    }

    /// Called when a repository was written to.
    func forget(_ repository: Repository) {
        answers.withLock { answers in
            guard answers.contains(where: { $0.key.reference.repository == repository }) else { return }
            answers = answers.filter { $0.key.reference.repository != repository }
        }
    }
}
