import ArtifactStore
import ControllerRuntime
import CoreModel
import HTTPExchange
import ManifestTree
import SignatureCrypto
import SluiceAPI
import TestSupport
import Testing

/// A registry that fails while `v1` moves to something new.
struct RegistryFault: Sendable, CustomTestStringConvertible {
    /// What is fetched when the fault strikes.
    struct Target: Sendable {
        let registry: ScriptedRegistry
        let artifact: ScriptedArtifact
    }

    let name: String
    /// The reason of the condition that goes with it.
    let reason: String
    /// What the message has to tell.
    let fragment: String
    var delay: Duration = .zero
    var isResolved = true
    let strike: @Sendable (Target) throws -> Void

    var testDescription: String { name }
    /// Only the time in the spec puts an end to it.
    var isEndless: Bool { fragment.contains("spec.timeout") }

    static let all: [RegistryFault] = [
        RegistryFault(name: "a digest that the tag has not", reason: "OCIArtifactPullFailed", fragment: "") { target in
            target.registry.claimDigest(try Digest.of("a lie".utf8))
        },
        RegistryFault(name: "truncated blob", reason: "OCIArtifactPullFailed", fragment: "broke off") { target in
            target.registry.breakNext(.get, "/blobs/\(target.artifact.layer)") { $0.delivered(.closing(after: 40)) }
        },
        RegistryFault(name: "reset in the middle of a blob", reason: "OCIArtifactPullFailed", fragment: "") { target in
            target.registry.breakNext(.get, "/blobs/\(target.artifact.layer)") { $0.delivered(.resetting(after: 40)) }
        },
        RegistryFault(name: "a length that is too much", reason: "OCIArtifactPullFailed", fragment: "") {
            target in
            target.registry.breakNext(.get, "/blobs/\(target.artifact.layer)") { reply in
                var reply = reply
                reply.headers["Content-Length"] = nil
                return reply.delivered(.declaring(length: reply.body.count + 100))
            }
        },
        RegistryFault(name: "a length that is too little", reason: "OCIArtifactPullFailed", fragment: "") { target in
            target.registry.breakNext(.get, "/blobs/\(target.artifact.layer)") { reply in
                var reply = reply
                reply.headers["Content-Length"] = nil
                return reply.delivered(.declaring(length: reply.body.count - 10))
            }
        },
        RegistryFault(name: "a redirect to itself", reason: "OCIArtifactPullFailed", fragment: "redirected") { target in
            let place = "/v2/\(SourceFixture.repository)/blobs/\(target.artifact.layer)"
            target.registry.breakNext(.get, "/blobs/") { _ in ScriptedReply(307, headers: ["Location": place]) }
        },
        RegistryFault(name: "a manifest of 10 MB", reason: "OCIArtifactPullFailed", fragment: "larger than 4.2 MB") {
            target in
            let huge = target.artifact.manifestBytes + [UInt8](repeating: 0x20, count: 10_000_000)
            target.registry.swapManifest(SourceFixture.repository, target.artifact.manifest, for: huge)
        },
        RegistryFault(name: "blob that ends early", reason: "OCIArtifactPullFailed", fragment: "") { target in
            let whole = target.registry.blob(SourceFixture.repository, target.artifact.layer) ?? []
            let half = Array(whole.prefix(whole.count / 2))
            target.registry.swapBlob(SourceFixture.repository, target.artifact.layer, for: half)
        },
        RegistryFault(name: "blob with too much", reason: "OCIArtifactPullFailed", fragment: "") { target in
            let whole = target.registry.blob(SourceFixture.repository, target.artifact.layer) ?? []
            target.registry.swapBlob(SourceFixture.repository, target.artifact.layer, for: whole + [0])
        },
        RegistryFault(name: "right length, wrong bytes", reason: "OCIArtifactPullFailed", fragment: "other bytes") {
            target in
            var bytes = target.registry.blob(SourceFixture.repository, target.artifact.layer) ?? []
            bytes[bytes.count / 2] ^= 1
            target.registry.swapBlob(SourceFixture.repository, target.artifact.layer, for: bytes)
        },
        RegistryFault(name: "manifest that is another", reason: "OCIArtifactPullFailed", fragment: "digest") { target in
            let other = target.artifact.manifestBytes + [0x20]
            target.registry.swapManifest(SourceFixture.repository, target.artifact.manifest, for: other)
        },
        RegistryFault(name: "manifest that is gone", reason: "OCIArtifactPullFailed", fragment: "") { target in
            target.registry.failNext(.get, "/manifests/sha256:", status: 404, times: .max)
        },
        RegistryFault(name: "blob that is gone", reason: "OCIArtifactPullFailed", fragment: "") { target in
            target.registry.failNext(.get, "/blobs/", status: 404, times: .max)
        },
        RegistryFault(
            name: "server error",
            reason: "ReadOperationFailed",
            fragment: "",
            isResolved: false
        ) { $0.registry.failNext(nil, "/manifests/", status: 500, times: .max) },
        RegistryFault(
            name: "rate limit",
            reason: "ReadOperationFailed",
            fragment: "",
            delay: .seconds(120),
            isResolved: false
        ) { target in
            target.registry.failNext(nil, "/manifests/", status: 429, headers: ["Retry-After": "120"], times: .max)
        },
        RegistryFault(
            name: "rate limit beyond the interval",
            reason: "ReadOperationFailed",
            fragment: "",
            delay: .seconds(600),
            isResolved: false
        ) { target in
            target.registry.failNext(nil, "/manifests/", status: 429, headers: ["Retry-After": "99999"], times: .max)
        },
        RegistryFault(
            name: "rate limit with a date",
            reason: "ReadOperationFailed",
            fragment: "",
            delay: .seconds(600),
            isResolved: false
        ) { target in
            let headers: HTTPHeaders = ["Retry-After": "Fri, 01 Jan 2055 00:00:00 GMT"]
            target.registry.failNext(nil, "/manifests/", status: 429, headers: headers, times: .max)
        },
        RegistryFault(
            name: "silence while resolving",
            reason: "ReadOperationFailed",
            fragment: "resolve did not end within spec.timeout (2s)",
            isResolved: false
        ) { $0.registry.breakNext(nil, "/manifests/") { $0.delivered(.silent) } },
        RegistryFault(
            name: "silence in the middle of a blob",
            reason: "OCIArtifactPullFailed",
            fragment: "fetch did not end within spec.timeout (2s)"
        ) { $0.registry.breakNext(.get, "/blobs/") { $0.delivered(.hanging(after: 10)) } },
        RegistryFault(
            name: "a blob that trickles",
            reason: "OCIArtifactPullFailed",
            fragment: "fetch did not end within spec.timeout (2s)"
        ) { $0.registry.breakNext(.get, "/blobs/") { $0.delivered(.trickling(bytes: 1, every: .milliseconds(100))) } },
    ]
}

struct FaultTests {
    @Test(arguments: RegistryFault.all)
    func theArtifactIsKeptUntilTheRegistryRecovers(fault: RegistryFault) async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "one"])
        fixture.create()
        try await fixture.reconcile()
        let first = try #require(fixture.artifact)

        let second = try fixture.push(["a.yaml": "two", "b.yaml": "b"])
        let bytes = try #require(fixture.registry.blob(SourceFixture.repository, second.layer))
        try fault.strike(RegistryFault.Target(registry: fixture.registry, artifact: second))
        if fault.isEndless { fixture.changeSpec { $0["timeout"] = "2s" } }
        #expect(try await fixture.reconcile() == .failed(atLeast: fault.delay))
        let outdated = fault.isResolved ? ["ArtifactOutdated=True/NewRevision"] : []
        let failing =
            ["ArtifactInStorage=True/Succeeded"] + outdated + [
                "FetchFailed=True/\(fault.reason)", "Ready=False/\(fault.reason)",
                "Reconciling=True/ProgressingWithRetry",
            ]
        #expect(fixture.conditions == failing)
        #expect(fixture.status["observedGeneration"]?.integer == 1)
        #expect(fault.fragment.isEmpty || fixture.message("Ready").contains(fault.fragment))
        #expect(fixture.message("FetchFailed") == fixture.message("Ready"))
        #expect(fixture.artifact == first)
        #expect(try fixture.servedFiles() == ["a.yaml"])
        #expect(try fixture.leftovers() == [])

        fixture.registry.behave()
        fixture.clock.advance(by: fault.delay)
        fixture.changeSpec { $0["timeout"] = nil }
        fixture.registry.swapBlob(SourceFixture.repository, second.layer, for: bytes)
        fixture.registry.swapManifest(SourceFixture.repository, second.manifest, for: second.manifestBytes)
        #expect(try await fixture.reconcile() == .again(after: .seconds(600)))
        #expect(fixture.conditions == PublishTests.healthy)
        #expect(fixture.artifact?.revision == "v1@\(second.manifest)")
        #expect(try fixture.servedFiles() == ["a.yaml", "b.yaml"])
        #expect(try fixture.leftovers() == [])
    }

    @Test func aFailureThatGoesOnIsWrittenOnce() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "one"])
        fixture.create()
        try await fixture.reconcile()
        fixture.registry.failNext(nil, "/manifests/", status: 404, times: .max)
        try await fixture.reconcile()
        let failing = fixture.object
        _ = fixture.cluster.takeRequests()
        for _ in 0..<2 {
            fixture.clock.advance(by: .seconds(60))
            #expect(try await fixture.reconcile() == .failed(atLeast: .zero))
        }
        #expect(fixture.cluster.takeRequests().map(\.line) == [])
        #expect(fixture.object == failing)
    }

    @Test func oneServerErrorIsRetriedWithinTheReconcile() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "one"])
        fixture.create()
        fixture.registry.failNext(.head, "/manifests/", status: 500)
        fixture.registry.failNext(.get, "/blobs/", status: 503)
        #expect(try await fixture.reconcile() == .again(after: .seconds(600)))
        #expect(fixture.conditions == PublishTests.healthy)
    }

    @Test func aTransferThatBreaksGoesOnWhereItWas() async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "one"])
        fixture.create()
        fixture.registry.breakNext(.get, "/blobs/\(pushed.layer)", times: 1) { $0.delivered(.closing(after: 30)) }
        try await fixture.reconcile()
        #expect(fixture.conditions == PublishTests.healthy)
        #expect(fixture.registry.requests(.get, "/blobs/").last?.headers["Range"] == "bytes=30-")
    }

    @Test func aTagThatMovesBetweenResolveAndFetchChangesNothingOfThisReconcile() async throws {
        let fixture = try SourceFixture()
        let first = try fixture.push(["a.yaml": "one"])
        let second = try fixture.push(["a.yaml": "two", "b.yaml": "b"], tag: nil)
        fixture.registry.moveAfterNextLook(SourceFixture.repository, "v1", to: second.manifest)
        fixture.create()
        try await fixture.reconcile()
        #expect(fixture.artifact?.revision == "v1@\(first.manifest)")
        #expect(try fixture.servedFiles() == ["a.yaml"])
        try await fixture.reconcile()
        #expect(fixture.artifact?.revision == "v1@\(second.manifest)")
        #expect(try fixture.servedFiles() == ["a.yaml", "b.yaml"])
    }

    @Test func aTagThatMovesWhileTheOldManifestGoesIsRefusedAndTriedAgain() async throws {
        let fixture = try SourceFixture()
        let first = try fixture.push(["a.yaml": "one"])
        let second = try fixture.push(["a.yaml": "two"], tag: nil)
        fixture.registry.moveAfterNextLook(SourceFixture.repository, "v1", to: second.manifest)
        fixture.registry.remove(SourceFixture.repository, first.config)
        fixture.registry.failNext(.get, "/manifests/\(first.manifest)", status: 404, times: .max)
        fixture.create()
        #expect(try await fixture.reconcile() == .failed(atLeast: .zero))
        #expect(fixture.artifact == nil)
        try await fixture.reconcile()
        #expect(fixture.artifact?.revision == "v1@\(second.manifest)")
    }

    @Test func aTagThatComesBackIsNoLongerOutdated() async throws {
        let fixture = try SourceFixture()
        let first = try fixture.push(["a.yaml": "one"])
        fixture.create()
        try await fixture.reconcile()
        try fixture.push(["a.yaml": "two"])
        fixture.registry.failNext(.get, "/blobs/", status: 404, times: .max)
        try await fixture.reconcile()
        #expect(fixture.conditions.contains("ArtifactOutdated=True/NewRevision"))
        fixture.registry.behave()
        fixture.registry.tag(SourceFixture.repository, "v1", first.manifest)
        try await fixture.reconcile()
        #expect(fixture.conditions == PublishTests.healthy)
        #expect(try fixture.servedFiles() == ["a.yaml"])
    }

    @Test func whatIsNoArchiveIsRefusedAndLeavesNothing() async throws {
        let fixture = try SourceFixture()
        try fixture.registry.addArtifact(SourceFixture.repository, tag: "v1", layer: Array("no archive".utf8))
        fixture.create()
        #expect(try await fixture.reconcile() == .failed(atLeast: .zero))
        #expect(
            fixture.conditions == [
                "FetchFailed=True/OCIArtifactLayerOperationFailed", "Ready=False/OCIArtifactLayerOperationFailed",
                "Reconciling=True/ProgressingWithRetry",
            ]
        )
        #expect(try fixture.storedNames() == [])
        #expect(try fixture.leftovers() == [])
    }

    @Test func anAPIServerThatTakesNoStatusIsToldAgain() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "one"])
        fixture.create()
        fixture.cluster.refuse(
            "PATCH \(SourceFixture.path)/status",
            status: 500,
            reason: "InternalError",
            message: "etcd is away"
        )
        #expect(try await fixture.reconcile() == .failed(atLeast: .zero))
        #expect(fixture.artifact == nil)
        #expect(try await fixture.reconcile() == .again(after: .seconds(600)))
        #expect(fixture.conditions == PublishTests.healthy)
        _ = try fixture.servedBytes()
    }

    @Test func aCancelledReconcileSaysNothing() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "one"])
        fixture.create()
        fixture.registry.breakNext(nil, "/manifests/") { $0.delivered(.silent) }
        try await fixture.reconcileAndCancel { fixture.registry.count(.head, "/manifests/") > 0 }
        #expect(fixture.status == .null)
        #expect(try fixture.leftovers() == [])
    }
}

/// The controller dies, or loses the API server, after every single request to it.
struct InterruptedSourceTests {
    @Test(arguments: [false, true])
    func aReconcileAfterwardsFinishesTheWork(losingAnswers: Bool) async throws {
        var count = 0
        while true {
            let fixture = try SourceFixture()
            let first = try fixture.push(["a.yaml": "one"])
            try fixture.sign(first, by: SigningKeys.first)
            fixture.createVerified()
            fixture.cluster.answerOnly(count, losingAnswers: losingAnswers)
            _ = try await fixture.reconcile()
            let wasInterrupted = fixture.cluster.hasFailed
            fixture.cluster.answerOnly(nil)
            try fixture.restart()
            #expect(try await fixture.reconcile() == .again(after: .seconds(600)))
            #expect(fixture.conditions == VerificationTests.verified, "after \(count) requests")
            #expect(fixture.artifact?.revision == "v1@\(first.manifest)")
            _ = try fixture.servedBytes()
            #expect(try fixture.leftovers() == [])
            fixture.cluster.delete(SourceFixture.path)
            try await fixture.reconcile()
            #expect(fixture.object == .null)
            #expect(try fixture.pooledNames() == [])
            guard wasInterrupted else { break }
            count += 1
        }
        #expect(count == 3, "the finalizer, the keys and the status")
    }
}
