import ArtifactTrust
import CoreModel
import OCIDistribution
import SignatureCrypto
import Testing

/// How many have to vouch, and who counts.
struct ThresholdTests {
    /// An authority for each list of keys, and which keys have signed, in which order.
    struct Scene: Sendable, CustomTestStringConvertible {
        let why: String
        let authorities: [[Int]]
        let threshold: Int
        let signatures: [Int]
        let vouching: [Bool]
        let holds: Bool
        var testDescription: String { why }

        init(_ why: String, _ authorities: [[Int]], _ threshold: Int, signed signatures: [Int], _ vouching: [Bool]) {
            self.why = why
            self.authorities = authorities
            self.threshold = threshold
            self.signatures = signatures
            self.vouching = vouching
            holds = vouching.count { $0 } >= threshold
        }
    }

    static let scenes: [Scene] = [
        Scene("two of three", [[0], [1], [2]], 2, signed: [0, 2], [true, false, true]),
        Scene("one of two, and two are asked for", [[0], [1], [2]], 2, signed: [1], [false, true, false]),
        Scene("all of three", [[0], [1], [2]], 3, signed: [2, 1, 0], [true, true, true]),
        Scene("one signer many times", [[0], [1]], 2, signed: [0, 0, 0], [true, false]),
        Scene("one key under two names", [[0], [0]], 2, signed: [0], [true, false]),
        Scene("one key under two names, signed twice", [[0], [0]], 2, signed: [0, 0], [true, false]),
        Scene("strangers do not count", [[0], [1]], 2, signed: [2, 0, 2], [true, false]),
        Scene("a key of two authorities stands for one", [[0, 1], [1, 2]], 2, signed: [1], [true, false]),
        Scene("who gives way to whom", [[0, 1], [1, 2]], 2, signed: [1, 0], [true, true]),
        Scene("and further", [[0, 1], [0, 2], [1]], 3, signed: [0, 1, 2], [true, true, true]),
        Scene("three claim two signers", [[0, 1], [0, 1], [0, 1]], 3, signed: [0, 1], [true, true, false]),
        Scene("one authority with several signers is one", [[0, 1], [2]], 2, signed: [0, 1], [true, false]),
    ]

    @Test(arguments: scenes)
    func counts(scene: Scene) async throws {
        let keys = [try TestKeys.first(), try TestKeys.second(), try TestKeys.third()]
        let authorities = try scene.authorities.enumerated().map { index, members in
            let named = members.map { NamedKey(name: "key\($0)", key: keys[$0].publicKey) }
            return TrustAuthority(name: "authority\(index)", method: .cosignKeys(try CosignKeyMethod(keys: named)))
        }
        let rule = try TrustRule(name: "release", authorities: authorities, threshold: scene.threshold)
        var tagged = try SignedRevision()
        var bundled = tagged
        bundled.answer = .nothing
        for signer in scene.signatures {
            try tagged.sign(tagged.payload(), by: keys[signer])
            try bundled.add(by: keys[signer])
        }
        for revision in [tagged, bundled] {
            let verdict = try await revision.verdict(TrustPolicy(rule))
            #expect(verdict.isVerified == scene.holds, "\(verdict)")
            #expect(verdict.authorities.map(\.isSatisfied) == scene.vouching)
            if !scene.holds {
                let asked = "the policy 'release' asks for \(scene.threshold) of \(scene.authorities.count) authorities"
                #expect(verdict.description.contains(asked), "\(verdict)")
            }
        }
    }

    @Test func signaturesOfBothFormatsCountTogether() async throws {
        let keys = [try TestKeys.first(), try TestKeys.second()]
        var revision = try SignedRevision.signed(by: keys[0])
        try revision.add(by: keys[1])
        let verdict = try await revision.verdict(TrustPolicy(rule("both", keys, threshold: 2)))
        #expect(verdict.outcome == .verified(by: "key0, key1"))
        #expect(verdict.signatures.map(\.format) == [.tag, .bundle])
    }

    @Test func everyRuleHasToHold() async throws {
        let keys = [try TestKeys.first(), try TestKeys.second()]
        let rules = [try rule("cluster", [keys[0]]), try rule("team", [keys[1]])]
        let one = try await SignedRevision.signed(by: keys[0]).verdict(TrustPolicy(rules: rules))
        #expect(one.rules.map(\.isSatisfied) == [true, false])
        #expect(one.description.contains("the policy 'team' asks for 1 of 1 authorities, and none of them vouches"))
        #expect(VerifiedRevision(one) == nil)
        let both = try await SignedRevision.signed(by: keys[0], keys[1]).verdict(TrustPolicy(rules: rules))
        #expect(both.isVerified, "\(both)")
    }

    @Test func eachSignatureIsFetchedOnceForAllRules() async throws {
        let keys = [try TestKeys.first(), try TestKeys.second(), try TestKeys.third()]
        var revision = try SignedRevision.signed(by: keys[0], keys[1])
        try revision.add(by: keys[2])
        let source = CountingSource(MemorySource(revision: revision))
        let rules = try (0..<3).map { try rule("rule\($0)", [keys[$0], keys[2]]) }
        let verifier = ArtifactVerifier(source: source)
        #expect(try await verifier.verify(revision.resolved, policy: TrustPolicy(rules: rules), at: .test).isVerified)
        // The tag and two payloads; the list, a manifest and its bundle.
        #expect(source.requests == 6)
    }

    @Test func aSecondKeyThatMatchesCostsNoFurtherRequest() async throws {
        let keys = [try TestKeys.first(), try TestKeys.second()]
        let revision = try SignedRevision.signed(by: keys[1])
        let source = CountingSource(MemorySource(revision: revision))
        let policy = try policy(("a.pub", keys[0]), ("b.pub", keys[1]))
        #expect(
            try await ArtifactVerifier(source: source).verify(revision.resolved, policy: policy, at: .test).isVerified
        )
        #expect(source.requests == 2)
    }

    static let impossible: [(String, Int, Int, String)] = [
        ("none of one", 1, 0, "asks for 0 of 1"), ("two of one", 1, 2, "asks for 2 of 1"),
        ("fewer than none", 1, -1, "asks for -1 of 1"), ("nobody", 0, 1, "has 0 authorities"),
        ("a crowd", 65, 1, "has 65 authorities"),
    ]

    @Test(arguments: impossible)
    func refusesWhatCannotHold(why: String, count: Int, threshold: Int, says: String) throws {
        let key = try TestKeys.first()
        let error = try #require(throws: TrustError.self, "\(why)") {
            try rule("release", Array(repeating: key, count: count), threshold: threshold)
        }
        #expect(error.code == .invalidPolicy)
        #expect(error.description.contains(says), "\(error)")
    }

    private func rule(_ name: String, _ keys: [SigningKey], threshold: Int = 1) throws -> TrustRule {
        let authorities = try keys.enumerated().map { index, key in
            let named = NamedKey(name: "key\(index)", key: key.publicKey)
            return TrustAuthority(name: "key\(index)", method: .cosignKeys(try CosignKeyMethod(keys: [named])))
        }
        return try TrustRule(name: name, authorities: authorities, threshold: threshold)
    }
}
