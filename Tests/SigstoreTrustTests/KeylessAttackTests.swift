import CoreModel
import ManifestTree
import SignatureCrypto
import TestSupport
import Testing

@testable import SigstoreTrust

/// What somebody may try who can write to the registry, or has a certificate of their own, or a key of a log that is
/// not trusted. Each row breaks one thing alone, and is refused for it.
struct KeylessAttackTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        let why: String
        let says: String
        let change: @Sendable (inout KeylessScene) throws -> Void
        var testDescription: String { why }

        init(
            _ why: String,
            says: String,
            _ change: @escaping @Sendable (inout KeylessScene) throws -> Void
        ) {
            self.why = why
            self.says = says
            self.change = change
        }

        /// Bends the log entry.
        static func entry(
            _ why: String,
            says: String,
            _ change: @escaping @Sendable (inout TestLogEntry, KeylessScene) throws -> Void
        ) -> Attack {
            Attack(why, says: says) { scene in
                var entry = scene.bundle.entries[0]
                try change(&entry, scene)
                scene.bundle.entries = [entry]
            }
        }

        /// Bends the certificate before its authority signs it.
        static func certificate(
            _ why: String,
            says: String,
            _ change: @escaping @Sendable (inout TestCertificate) -> Void
        ) -> Attack {
            Attack(why, says: says) { try $0.recertify(change: change) }
        }

        /// Bends the trusted root.
        static func root(
            _ why: String,
            says: String,
            _ change: @escaping @Sendable (inout Tree) -> Void
        ) -> Attack {
            Attack(why, says: says) { change(&$0.root) }
        }
    }

    static let signatures: [Attack] = [
        Attack("the payload swapped", says: "not made by the key in its certificate") { $0.bundle.payload += [0x20] },
        Attack("the type swapped", says: "not made by the key in its certificate") {
            $0.bundle.payloadType = "text/plain"
        },
        Attack("the signature cut short", says: "not made by the key in its certificate") {
            $0.bundle.signature.removeLast()
        },
        Attack("a byte after the signature", says: "not made by the key in its certificate") {
            $0.bundle.signature.append(0)
        },
        Attack("the signature of another", says: "not made by the key in its certificate") { scene in
            var other = try SigstoreMill()
            other.signer = try TestKeyPair("somebody else")
            scene.bundle.signature = try other.bundle(KeylessScene.statement).signature
        },
        Attack("another one's certificate in the bundle", says: "not made by the key in its certificate") { scene in
            var other = scene.mill
            other.signer = try TestKeyPair("somebody else")
            scene.bundle.certificate = try other.certificate()
        },
        Attack("a key in place of the certificate", says: "it comes without a certificate") {
            $0.bundle.certificate = nil
        },
        Attack("a certificate that is none", says: "its certificate is not good") {
            $0.bundle.certificate = [0x30, 0]
        },
        Attack("a byte after the certificate", says: "its certificate is not good") {
            $0.bundle.certificate?.append(0)
        },
    ]

    /// Changes the finished document.
    private static func edited(
        _ why: String,
        says: String,
        version: String = ".v0.3+json",
        _ edit: @escaping @Sendable (inout Tree) -> Void
    ) -> Attack {
        Attack(why, says: says) { scene in
            scene.bundle.mediaType = "application/vnd.dev.sigstore.bundle\(version)"
            scene.bundle.edit = edit
        }
    }

    static let documents: [Attack] = [
        edited("a chain in a new bundle", says: "has a chain in place of a certificate", chain([])),
        edited("an empty chain", says: "has no certificates", version: "+json;version=0.2") { tree in
            tree["verificationMaterial"]?["certificate"] = nil
            tree["verificationMaterial"]?["x509CertificateChain"] = [:]
        },
        edited(
            "something in the chain that is no certificate",
            says: "its certificate chain is not good",
            version: "+json;version=0.2",
            chain([0x30, 0])
        ),
        edited("a certificate and a key", says: "exactly one key or certificate") {
            $0["verificationMaterial"]?["publicKey"] = ["hint": ""]
        },
        edited("an empty certificate", says: "has no rawBytes") {
            $0["verificationMaterial"]?["certificate"] = ["rawBytes": ""]
        },
        edited("a message beside the envelope", says: "exactly one of dsseEnvelope and messageSignature") {
            $0["messageSignature"] = ["signature": "AAAA"]
        },
        edited("a message with a digest of another kind", says: "has no digest of SHA-2") {
            $0["dsseEnvelope"] = nil
            $0["messageSignature"] = [
                "signature": "AAAA", "messageDigest": ["algorithm": "SHA3_256", "digest": "AAAA"],
            ]
        },
        edited("a message with a digest of another length", says: "has no digest of SHA-2") {
            $0["dsseEnvelope"] = nil
            $0["messageSignature"] = [
                "signature": "AAAA", "messageDigest": ["algorithm": "SHA2_256", "digest": "AAAA"],
            ]
        },
        edited("a member under two names", says: "under two names") {
            $0["verificationMaterial"]?["tlog_entries"] = []
        },
        edited("an unknown member in a log entry's place", says: "has the unknown member \"witnesses\"") {
            $0["verificationMaterial"]?["witnesses"] = []
        },
    ]

    /// The certificate in a chain, with something behind it.
    private static func chain(_ other: [UInt8]) -> @Sendable (inout Tree) -> Void {
        { tree in
            let leaf = tree["verificationMaterial"]?["certificate"] ?? .null
            tree["verificationMaterial"]?["certificate"] = nil
            tree["verificationMaterial"]?["x509CertificateChain"] = [
                "certificates": [leaf, ["rawBytes": .string(Base64.encode(other))]]
            ]
        }
    }

    static let entries: [Attack] = [
        Attack("no log entry", says: "it comes without a log entry") { $0.bundle.entries = [] },
        .entry("the time changed", says: "signed entry timestamp of its log entry is false") { entry, _ in
            entry.integratedTime += 1
        },
        .entry("the index changed", says: "signed entry timestamp of its log entry is false") { entry, _ in
            entry.index += 1
        },
        .entry("the promise forged", says: "signed entry timestamp of its log entry is false") { entry, _ in
            let key = try TestKeyPair("not a log")
            entry.signedEntryTimestamp = try key.signing.sign(entry.signedText, scheme: key.scheme)
        },
        .entry("the promise cut short", says: "signed entry timestamp of its log entry is false") { entry, _ in
            entry.signedEntryTimestamp?.removeLast()
        },
        .entry("a log that is not trusted", says: "which is none of the trusted root's") { entry, _ in
            let log = TestSignatureLog(host: "rekor.test", key: try TestKeyPair("not a log"), isTiled: false)
            entry = try log.entry(entry.body, kind: "dsse", version: "0.0.1", at: SigstoreMill.time)
        },
        .entry("a promise by a log that says to be another", says: "signed entry timestamp") { entry, scene in
            let log = TestSignatureLog(host: scene.mill.log.host, key: try TestKeyPair("not a log"), isTiled: false)
            let forged = try log.entry(entry.body, kind: "dsse", version: "0.0.1", at: SigstoreMill.time)
            let id = entry.logID
            entry = forged
            entry.logID = id
            entry.signedEntryTimestamp = try log.key.signing.sign(entry.signedText, scheme: log.key.scheme)
        },
        .entry("no promise, so no time", says: "nothing proves when it was made") { entry, _ in
            entry.signedEntryTimestamp = nil
        },
        .entry("the kind of another entry", says: "of another kind than the bundle says") { entry, _ in
            entry.kind = "hashedrekord"
        },
        .entry("the version of another entry", says: "of another kind than the bundle says") { entry, _ in
            entry.version = "0.0.2"
        },
        Attack("the same entry twice", says: "has the same log entry twice") { $0.bundle.entries += $0.bundle.entries },
        Attack("a false entry beside a good one", says: "signed entry timestamp of its log entry is false") { scene in
            var other = scene.bundle.entries[0]
            other.index += 7
            scene.bundle.entries.append(other)
        },
        .entry("a promise that does not say when", says: "does not say when it was made") { entry, scene in
            entry.integratedTime = 0
            let key = scene.mill.log.key
            entry.signedEntryTimestamp = try key.signing.sign(entry.signedText, scheme: key.scheme)
        },
        Attack("neither promise nor proof", says: "neither a signed entry timestamp nor an inclusion proof") { scene in
            scene.editMaterial = {
                $0.logEntries[0].signedEntryTimestamp = nil
                $0.logEntries[0].proof = nil
            }
        },
        Attack("an old bundle's entry without a promise", says: "of version 0.1 has no inclusionPromise") { scene in
            scene.bundle.mediaType = "application/vnd.dev.sigstore.bundle+json;version=0.1"
            scene.bundle.entries[0].signedEntryTimestamp = nil
        },
        .entry("no proof since version 0.2", says: "a log entry has no inclusionProof") { entry, _ in
            entry.hasProof = false
        },
        .entry("a negative index", says: "logIndex is negative") { entry, _ in entry.index = -1 },
        .entry("no body", says: "has no canonicalizedBody") { entry, _ in entry.body = [] },
        .entry("a log whose name floods a message", says: "its log entry is of the log") { entry, _ in
            entry.logID = [UInt8](repeating: 7, count: 100_000)
        },
        .entry("no log", says: "has no keyId") { entry, _ in entry.logID = [] },
        Attack("seventeen entries", says: "has 17 elements, more than 16") { scene in
            scene.bundle.entries = Array(repeating: scene.bundle.entries[0], count: 17)
        },
    ]

    static let proofs: [Attack] = [
        .entry("the proof of the entry beside it", says: "not in the tree that its inclusion proof is about") {
            entry,
            scene in
            let log = scene.mill.log
            let tree = TestMerkleTree(log.before + [entry.body] + log.after)
            entry.hashes = try tree.proof(of: entry.proofIndex - 1)
        },
        .entry("another place in the tree", says: "not in the tree that its inclusion proof is about") { entry, _ in
            entry.proofIndex -= 1
        },
        .entry("a place behind the tree's end", says: "does not fit its tree") { entry, _ in entry.proofIndex = 12 },
        .entry("a hash too few", says: "does not fit its tree") { entry, _ in entry.hashes.removeLast() },
        .entry("a hash too many", says: "does not fit its tree") { entry, _ in entry.hashes.append(entry.rootHash) },
        .entry("a hash of another length", says: "does not fit its tree") { entry, _ in entry.hashes[0].removeLast() },
        .entry("another tree size than the checkpoint's", says: "is for a tree of 11 entries") { entry, _ in
            entry.treeSize -= 1
        },
        .entry("another root than the checkpoint's", says: "for another root than the checkpoint") { entry, _ in
            entry.rootHash[0] ^= 1
        },
        .entry("the checkpoint of a smaller tree", says: "is for a tree of 12 entries") { entry, scene in
            let log = scene.mill.log
            let root = try TestMerkleTree(log.before).root()
            entry.checkpoint = try log.checkpoint(size: log.before.count, root: root)
        },
        .entry("a proof in a tree without the entry", says: "not in the tree") { entry, scene in
            let log = scene.mill.log
            let tree = TestMerkleTree(log.before + [Array("something else".utf8)] + log.after)
            entry.rootHash = try tree.root()
            entry.checkpoint = try log.checkpoint(size: tree.entries.count, root: entry.rootHash)
        },
        .entry("sixty-five hashes", says: "has 65 elements, more than 64") { entry, _ in
            entry.hashes = Array(repeating: entry.rootHash, count: 65)
        },
    ]

    static let checkpoints: [Attack] = [
        .entry("the checkpoint unsigned", says: "has no signatures") { entry, _ in
            let lines = entry.checkpoint.split(separator: "\n", omittingEmptySubsequences: false)
            entry.checkpoint = lines.prefix(3).joined(separator: "\n") + "\n"
        },
        .entry("the checkpoint forged", says: "is not signed by its log") { entry, scene in
            let log = TestSignatureLog(host: scene.mill.log.host, key: try TestKeyPair("not a log"), isTiled: false)
            entry.checkpoint = try log.checkpoint(size: entry.treeSize, root: entry.rootHash)
        },
        .entry("the checkpoint forged under the log's key hash", says: "has a false signature") { entry, scene in
            let (size, root) = (entry.treeSize, entry.rootHash)
            let log = TestSignatureLog(host: scene.mill.log.host, key: try TestKeyPair("not a log"), isTiled: false)
            let line = try log.checkpoint(size: size, root: root).split(separator: " ").last ?? ""
            let signature = Base64.decode(line.dropLast()) ?? []
            let bytes = scene.mill.log.key.identifier.prefix(4) + signature.dropFirst(4)
            let text = entry.checkpoint.split(separator: "\u{2014}")[0]
            entry.checkpoint = "\(text)\u{2014} \(log.host) \(Base64.encode(Array(bytes)))\n"
        },
        .entry("a signed line changed", says: "has a false signature") { entry, _ in
            entry.checkpoint = "evil " + entry.checkpoint
        },
        .entry("a line added before the signatures", says: "has a false signature") { entry, _ in
            entry.checkpoint = entry.checkpoint.replacing("\n\n", with: "\nanother line\n\n")
        },
        .entry("two lines alone", says: "has not the three lines") { entry, _ in
            entry.checkpoint = "origin\n12\n\n\u{2014} rekor AAAAAAAA\n"
        },
        .entry("a size with a sign", says: "has the tree size \"+12\"") { entry, _ in
            entry.checkpoint = entry.checkpoint.replacing("\n12\n", with: "\n+12\n")
        },
        .entry("a size with a zero before it", says: "has the tree size \"012\"") { entry, _ in
            entry.checkpoint = entry.checkpoint.replacing("\n12\n", with: "\n012\n")
        },
        .entry("a root hash of another length", says: "has no root hash of SHA-256") { entry, _ in
            entry.checkpoint = entry.checkpoint.replacing(Base64.encode(entry.rootHash), with: "AAAA")
        },
        .entry("a signature that is none", says: "has the malformed signature") { entry, _ in
            entry.checkpoint += "\u{2014} somebody\n"
        },
        .entry("no line feed at the end", says: "is not a signed note") { entry, _ in entry.checkpoint.removeLast() },
        .entry("a control character", says: "is not a signed note") { entry, _ in
            entry.checkpoint = "\r" + entry.checkpoint
        },
        .entry("a checkpoint that fills the memory", says: "is larger than 65536 bytes") { entry, _ in
            entry.checkpoint += String(repeating: "\u{2014} witness AAAAAAAA\n", count: 5_000)
        },
        .entry("more witnesses than anybody has", says: "has 200 signatures") { entry, _ in
            entry.checkpoint += String(repeating: "\u{2014} witness AAAAAAAA\n", count: 199)
        },
        .entry("no checkpoint", says: "has no envelope") { entry, _ in entry.checkpoint = "" },
    ]

    /// Bodies that the log has taken, and that are about something else.
    static func logged(
        _ why: String,
        says: String,
        _ body: @escaping @Sendable (KeylessScene) throws -> [UInt8]
    ) -> Attack {
        Attack(why, says: says) { scene in
            let tree = try JSONReader.parse(try body(scene))
            let (kind, version) = (tree["kind"]?.string ?? "", tree["apiVersion"]?.string ?? "")
            scene.bundle.entries = [
                try scene.mill.log.entry(try body(scene), kind: kind, version: version, at: SigstoreMill.time)
            ]
        }
    }

    static let bodies: [Attack] = [
        logged("a log entry of another payload", says: "about other content") { scene in
            TestLogBody.envelope(try Digest.of("other".utf8), signature: scene.bundle.signature, pem: scene.pem)
        },
        logged("a log entry of another signature", says: "about another signature") { scene in
            TestLogBody.envelope(try scene.digest(), signature: [1, 2, 3], pem: scene.pem)
        },
        logged("a log entry of another certificate", says: "by another key or certificate") { scene in
            let other = try scene.mill.certificate(at: SigstoreMill.time + 1)
            return TestLogBody.envelope(
                try scene.digest(),
                signature: scene.bundle.signature,
                pem: TestKeyPair.pem("CERTIFICATE", other)
            )
        },
        logged("a log entry of the certificate's bare key", says: "by another key or certificate") { scene in
            TestLogBody.envelope(
                try scene.digest(),
                signature: scene.bundle.signature,
                pem: scene.mill.signer.publicPEM
            )
        },
        logged("a log entry of a key that cannot be read", says: "a key that cannot be read") { scene in
            TestLogBody.envelope(try scene.digest(), signature: scene.bundle.signature, pem: "key")
        },
        logged("a statement's entry of another payload", says: "about other content") { scene in
            TestLogBody.statement(try Digest.of("other".utf8), signature: scene.bundle.signature, pem: scene.pem)
        },
        logged("a statement's entry of another signature", says: "about another signature") { scene in
            TestLogBody.statement(try scene.digest(), signature: [1, 2, 3], pem: scene.pem)
        },
        logged("a hashedrekord of the payload alone", says: "about other content") { scene in
            TestLogBody.hashedRecord(try scene.digest(), signature: scene.bundle.signature, pem: scene.pem)
        },
        logged("an old entry without the signature", says: "has no signature, and the envelope's own bytes") { scene in
            TestLogBody.oldStatement(
                envelope: try Digest.of("envelope".utf8),
                payload: try scene.digest(),
                pem: scene.pem
            )
        },
        logged("an entry of an unknown kind", says: "of the kind \"helm\" \"0.0.1\", which is unknown") { _ in
            Array("{\"apiVersion\":\"0.0.1\",\"kind\":\"helm\",\"spec\":{}}".utf8)
        },
        logged("an entry of an unknown version", says: "of the kind \"dsse\" \"0.0.3\", which is unknown") { _ in
            Array("{\"apiVersion\":\"0.0.3\",\"kind\":\"dsse\",\"spec\":{}}".utf8)
        },
        logged("an entry that lacks a member", says: "its log entry cannot be read") { _ in
            Array("{\"apiVersion\":\"0.0.1\",\"kind\":\"dsse\",\"spec\":{}}".utf8)
        },
        .entry("an entry that is no JSON", says: "its log entry cannot be read") { entry, scene in
            let log = scene.mill.log
            entry = try log.entry(Array("{".utf8), kind: "dsse", version: "0.0.1", at: SigstoreMill.time)
        },
        .entry("an entry with a member twice", says: "is set twice") { entry, scene in
            let text = String(decoding: entry.body, as: UTF8.self)
            let body = Array(("{\"kind\":\"dsse\"," + text.dropFirst()).utf8)
            entry = try scene.mill.log.entry(body, kind: "dsse", version: "0.0.1", at: SigstoreMill.time)
        },
    ]

    @Test(arguments: signatures + documents + entries + proofs + checkpoints + bodies)
    func isRefused(attack: Attack) throws {
        var scene = try KeylessScene()
        try attack.change(&scene)
        let held = scene
        let problem = try #require(throws: SigstoreProblem.self) { try held.signer() }
        #expect(problem.reason.contains(attack.says), "\(problem.reason)")
        #expect(problem.reason.utf8.count < 700, "a condition must hold it")
    }

    @Test func reasonsHoldNoControlCharacters() {
        #expect(SigstoreProblem("a\u{1B}[2Jb\u{9B}c\n").reason == "a\\u{1B}[2Jb\\u{9B}c\\u{A}")
        #expect(SigstoreProblem("é \u{2014} fine").reason == "é \u{2014} fine")
    }
}

extension KeylessScene {
    var pem: String { TestKeyPair.pem("CERTIFICATE", bundle.certificate ?? []) }
    func digest() throws -> Digest { try Digest.of(bundle.payload) }
}
