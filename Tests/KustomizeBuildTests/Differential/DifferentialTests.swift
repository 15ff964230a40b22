import Testing

/// Random trees, built by this build and by the real kustomize: every output has to be equal byte for byte, and what
/// one refuses, the other has to refuse. `hack/fuzz kustomize` runs many; a plain test run a few.
@Suite(.enabled(if: KustomizePeer() != nil, "SLUICE_PEERS does not name the folder that hack/peers fills"))
struct DifferentialTests {
    @Test func randomTreesBuildTheSame() async throws {
        let peer = try #require(KustomizePeer())
        let run = DifferentialRun(peer: peer, count: 60) { try RandomCase.make(seed: $0) }
        let (findings, tally) = try await run.findings()
        for finding in findings { Issue.record("\(finding.shown)") }
        let (first, count) = DifferentialRun.seeds(count: 60)
        print(
            "Of \(count) trees from seed \(first) on: \(tally.built) built the same, \(tally.refused) refused by both"
        )
    }
}
