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

    /// A sample of the table of fields, spread over it; all of it in a long run.
    @Test func fieldsTakeTheSameValues() async throws {
        let peer = try #require(KustomizePeer())
        let cases = FieldTable.cases
        let run = DifferentialRun(peer: peer, count: 100, atMost: cases.count) { seed in
            // A prime that does not divide their number: every case comes once before any comes again.
            cases[Int(seed * 7919 % UInt64(cases.count))]
        }
        let (findings, tally) = try await run.findings()
        for finding in findings { Issue.record("\(finding.shown)") }
        print("Of \(cases.count) fields with values: \(tally.built) built the same, \(tally.refused) refused by both")
    }
}
