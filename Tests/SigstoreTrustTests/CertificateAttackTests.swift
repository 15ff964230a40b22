import CoreModel
import ManifestTree
import SignatureCrypto
import TestSupport
import Testing

@testable import SigstoreTrust

/// Certificates that prove nothing, and trusted roots under which a good bundle is none.
struct CertificateAttackTests {
    typealias Attack = KeylessAttackTests.Attack

    static let times: [Attack] = [
        .certificate("expired before the signature was logged", says: "expired at") {
            $0.notAfter = SigstoreMill.time - 1
        },
        .certificate("not valid yet when the signature was logged", says: "not valid before") {
            $0.notBefore = SigstoreMill.time + 1
        },
        Attack("a subject that floods a message", says: "its certificate is not good") { scene in
            var identity = SigstoreMill.Identity()
            identity.name = TestGeneralName.uri("https://" + String(repeating: "x", count: 20_000))
            try scene.recertify(identity) { $0.notAfter = SigstoreMill.time - 1 }
        },
        Attack("logged when the log's key was not in use yet", says: "made when the log's key was not in use") {
            $0.root["tlogs"] = [try $0.mill.log.instance(from: SigstoreMill.time + 1)]
        },
        Attack("logged when the log's key was no longer in use", says: "made when the log's key was not in use") {
            $0.root["tlogs"] = [
                try $0.mill.log.instance(from: SigstoreMill.start, to: SigstoreMill.time - 1)
            ]
        },
        Attack("issued when the authority was not in use", says: "no certificate authority of the trusted root was") {
            $0.editAuthority { $0["validFor"] = ["start": "2024-01-01T00:00:00Z"] }
        },
        Attack("issued when the authority was no longer in use", says: "no certificate authority of the trusted") {
            $0.editAuthority { $0["validFor"] = ["start": "2020-01-01T00:00:00Z", "end": "2023-01-01T00:00:00Z"] }
        },
    ]

    static let chains: [Attack] = [
        Attack("an authority that is not trusted", says: "not among the trusted roots") { scene in
            let other = try SigstoreMill("another mill")
            var mill = scene.mill
            mill.authority = other.authority
            scene.bundle = try mill.bundle(KeylessScene.statement)
        },
        Attack("a certificate that signed itself", says: "its certificate is not good") { scene in
            var plan = TestCertificate.leaf(.empty, key: scene.mill.signer)
            plan.extensions.append(.names([SigstoreMill.Identity().name], critical: true))
            let der = try plan.signed(by: scene.mill.signer, as: .empty)
            scene.bundle = try scene.mill.bundle(KeylessScene.statement, certificate: der)
        },
        Attack("a certificate by another one's certificate", says: "its certificate is not good") { scene in
            var mill = scene.mill
            let key = try TestKeyPair("a signer with a certificate")
            let leaf = try scene.mill.certificate { $0.publicInfo = key.publicInfo }
            mill.pose(as: leaf, key: key)
            scene.bundle = try mill.bundle(KeylessScene.statement)
            let evil = scene.bundle.certificate ?? []
            scene.bundle.mediaType = "application/vnd.dev.sigstore.bundle+json;version=0.2"
            scene.bundle.edit = {
                $0["verificationMaterial"]?["certificate"] = nil
                $0["verificationMaterial"]?["x509CertificateChain"] = [
                    "certificates": [
                        ["rawBytes": .string(Base64.encode(evil))], ["rawBytes": .string(Base64.encode(leaf))],
                    ]
                ]
            }
        },
        .certificate("a purpose other than code", says: "its certificate is not good") { certificate in
            certificate.extensions.removeAll { $0.identifier == "2.5.29.37" }
            certificate.extensions.append(.purposes(["1.3.6.1.5.5.7.3.1"]))
        },
        .certificate("no purpose", says: "its certificate is not good") { certificate in
            certificate.extensions.removeAll { $0.identifier == "2.5.29.37" }
        },
        .certificate("an authority that signs by itself", says: "its certificate is not good") { certificate in
            certificate.extensions.append(.authority())
        },
        .certificate("an unknown critical extension", says: "critical") { certificate in
            certificate.extensions.append(TestExtension("1.2.3.4", critical: true, DERWriter.null))
        },
        .certificate("a signature that is false", says: "its certificate is not good") { certificate in
            certificate.editSignature = { $0.dropLast() + [($0.last ?? 0) ^ 1] }
        },
    ]

    static let logs: [Attack] = [
        Attack("no timestamp in the certificate", says: "has no signed certificate timestamp") { scene in
            var plan = TestCertificate.leaf(.empty, key: scene.mill.signer, names: [SigstoreMill.Identity().name])
            plan.extensions.append(TestExtension("1.3.6.1.4.1.57264.1.8", DERWriter.utf8("https://issuer.test")))
            scene.bundle = try scene.mill.bundle(KeylessScene.statement, certificate: scene.mill.authority.issue(plan))
        },
        stamped("a timestamp of an unknown log", says: "of no log that the trusted root names") { scene, tbs in
            [try scene.mill.timestamp(tbs, at: SigstoreMill.time, by: TestKeyPair("not a log"))]
        },
        stamped("a forged timestamp", says: "certificate's timestamp is false") { scene, tbs in
            var stamp = try scene.mill.timestamp(tbs, at: SigstoreMill.time, by: TestKeyPair("not a log"))
            stamp.replaceSubrange(1..<33, with: scene.mill.certificateLog.identifier)
            return [stamp]
        },
        stamped("a timestamp of another certificate", says: "certificate's timestamp is false") { scene, _ in
            [try scene.mill.timestamp([0x30, 0], at: SigstoreMill.time)]
        },
        stamped("a timestamp whose time was changed", says: "certificate's timestamp is false") { scene, tbs in
            var stamp = try scene.mill.timestamp(tbs, at: SigstoreMill.time)
            stamp[40] ^= 1
            return [stamp]
        },
        stamped("a timestamp of before the log's key", says: "made when the log's key was not in use") { scene, tbs in
            [try scene.mill.timestamp(tbs, at: SigstoreMill.start - 1)]
        },
        stamped("a timestamp of an unknown version", says: "of no log that the trusted root names") { scene, tbs in
            [[1] + (try scene.mill.timestamp(tbs, at: SigstoreMill.time)).dropFirst()]
        },
        stamped("a timestamp with a weak hash", says: "of no log that the trusted root names") { scene, tbs in
            var stamp = try scene.mill.timestamp(tbs, at: SigstoreMill.time)
            stamp[43] = 2
            return [stamp]
        },
        stamped("a timestamp that is cut off", says: "timestamps is malformed") { scene, tbs in
            [(try scene.mill.timestamp(tbs, at: SigstoreMill.time)).dropLast()]
        },
        stamped("a byte after a timestamp", says: "timestamps is malformed") { scene, tbs in
            [try scene.mill.timestamp(tbs, at: SigstoreMill.time) + [0]]
        },
        stamped("an empty list", says: "timestamps is malformed") { _, _ in [] },
        stamped("a hundred timestamps", says: "timestamps is malformed") { scene, tbs in
            Array(repeating: try scene.mill.timestamp(tbs, at: SigstoreMill.time), count: 100)
        },
        .root("a root without logs of certificates", says: "of no log that the trusted root names") {
            $0["ctlogs"] = []
        },
        .root("a root without authorities", says: "names no certificate authority") {
            $0["certificateAuthorities"] = []
        },
        .root("a root without logs of signatures", says: "none of the trusted root's") { $0["tlogs"] = [] },
    ]

    static let identities: [Attack] = [
        .certificate("no subject", says: "its certificate names no subject") { certificate in
            certificate.extensions.removeAll { $0.identifier == "2.5.29.17" }
        },
        .certificate("two subjects", says: "its certificate names 2 subjects") { certificate in
            certificate.extensions.removeAll { $0.identifier == "2.5.29.17" }
            certificate.extensions.append(
                .names([TestGeneralName.email("a@evil.test"), TestGeneralName.email("jane@acme.test")], critical: true)
            )
        },
        .certificate("a host for a subject", says: "in a form that is not known") { certificate in
            certificate.extensions.removeAll { $0.identifier == "2.5.29.17" }
            certificate.extensions.append(.names([TestGeneralName.dns("acme.test")], critical: true))
        },
        .certificate("another kind of name for a subject", says: "in a form that is not known") { certificate in
            certificate.extensions.removeAll { $0.identifier == "2.5.29.17" }
            let name = TestGeneralName.other("1.3.6.1.4.1.57264.1.6", DERWriter.utf8("jane"))
            certificate.extensions.append(.names([name], critical: true))
        },
        .certificate("a subject that is no string", says: "malformed subject") { certificate in
            certificate.extensions.removeAll { $0.identifier == "2.5.29.17" }
            let name = TestGeneralName.other("1.3.6.1.4.1.57264.1.7", DERWriter.null)
            certificate.extensions.append(.names([name], critical: true))
        },
        .certificate("no issuer", says: "does not say who issued") { certificate in
            certificate.extensions.removeAll { $0.identifier.hasPrefix("1.3.6.1.4.1.57264.1.") }
        },
        .certificate("two issuers", says: "names two issuers") { certificate in
            certificate.extensions.removeAll { $0.identifier == "1.3.6.1.4.1.57264.1.1" }
            certificate.extensions.append(TestExtension("1.3.6.1.4.1.57264.1.1", Array("https://evil.test".utf8)))
        },
        .certificate("an issuer that is no string", says: "malformed issuer") { certificate in
            certificate.extensions.removeAll { $0.identifier.hasPrefix("1.3.6.1.4.1.57264.1.") }
            certificate.extensions.append(TestExtension("1.3.6.1.4.1.57264.1.8", Array("https://evil.test".utf8)))
        },
        .certificate("bytes after the issuer", says: "malformed issuer") { certificate in
            certificate.extensions.removeAll { $0.identifier.hasPrefix("1.3.6.1.4.1.57264.1.") }
            certificate.extensions.append(
                TestExtension("1.3.6.1.4.1.57264.1.8", DERWriter.utf8("https://evil.test") + [0])
            )
        },
        .certificate("a claim that is no string", says: "malformed buildTrigger") { certificate in
            certificate.extensions.append(TestExtension("1.3.6.1.4.1.57264.1.20", Array("push".utf8)))
        },
    ]

    /// Timestamps of a signature whose log does not say when it took it.
    static func timed(
        _ why: String,
        says: String,
        _ change: @escaping @Sendable (inout KeylessScene) throws -> Void
    ) -> Attack {
        Attack(why, says: says) { scene in
            scene.bundle = try scene.mill.bundle(KeylessScene.statement, logging: .tiledRecord)
            try change(&scene)
        }
    }

    static let stamps: [Attack] = [
        timed("no timestamp", says: "nothing proves when it was made") { _ in },
        timed("a timestamp of other bytes", says: "the timestamp is of another signature") { scene in
            scene.bundle.timestamps = [try scene.mill.stamp([1, 2, 3])]
        },
        timed("a timestamp of the payload", says: "the timestamp is of another signature") { scene in
            scene.bundle.timestamps = [try scene.mill.stamp(scene.bundle.payload)]
        },
        timed("a timestamp by an authority that is not trusted", says: "its timestamp is not good") { scene in
            scene.bundle.timestamps = [try SigstoreMill("another mill").stamp(scene.bundle.signature)]
        },
        timed("a timestamp whose signature is false", says: "its timestamp is not good") { scene in
            scene.bundle.timestamps = [
                try scene.mill.stamp(scene.bundle.signature) { $0.editSignature = { $0.dropLast() + [1] } }
            ]
        },
        timed("a timestamp that is none", says: "its timestamp is not good") { $0.bundle.timestamps = [[0x30, 0]] },
        timed("a token without the authority's answer around it", says: "its timestamp is not good") { scene in
            let token = try scene.mill.timestamper.token(
                of: scene.bundle.signature,
                TestTimestamp(time: SigstoreMill.time)
            )
            scene.bundle.timestamps = [token]
        },
        timed("a timestamp after the certificate's end", says: "expired at") { scene in
            scene.bundle.timestamps = [try scene.mill.stamp(scene.bundle.signature, at: SigstoreMill.time + 600)]
        },
        timed("one good timestamp, and one after the certificate's end", says: "expired at") { scene in
            scene.bundle.timestamps = [
                try scene.mill.stamp(scene.bundle.signature),
                try scene.mill.stamp(scene.bundle.signature, at: SigstoreMill.time + 600),
            ]
        },
        timed("a timestamp of when the authority was not in use", says: "when no authority of the trusted root") {
            scene in
            scene.bundle.timestamps = [try scene.mill.stamp(scene.bundle.signature, at: SigstoreMill.start - 1)]
        },
        timed("a root without timestamping authorities", says: "names no timestamping authority") { scene in
            scene.root["timestampAuthorities"] = []
            scene.bundle.timestamps = [try scene.mill.stamp(scene.bundle.signature)]
        },
        timed("a log whose key was not in use at the time", says: "when the key of its log was not in use") { scene in
            scene.root["tlogs"] = [try scene.mill.tiledLog.instance(from: SigstoreMill.time + 1)]
            scene.bundle.timestamps = [try scene.mill.stamp(scene.bundle.signature)]
        },
        Attack("no timestamp where the policy asks for one", says: "it has no timestamp") {
            $0.rules.requiresTimestamp = true
        },
        Attack("a timestamp of other bytes where the policy asks for one", says: "of another signature") { scene in
            scene.rules.requiresTimestamp = true
            scene.bundle.timestamps = [try scene.mill.stamp([1, 2, 3])]
        },
    ]

    /// Logs in tiles, which have one tree and call themselves by their host.
    static let tiles: [Attack] = [
        tiled("the proof of another place", says: "for another place than its log entry") { entry, _ in
            entry.proofIndex -= 1
        },
        tiled("another place altogether", says: "not in the tree") { entry, _ in
            entry.index -= 1
            entry.proofIndex -= 1
        },
        tiled("the checkpoint of another log by the same key", says: "is of the log \"other.test\"") { entry, scene in
            let log = scene.mill.tiledLog
            entry.checkpoint = try log.checkpoint(
                size: entry.treeSize,
                root: entry.rootHash,
                origin: "other.test",
                name: "other.test"
            )
        },
        tiled("the log's checkpoint under another name", says: "is not signed by its log") { entry, scene in
            let log = scene.mill.tiledLog
            entry.checkpoint = try log.checkpoint(size: entry.treeSize, root: entry.rootHash, name: "other.test")
        },
        tiled("no proof", says: "has no inclusionProof") { entry, _ in entry.hasProof = false },
        tiled("another tree's size", says: "is for a tree of 11 entries") { entry, _ in entry.treeSize = 11 },
        tiled("another root", says: "for another root than the checkpoint") { entry, _ in entry.rootHash[0] ^= 1 },
        tiled("a body of another signature", says: "about another signature") { entry, scene in
            let body = TestLogBody.tiledHashedRecord(
                try Digest.of(TestSigstoreBundle.signedBytes(scene.bundle.payload, type: scene.bundle.payloadType)),
                signature: [1, 2, 3],
                verifier: TestLogBody.verifier(certificate: scene.bundle.certificate ?? [])
            )
            entry = try scene.mill.tiledLog.entry(body, kind: "hashedrekord", version: "0.0.2", at: 0)
        },
        tiled("a body of other content", says: "about other content") { entry, scene in
            let body = TestLogBody.tiledEnvelope(
                try Digest.of("other".utf8),
                signature: scene.bundle.signature,
                verifier: TestLogBody.verifier(certificate: scene.bundle.certificate ?? [])
            )
            entry = try scene.mill.tiledLog.entry(body, kind: "dsse", version: "0.0.2", at: 0)
        },
        tiled("a body with a bare key", says: "by another key or certificate") { entry, scene in
            let body = TestLogBody.tiledEnvelope(
                try scene.digest(),
                signature: scene.bundle.signature,
                verifier: TestLogBody.verifier(key: scene.mill.signer.publicInfo)
            )
            entry = try scene.mill.tiledLog.entry(body, kind: "dsse", version: "0.0.2", at: 0)
        },
    ]

    private static func tiled(
        _ why: String,
        says: String,
        _ change: @escaping @Sendable (inout TestLogEntry, KeylessScene) throws -> Void
    ) -> Attack {
        timed(why, says: says) { scene in
            scene.bundle.timestamps = [try scene.mill.stamp(scene.bundle.signature)]
            var entry = scene.bundle.entries[0]
            try change(&entry, scene)
            scene.bundle.entries = [entry]
        }
    }

    /// Puts other timestamps into a certificate than its log would.
    private static func stamped(
        _ why: String,
        says: String,
        _ stamps: @escaping @Sendable (KeylessScene, [UInt8]) throws -> [[UInt8]]
    ) -> Attack {
        Attack(why, says: says) { scene in
            var plan = TestCertificate.leaf(.empty, key: scene.mill.signer, names: [SigstoreMill.Identity().name])
            plan.extensions.append(TestExtension("1.3.6.1.4.1.57264.1.8", DERWriter.utf8("https://issuer.test")))
            let plain = try Certificate(der: scene.mill.authority.issue(plan))
            let list = SigstoreMill.list(try stamps(scene, plain.tbsBytes))
            plan.extensions.append(TestExtension("1.3.6.1.4.1.11129.2.4.2", DERWriter.octets(list)))
            scene.bundle = try scene.mill.bundle(KeylessScene.statement, certificate: scene.mill.authority.issue(plan))
        }
    }

    @Test(arguments: times + chains + logs + identities + stamps + tiles)
    func isRefused(attack: Attack) throws {
        var scene = try KeylessScene()
        try attack.change(&scene)
        let held = scene
        let problem = try #require(throws: SigstoreProblem.self) { try held.signer() }
        #expect(problem.reason.contains(attack.says), "\(problem.reason)")
        #expect(problem.reason.utf8.count < 700, "a condition must hold it")
    }
}

extension KeylessScene {
    /// Bends what the trusted root says of its only certificate authority.
    mutating func editAuthority(_ change: (inout Tree) -> Void) {
        guard var authority = root["certificateAuthorities"]?.list?.first else { return }
        change(&authority)
        root["certificateAuthorities"] = [authority]
    }
}
