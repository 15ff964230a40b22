import ArtifactTrust
import CoreModel
import ManifestTree
import OCIDistribution
import SignatureCrypto
import SigstoreTrust
import TestSupport
import Testing

/// Attacks on the time and the publicity of a signature, and on signatures by key.
extension TrustAttackTable {
    static let logs: [Row] = [
        .keyless("not logged", "it comes without a log entry") { $0.bundle.entries = [] },
        .logged("SET forged", "signed entry timestamp of its log entry is false") { entry, _ in
            entry.signedEntryTimestamp = try TestKeyPair("a thief").signing.sign(entry.signedText)
        },
        .logged("an entry of an unknown log", "which is none of the trusted root's") { entry, _ in
            let log = TestSignatureLog(host: "rekor.test", key: try TestKeyPair("a thief"), isTiled: false)
            entry = try log.entry(entry.body, kind: "dsse", version: "0.0.1", at: SigstoreMill.time)
        },
        .logged("proof of another entry", "is not in the tree that its inclusion proof is about") { entry, mill in
            let tree = TestMerkleTree(mill.log.before + [entry.body] + mill.log.after)
            entry.hashes = try tree.proof(of: mill.log.before.count - 1)
        },
        .logged("proof of another tree size", "is for a tree of 11 entries") { entry, _ in entry.treeSize = 11 },
        .logged("a proof that is too long", "does not fit its tree") { entry, _ in entry.hashes.append(entry.rootHash)
        },
        .logged("another root than the checkpoint's", "is for another root than the checkpoint") { entry, _ in
            entry.rootHash = [UInt8](repeating: 1, count: 32)
        },
        .logged("checkpoint unsigned", "has no signatures") { entry, _ in
            let lines = entry.checkpoint.split(separator: "\n", omittingEmptySubsequences: false)
            entry.checkpoint = lines.prefix(3).joined(separator: "\n") + "\n"
        },
        .logged("checkpoint of another log", "is not signed by its log") { entry, mill in
            let log = TestSignatureLog(host: mill.log.host, key: try TestKeyPair("a thief"), isTiled: false)
            entry.checkpoint = try log.checkpoint(size: entry.treeSize, root: entry.rootHash)
        },
        .logged("checkpoint changed after signing", "has a false signature") { entry, _ in
            entry.checkpoint = "x" + entry.checkpoint
        },
        .logged("an entry of another kind", "of another kind than the bundle says") { entry, _ in entry.kind = "intoto"
        },
        .keyless("a log entry of other content", "about other content") { scene in
            try scene.log { TestLogBody.envelope(try Digest.of("x".utf8), signature: $0.bundle.signature, pem: $1) }
        },
        .keyless("a log entry of another signature", "about another signature") { scene in
            try scene.log { TestLogBody.envelope(try Digest.of($0.bundle.payload), signature: [1], pem: $1) }
        },
        .keyless("a log entry of another certificate", "by another key or certificate") { scene in
            let other = TestKeyPair.pem("CERTIFICATE", try scene.mill.certificate { $0.serial = [5] })
            try scene.log { scene, _ in
                TestLogBody.envelope(
                    try Digest.of(scene.bundle.payload),
                    signature: scene.bundle.signature,
                    pem: other
                )
            }
        },
        .keyless("the same entry twice", "the same log entry twice") { $0.bundle.entries += $0.bundle.entries },
        .keyless("logged before the log's key was in use", "made when the log's key was not in use") { scene in
            scene.root["tlogs"] = [try scene.mill.log.instance(from: SigstoreMill.time + 1)]
        },
        .keyless("nothing proves the time", "nothing proves when it was made") { try $0.sign(.tiledRecord) },
        .keyless("timestamp outside validity", "expired at 2023-11-14T22:22:20Z") { scene in
            try scene.sign(.tiledRecord)
            scene.bundle.timestamps = [try scene.mill.stamp(scene.bundle.signature, at: SigstoreMill.time + 600)]
        },
        .keyless("timestamp of another signature", "the timestamp is of another signature") { scene in
            try scene.sign(.tiledRecord)
            scene.bundle.timestamps = [try scene.mill.stamp([1])]
        },
        .keyless("timestamp whose statement was changed", "statement is not the one that was signed") { scene in
            try scene.sign(.tiledRecord)
            scene.bundle.timestamps = [
                try scene.mill.stamp(scene.bundle.signature) { plan in
                    plan.editInfo = { info in
                        var info = info
                        info[info.count - 2] ^= 1
                        return info
                    }
                }
            ]
        },
        .keyless("a timestamp is asked for", "it has no timestamp") { $0.rules.requiresTimestamp = true },
    ]

    /// An attack on a signature by a key, under the tag that cosign 2 uses.
    static func keyed(
        _ why: String,
        _ says: String,
        _ requirements: TrustRequirements = TrustRequirements(),
        _ change: @escaping @Sendable (inout SignedRevision, SigningKey) throws -> Void = { _, _ in }
    ) -> Row {
        Row(why, says) {
            let key = try TestKeys.first()
            var revision = try SignedRevision.signed(by: key)
            try change(&revision, key)
            let named = [NamedKey(name: "cosign.pub", key: key.publicKey)]
            return try await ArtifactVerifier(source: MemorySource(revision: revision))
                .verify(revision.resolved, policy: TrustPolicy(keys: named, requirements: requirements), at: .test)
        }
    }

    /// The payload is replaced and signed by the right key.
    static func resigned(_ why: String, _ says: String, _ text: @escaping @Sendable (SignedRevision) -> String) -> Row {
        keyed(why, says) { revision, key in
            let text = text(revision)
            revision.layers = []
            try revision.sign(text, by: key)
        }
    }

    static let keys: [Row] = [
        keyed("signed by another key", "not made by any key of the policy (cosign.pub)") { revision, _ in
            revision.layers = []
            try revision.sign(revision.payload(), by: TestKeys.second())
        },
        keyed("a blob that is not its digest", "does not match its digest") { revision, _ in
            revision.blobs[revision.layers[0].digest]?[20] ^= 1
        },
        keyed("the payload taken away", "payload is missing") { revision, _ in revision.blobs = [:] },
        keyed("an index in place of signatures", "is an index") { revision, _ in
            revision.answer = .document(.index(ImageIndex(manifests: revision.layers)))
        },
        keyed("registry answers 200 with HTML", "cannot be read") { revision, _ in
            revision.answer = .failure(RegistryError(.invalidManifest, "The manifest is not valid JSON"))
        },
        keyed("an annotation that is not base64", "is not base64") { revision, _ in
            revision.layers[0].annotations[SignedRevision.signatureKey] = "*"
        },
        resigned("wrong critical type", "critical.type is \"atomic container signature\"") {
            $0.payload(type: "atomic container signature")
        },
        resigned("an unknown critical member in the payload", "critical has the unknown member \"expires\"") {
            $0.payload().replacing("\"critical\":{", with: "\"critical\":{\"expires\":1,")
        },
        resigned("the digest twice", "is set twice") {
            $0.payload().replacing("\"image\":{", with: "\"image\":{\"docker-manifest-digest\":\"x\",")
        },
        resigned("a depth bomb", "payload is not valid") { _ in String(repeating: "[", count: 100_000) },
        keyed(
            "copied from another repository where the policy pins it",
            "the policy pins",
            TrustRequirements(signedFor: Set([try? Repository(parsing: "registry.test/acme/other")].compactMap { $0 }))
        ),
        keyed("an annotation that was asked for", "env", TrustRequirements(annotations: ["env": "prod"])),
        Row("a revision that is denied", "denies the digest sha256:") {
            let key = try TestKeys.first()
            let revision = try SignedRevision.signed(by: key)
            var requirements = TrustRequirements()
            requirements.deniedDigests = [revision.resolved.digest]
            let named = [NamedKey(name: "cosign.pub", key: key.publicKey)]
            return try await ArtifactVerifier(source: MemorySource(revision: revision))
                .verify(revision.resolved, policy: TrustPolicy(keys: named, requirements: requirements), at: .test)
        },
        Row("a revision that is not on the list", "allows 0 digests") {
            let key = try TestKeys.first()
            let revision = try SignedRevision.signed(by: key)
            var requirements = TrustRequirements()
            requirements.allowedDigests = []
            let named = [NamedKey(name: "cosign.pub", key: key.publicKey)]
            return try await ArtifactVerifier(source: MemorySource(revision: revision))
                .verify(revision.resolved, policy: TrustPolicy(keys: named, requirements: requirements), at: .test)
        },
    ]
}

extension TrustAttackScene {
    /// Logs a body of the caller's making, correctly in all else.
    mutating func log(_ body: (TrustAttackScene, _ pem: String) throws -> [UInt8]) throws {
        let pem = TestKeyPair.pem("CERTIFICATE", bundle.certificate ?? [])
        let bytes = try body(self, pem)
        bundle.entries = [try mill.log.entry(bytes, kind: "dsse", version: "0.0.1", at: SigstoreMill.time)]
    }
}

/// Runs the table.
struct TrustAttackTests {
    static let rows =
        TrustAttackTable.content + TrustAttackTable.certificates + TrustAttackTable.identities + TrustAttackTable.logs
        + TrustAttackTable.keys

    @Test(arguments: rows)
    func isRefused(row: TrustAttackTable.Row) async throws {
        let verdict = try await row.verdict()
        #expect(!verdict.isVerified)
        #expect(VerifiedRevision(verdict) == nil)
        #expect(verdict.description.contains(row.says), "\(verdict)")
        #expect(verdict.description.utf8.count < 1_500, "a condition must hold it")
    }

    /// Without an attack the same scenes are good, or the table would prove nothing.
    @Test func theScenesAreGood() async throws {
        let keyless = try await TrustAttackScene().verdict()
        #expect(keyless.isVerified, "\(keyless)")
        var scene = try TrustAttackScene()
        try scene.sign(.tiledRecord)
        scene.bundle.timestamps = [try scene.mill.stamp(scene.bundle.signature)]
        let tiled = try await scene.verdict()
        #expect(tiled.isVerified, "\(tiled)")
        var founded = try TrustAttackScene()
        try founded.found()
        let again = try await founded.verdict()
        #expect(again.isVerified, "\(again)")
        var stamped = try TrustAttackScene()
        try stamped.stamp { [try $0.timestamp($1, at: SigstoreMill.time)] }
        let own = try await stamped.verdict()
        #expect(own.isVerified, "\(own)")
        let keyed = try await TrustAttackTable.keyed("no attack", "").verdict()
        #expect(keyed.isVerified, "\(keyed)")
    }

    /// No two attacks are refused for the same reason, and there are enough of them.
    @Test func everyAttackHasItsOwnReason() async throws {
        #expect(Self.rows.count >= 60)
        #expect(Set(Self.rows.map(\.says)).count == Self.rows.count)
        var seen: [String: String] = [:]
        for row in Self.rows {
            let verdict = try await row.verdict().description
            let other = seen.updateValue(row.why, forKey: verdict)
            #expect(other == nil, "\(row.why) and \(other ?? "") are refused alike: \(verdict)")
        }
    }
}
