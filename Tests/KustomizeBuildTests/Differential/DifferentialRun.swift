import Glibc
import SafeFiles
import Synchronization
import SystemPackage

/// Many random trees, each built by both, on two threads.
final class DifferentialRun: Sendable {
    /// A tree on which the two differ, made small.
    struct Finding: Sendable {
        let seed: UInt64
        let difference: BuildOutcome.Difference
        let source: SourceCase
        let ours: BuildOutcome
        let theirs: BuildOutcome

        /// Where it was kept as a fixture.
        let kept: String?

        var shown: String {
            let keeping = kept.map {
                "\n=== to keep it: cp -r \($0) Tests/KustomizeBuildTests/Fixtures/NAME, NAME saying what it is about\n"
            }
            return "seed \(seed): \(difference)\n\(source.shown)\n=== ours\n\(ours.shown)=== theirs\n\(theirs.shown)"
                + (keeping ?? "")
        }
    }

    private let peer: KustomizePeer
    private let make: @Sendable (UInt64) throws -> SourceCase
    private let end: UInt64
    private let most: Int
    /// Where findings are kept, each as a fixture; nil to show them only.
    private let keeping: FilePath?
    private let state: Mutex<State>

    private struct State {
        var next: UInt64
        var findings: [Finding] = []
        var tally = Tally()
    }

    /// How many trees both built, how many both refused, and on how many kustomize broke.
    struct Tally: Sendable {
        var built = 0
        var refused = 0
        var crashed = 0
    }

    /// What is run may be set from outside: the first seed, the number of trees, and after how many findings to stop.
    init(
        peer: KustomizePeer,
        count: Int,
        atMost limit: Int = .max,
        make: @escaping @Sendable (UInt64) throws -> SourceCase
    ) {
        self.peer = peer
        self.make = make
        let (first, count) = Self.seeds(count: count)
        end = first + min(count, UInt64(limit))
        most = Self.setting("SLUICE_DIFFERENTIAL_FINDINGS") ?? 5
        keeping = unsafe getenv("SLUICE_DIFFERENTIAL_KEEP").map { unsafe FilePath(String(cString: $0)) }
        state = Mutex(State(next: first))
    }

    /// The first seed, and how many.
    static func seeds(count: Int) -> (first: UInt64, count: UInt64) {
        (UInt64(setting("SLUICE_DIFFERENTIAL_SEED") ?? 1), UInt64(setting("SLUICE_DIFFERENTIAL_COUNT") ?? count))
    }

    private static func setting(_ name: String) -> Int? {
        unsafe getenv(name).flatMap { unsafe Int(String(cString: $0)) }
    }

    /// Everything that differs, and how much did not.
    func findings() async throws -> (findings: [Finding], tally: Tally) {
        let pool = BlockingPool(threads: 2)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 { group.addTask { try await pool.run { try self.work() } } }
            try await group.waitForAll()
        }
        return state.withLock { ($0.findings, $0.tally) }
    }

    private func work() throws {
        while let seed = takeSeed() {
            let source = try make(seed)
            let (ours, theirs) = (source.ours, try peer.build(source))
            guard let difference = source.difference(ours: ours, theirs: theirs) else {
                count(theirs)
                continue
            }
            let finding = try finding(seed, difference, source.shrunk(keeping: difference, with: peer))
            if let kept = finding.kept { try Self.note(finding.shown, beside: kept) }
            state.withLock { $0.findings.append(finding) }
        }
    }

    private func count(_ outcome: BuildOutcome) {
        state.withLock { state in
            switch outcome {
            case .built: state.tally.built += 1
            case .refused: state.tally.refused += 1
            case .crashed: state.tally.crashed += 1
            }
            let done = state.tally.built + state.tally.refused
            if done.isMultiple(of: 500) { print("\(done) trees are the same, up to seed \(state.next - 1)") }
        }
    }

    private func finding(_ seed: UInt64, _ difference: BuildOutcome.Difference, _ source: SourceCase) throws -> Finding
    {
        let theirs = try peer.build(source, explains: true)
        return Finding(
            seed: seed,
            difference: difference,
            source: source,
            ours: source.ours,
            theirs: theirs,
            kept: try keep(source, theirs, "random-\(seed)")
        )
    }

    /// A long run can be read while it goes on.
    private static func note(_ text: String, beside kept: String) throws {
        let path = FilePath("\(kept).txt")
        guard let name = path.lastComponent?.string else { return }
        try Directory.open(path.removingLastComponent()).writeAtomically(name, Array(text.utf8), mode: 0o644)
    }

    /// Writes a tree, and what kustomize makes of it, as `FixtureTests` reads them.
    private func keep(_ source: SourceCase, _ theirs: BuildOutcome, _ name: String) throws -> String? {
        guard let keeping else { return nil }
        let root = try Directory.open(keeping)
        if try root.status(name) != nil { try root.removeTree(name) }
        let fixture = try root.directory(name, creating: true, mode: 0o755)
        try source.write(into: try fixture.directory("in", creating: true, mode: 0o755))
        if !source.top.isEmpty { try fixture.createFile("path", mode: 0o644).write(Array("\(source.top)\n".utf8)) }
        switch theirs {
        case .built(let bytes): try fixture.createFile("out.yaml", mode: 0o644).write(bytes)
        case .refused, .crashed: try fixture.createFile("refused", mode: 0o644).write([])
        }
        return "\(keeping.appending(name))"
    }

    private func takeSeed() -> UInt64? {
        state.withLock { state in
            guard state.next < end, state.findings.count < most else { return nil }
            state.next += 1
            return state.next - 1
        }
    }
}
