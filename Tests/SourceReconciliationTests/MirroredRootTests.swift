import CoreModel
import HTTPExchange
import ManifestTree
import SafeFiles
import SluiceAPI
import SystemPackage
import TestSupport
import Testing

@testable import ControllerRuntime
@testable import SourceReconciliation

/// Trusted roots from the TUF repositories that Secrets name.
struct MirroredRootTests {
    private let fixture: SourceFixture
    private let state: TemporaryDirectory
    private let sigstore: SigstoreMill

    init() throws {
        fixture = try SourceFixture()
        state = try TemporaryDirectory(in: Directory.open(FilePath("/tmp")))
        sigstore = try SigstoreMill()
        try fixture.attachBundle(by: sigstore, to: try fixture.push(["a.yaml": "a: 1"]))
        remember()
    }

    /// As after a start of the process: what was trusted is known from the disk alone.
    private func remember() { fixture.remember(in: state.directory.path) }

    /// A repository whose trusted root is that of the mill.
    private func mill(_ key: UInt8 = 1) throws -> UpdateMill {
        var mill = try UpdateMill()
        try mill.renewKeys(from: key)
        mill.targets = [TrustedRootSourceTests.name: try sigstore.trustedRoot().jsonBytes()]
        try mill.publishRoot()
        try mill.publish()
        return mill
    }

    private func setSecret(_ entries: [String: [UInt8]], named name: String = "root") {
        let data = entries.mapValues { Tree.string(Base64.encode($0)) }
        fixture.cluster.put(
            "/api/v1/namespaces/apps/secrets/\(name)",
            [
                "apiVersion": "v1", "kind": "Secret", "metadata": [:],
                "data": .map(TreeMap(data.map { ($0.key, $0.value) })),
            ]
        )
    }

    private func setRoot(_ url: String, _ mill: UpdateMill, _ more: [String: [UInt8]] = [:]) throws {
        let root = try #require(mill.files["1.root.json"])
        setSecret(["mirror": Array(url.utf8), "root.json": root].merging(more) { $1 })
    }

    private func create(_ change: (inout Tree) -> Void = { _ in }) {
        fixture.create { spec in
            spec["verify"] = [
                "matchOIDCIdentity": [KeylessSourceTests.release], "trustedRootSecretRef": ["name": "root"],
            ]
            change(&spec)
        }
    }

    @Test func aSecretNamesARepositoryThatRotates() async throws {
        var mill = try mill()
        let served = try ServedUpdates(mill)
        try setRoot(served.url, mill)
        create()
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified, "\(fixture.message("Ready"))")
        let asked = served.targets.count
        try await fixture.reconcile()
        #expect(served.targets.count == asked, "a root that is known is not asked for again")

        // New keys for everything, vouched for by the old ones, and another root of trust.
        let former = mill.keys["root"] ?? []
        try mill.renewKeys(from: 40)
        for role in mill.versions.keys { mill.versions[role] = 2 }
        mill.targets = [TrustedRootSourceTests.name: try SigstoreMill("stranger").trustedRoot().jsonBytes()]
        try mill.publishRoot(signedAlsoBy: former)
        try mill.publish()
        served.publish(mill)
        #expect(await fixture.context.mirrors?.refresh(all: true) == [SourceFixture.key])
        try await fixture.reconcile()
        #expect(fixture.conditions == ["ArtifactInStorage=True/Succeeded"] + VerificationTests.refused)
    }

    @Test func aRestartRemembersWhatWasTrusted() async throws {
        var newer = try mill()
        let older = newer
        for role in ["timestamp", "snapshot", "targets"] { newer.versions[role] = 5 }
        try newer.publish()
        let served = try ServedUpdates(newer)
        try setRoot(served.url, newer)
        create()
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified, "\(fixture.message("Ready"))")

        served.publish(older)
        remember()
        fixture.changeSpec { $0["interval"] = "9m" }
        try await fixture.reconcile()
        #expect(fixture.conditions == ["ArtifactInStorage=True/Succeeded"] + VerificationTests.refused)
        #expect(fixture.message("Ready").contains("cannot be used"), "\(fixture.message("Ready"))")
        served.publish(newer)
        #expect(await fixture.context.mirrors?.refresh(all: true) == [SourceFixture.key])
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified, "\(fixture.message("Ready"))")
    }

    @Test func whatOneRootProvesIsNothingToAnother() async throws {
        let (first, second) = (try mill(), try mill(60))
        let served = try ServedUpdates(first)
        try setRoot(served.url, first)
        create()
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified, "\(fixture.message("Ready"))")
        // Another beginning, at the same URL: neither what is served nor what is remembered follows from it.
        try setRoot(served.url, second)
        try await fixture.reconcile()
        #expect(fixture.conditions == ["ArtifactInStorage=True/Succeeded"] + VerificationTests.refused)
        #expect(try state.directory.entries("").filter { $0.kind == .directory }.count == 2)
        try setRoot(served.url, first)
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified, "\(fixture.message("Ready"))")
    }

    @Test func theObjectsProxyCounts() async throws {
        let mill = try mill()
        let served = try ServedUpdates(mill)
        let proxy = try PeerHTTPProxy()
        try setRoot(served.url, mill)
        setSecret(["address": Array("http://\(proxy.authority)".utf8)], named: "proxy")
        create { $0["proxySecretRef"] = ["name": "proxy"] }
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified, "\(fixture.message("Ready"))")
        #expect(proxy.requests.contains("GET \(served.url)/timestamp.json"), "\(proxy.requests)")
    }

    @Test func theProxyOfTheSecretGoesBeforeTheObjects() async throws {
        let mill = try mill()
        let served = try ServedUpdates(mill)
        // It answers for a place where nobody else does.
        let url = "http://127.0.0.1:1/tuf"
        try setRoot(url, mill, ["address": Array("http://\(served.server.authority)".utf8)])
        create()
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified, "\(fixture.message("Ready"))")
        #expect(served.targets.contains("\(url)/timestamp.json"), "\(served.targets)")
    }

    @Test func anAuthorityOfItsOwnIsKnownToItAlone() async throws {
        let mill = try mill()
        let served = try ServedUpdates(mill)
        let authority = try TestAuthority()
        let front = try PeerTLSFront(
            of: served.server.authority,
            certificate: try authority.issue("tuf", for: ["IP:127.0.0.1"])
        )
        let url = "https://\(front.authority)/tuf"
        try setRoot(url, mill)
        create()
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.refused)
        #expect(fixture.message("Ready").contains("\(url)"), "\(fixture.message("Ready"))")

        try setRoot(url, mill, ["ca.crt": Array(authority.certificate.utf8)])
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified, "\(fixture.message("Ready"))")

        // The object's own, where the Secret has none.
        try setRoot(url, mill)
        setSecret(["ca.crt": Array(try authority.certificate.utf8)], named: "authority")
        fixture.changeSpec { $0["certSecretRef"] = ["name": "authority"] }
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified, "\(fixture.message("Ready"))")
    }

    @Test func aPolicyDoesNotGoThroughTheProxyOfWhomItCovers() async throws {
        let mill = try mill()
        let served = try ServedUpdates(mill)
        let proxy = try PeerHTTPProxy()
        try setRoot(served.url, mill)
        setSecret(["address": Array("http://\(proxy.authority)".utf8)], named: "proxy")
        let identities: Tree = [
            ["issuer": .string(SigstoreMill.Identity().issuer), "subject": .string(SigstoreMill.Identity.subject)]
        ]
        let root: Tree = ["name": "root", "namespace": "apps"]
        fixture.setPolicy([
            "authorities": [["name": "ci", "cosign": ["identities": identities, "trustedRootSecretRef": root]]]
        ])
        fixture.create { $0["proxySecretRef"] = ["name": "proxy"] }
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified, "\(fixture.message("Ready"))")
        #expect(served.targets.contains("/tuf/timestamp.json"))
        #expect(!proxy.requests.contains { $0.contains("/tuf/") }, "\(proxy.requests)")
    }

    static let wrong: [(why: String, entries: [String: String], fragment: String)] = [
        ("no beginning", ["mirror": "https://tuf.test"], "has no entry root.json"),
        ("no URL", ["mirror": "tuf.test", "root.json": "{}"], "is no http or https URL"),
        ("a root beside it", ["mirror": "https://tuf.test", "trusted_root.json": "{}"], "keep one of them"),
        ("a beginning that is none", ["mirror": "http://127.0.0.1:1/", "root.json": "{}"], "cannot be used"),
        ("a proxy that is none", ["mirror": "https://t.test", "root.json": "{}", "address": "x"], "neither http"),
        ("no certificate", ["mirror": "https://t.test", "root.json": "{}", "ca.crt": "x"], "no certificate in PEM"),
        ("neither", ["root.json": "{}"], "has no entry trusted_root.json"),
    ]

    @Test(arguments: wrong)
    func aSecretThatCannotBeUsedIsNamed(why: String, entries: [String: String], fragment: String) async throws {
        setSecret(entries.mapValues { Array($0.utf8) })
        create()
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.refused)
        #expect(fixture.message("Ready").contains("apps/root"), "\(why): \(fixture.message("Ready"))")
        #expect(fixture.message("Ready").contains(fragment), "\(why): \(fixture.message("Ready"))")
        #expect(fixture.registry.count() == 0)
    }
}
