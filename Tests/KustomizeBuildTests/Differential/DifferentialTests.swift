import Testing

/// Random trees, built by this build and by the real kustomize: every output has to be equal byte for byte, and what
/// one refuses, the other has to refuse. `hack/fuzz kustomize` runs many; a plain test run a few.
@Suite(.enabled(if: KustomizePeer() != nil, "SLUICE_PEERS does not name the folder that hack/peers fills"))
struct DifferentialTests {
    @Test func randomTreesBuildTheSame() async throws {
        let peer = try #require(KustomizePeer())
        let run = DifferentialRun(peer: peer, count: 60) { try RandomCase.make(seed: $0) }
        for finding in try await run.findings() { Issue.record("\(finding.shown)") }
    }
}
