import Glibc
import SafeFiles
import Synchronization

/// Many random trees, each built by both, on two threads.
final class DifferentialRun: Sendable {
    /// A tree on which the two differ, made small.
    struct Finding: Sendable {
        let seed: UInt64
        let difference: BuildOutcome.Difference
        let source: SourceCase
        let ours: BuildOutcome
        let theirs: BuildOutcome

        var shown: String {
            "seed \(seed): \(difference)\n\(source.shown)\n=== ours\n\(ours.shown)=== theirs\n\(theirs.shown)"
        }
    }

    private let peer: KustomizePeer
    private let make: @Sendable (UInt64) throws -> SourceCase
    private let end: UInt64
    private let most: Int
    private let state: Mutex<(next: UInt64, findings: [Finding])>

    /// What is run may be set from outside: the first seed, the number of trees, and after how many findings to stop.
    init(peer: KustomizePeer, count: Int, make: @escaping @Sendable (UInt64) throws -> SourceCase) {
        self.peer = peer
        self.make = make
        let (first, count) = Self.seeds(count: count)
        end = first + count
        most = Self.setting("SLUICE_DIFFERENTIAL_FINDINGS") ?? 5
        state = Mutex((first, []))
    }

    /// The first seed, and how many.
    static func seeds(count: Int) -> (first: UInt64, count: UInt64) {
        (UInt64(setting("SLUICE_DIFFERENTIAL_SEED") ?? 1), UInt64(setting("SLUICE_DIFFERENTIAL_COUNT") ?? count))
    }

    private static func setting(_ name: String) -> Int? {
        unsafe getenv(name).flatMap { unsafe Int(String(cString: $0)) }
    }

    /// Everything that differs.
    func findings() async throws -> [Finding] {
        let pool = BlockingPool(threads: 2)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 { group.addTask { try await pool.run { try self.work() } } }
            try await group.waitForAll()
        }
        return state.withLock { $0.findings }
    }

    private func work() throws {
        while let seed = takeSeed() {
            let source = try make(seed)
            guard let difference = try peer.difference(source) else { continue }
            let small = try source.shrunk(keeping: difference, with: peer)
            let finding = Finding(
                seed: seed,
                difference: difference,
                source: small,
                ours: small.ours,
                theirs: try peer.build(small)
            )
            state.withLock { $0.findings.append(finding) }
        }
    }

    private func takeSeed() -> UInt64? {
        state.withLock { state in
            guard state.next < end, state.findings.count < most else { return nil }
            state.next += 1
            return state.next - 1
        }
    }
}
