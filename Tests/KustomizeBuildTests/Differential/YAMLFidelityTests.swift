import KustomizeBuild
import Testing

/// Random YAML comes out of a build as the real kustomize prints it, and what one cannot read, the other cannot.
@Suite(.enabled(if: KustomizePeer() != nil, "SLUICE_PEERS does not name the folder that hack/peers fills"))
struct YAMLFidelityTests {
    private static func source(_ text: String) -> SourceCase {
        SourceCase(files: [
            "kustomization.yaml": .text(Array("resources: [r.yaml]\n".utf8)), "r.yaml": .text(Array(text.utf8)),
        ])
    }

    /// Objects that this build reads, many in one build of kustomize; a few of those that it does not, one by one.
    @Test func randomObjectsPrintTheSame() async throws {
        let peer = try #require(KustomizePeer())
        let (first, count) = DifferentialRun.seeds(count: 200)
        var readable: [(name: String, text: String)] = []
        var refused: [String] = []
        for seed in first..<(first + count) {
            var random = RandomYAML(seed: seed)
            let name = "n\(100_000 + seed)"
            let text = random.object(named: name)
            if case .built = Self.source(text).ours { readable.append((name, text)) } else { refused.append(text) }
        }
        for text in refused.prefix(max(5, refused.count / 10)) {
            guard case .built(let theirs) = try peer.build(Self.source(text)) else { continue }
            Issue.record(
                "only we refuse\n\(text)\n\(Self.source(text).ours.shown)\n\(String(decoding: theirs, as: UTF8.self))"
            )
        }
        for start in stride(from: 0, to: readable.count, by: 200) {
            try compare(Array(readable[start..<min(start + 200, readable.count)]), with: peer)
        }
    }

    private func compare(_ objects: [(name: String, text: String)], with peer: KustomizePeer) throws {
        let source = Self.source(objects.map(\.text).joined())
        let (ours, theirs) = (source.ours, try peer.build(source))
        guard let difference = BuildOutcome.difference(ours: ours, theirs: theirs) else { return }
        if objects.count == 1 {
            let bytes = Array(objects[0].text.utf8)
            Issue.record(
                "\(difference)\n\(objects[0].text)\n\(bytes)\n--- ours\n\(ours.shown)--- theirs\n\(theirs.shown)"
            )
            return
        }
        if case (.built(let left), .built(let right)) = (ours, theirs) {
            let lefts = String(decoding: left, as: UTF8.self).split(
                separator: "\n---\n",
                omittingEmptySubsequences: false
            )
            let rights = String(decoding: right, as: UTF8.self).split(
                separator: "\n---\n",
                omittingEmptySubsequences: false
            )
            if lefts.count == objects.count, rights.count == objects.count {
                for index in objects.indices where lefts[index] != rights[index] {
                    Issue.record(
                        "output\n\(objects[index].text)\n--- ours\n\(lefts[index])\n--- theirs\n\(rights[index])"
                    )
                }
                return
            }
        }
        let middle = objects.count / 2
        try compare(Array(objects[..<middle]), with: peer)
        try compare(Array(objects[middle...]), with: peer)
    }
}
