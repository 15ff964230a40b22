import ArtifactStore
import ControllerRuntime
import CoreModel
import HTTPExchange
import ManifestTree
import SluiceAPI
import TestSupport
import Testing

struct PublishTests {
    static let healthy = ["ArtifactInStorage=True/Succeeded", "Ready=True/Succeeded"]

    @Test func theFirstReconcileStoresTheArtifactAndWritesTwice() async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "a: 1"], annotations: ["org.opencontainers.image.revision": "main@1"])
        fixture.create()
        #expect(try await fixture.reconcile() == .again(after: .seconds(600)))

        #expect(fixture.conditions == Self.healthy)
        #expect(fixture.message("Ready") == "stored artifact for digest 'v1@\(pushed.manifest)'")
        #expect(fixture.status["observedGeneration"]?.integer == 1)
        #expect(fixture.status["url"]?.string == "http://files.test/ocirepository/apps/site/latest.tar.gz")
        let artifact = try #require(fixture.artifact)
        #expect(artifact.revision == "v1@\(pushed.manifest)")
        #expect(artifact.path == "ocirepository/apps/site/\(pushed.manifest).tar.gz")
        #expect(artifact.url == "http://files.test/\(artifact.path)")
        #expect(artifact.metadata == ["org.opencontainers.image.revision": "main@1"])
        #expect(artifact.lastUpdateTime == fixture.clock.now())
        #expect(try fixture.servedFiles() == ["a.yaml"])
        #expect(try fixture.leftovers() == [])
        #expect(fixture.object[path: ["metadata", "finalizers"]] == ["finalizers.fluxcd.io"])
        let writes = fixture.cluster.takeRequests().filter(\.isWrite).map(\.line)
        #expect(writes == ["PATCH \(SourceFixture.path)", "PATCH \(SourceFixture.path)/status"])
    }

    @Test func anUnchangedSourceCostsOneHeadAndNoWrite() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1"])
        fixture.create()
        try await fixture.reconcile()
        _ = fixture.cluster.takeRequests()
        for _ in 0..<3 {
            let seen = fixture.registry.count()
            // Within the quarter of an hour after which a registry is looked at anew.
            fixture.clock.advance(by: .seconds(240))
            #expect(try await fixture.reconcile() == .again(after: .seconds(600)))
            #expect(fixture.registryRequests(after: seen) == ["HEAD /v2/acme/site/manifests/v1"])
        }
        #expect(fixture.cluster.takeRequests().map(\.line) == [])
    }

    @Test func aPinnedDigestCostsNoRequestOnceItIsStored() async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "a: 1"])
        fixture.create { $0["ref"] = ["digest": .string("\(pushed.manifest)")] }
        try await fixture.reconcile()
        #expect(fixture.artifact?.revision == "\(pushed.manifest)")
        let seen = fixture.registry.count()
        try await fixture.reconcile()
        #expect(fixture.registryRequests(after: seen) == [])
    }

    @Test func aRequestedReconcileIsAnsweredWithOneWrite() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1"])
        fixture.create()
        try await fixture.reconcile()
        fixture.cluster.change(SourceFixture.path) {
            $0[path: ["metadata", "annotations"]] = ["reconcile.fluxcd.io/requestedAt": "now"]
        }
        _ = fixture.cluster.takeRequests()
        let seen = fixture.registry.count()
        try await fixture.reconcile()
        #expect(fixture.status["lastHandledReconcileAt"] == "now")
        #expect(fixture.conditions == Self.healthy)
        let writes = fixture.cluster.takeRequests().filter(\.isWrite)
        #expect(writes.map(\.line) == ["PATCH \(SourceFixture.path)/status"])
        #expect(writes.first?.body == ["status": ["lastHandledReconcileAt": "now"]])
        #expect(fixture.registryRequests(after: seen) == ["HEAD /v2/acme/site/manifests/v1"])
    }

    @Test func anotherIgnoreMakesTheArtifactAnew() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1", "b.txt": "b"])
        fixture.create()
        try await fixture.reconcile()
        let first = try #require(fixture.artifact)
        #expect(try fixture.servedFiles() == ["a.yaml", "b.txt"])
        fixture.changeSpec { $0["ignore"] = "*.txt" }
        try await fixture.reconcile()
        let second = try #require(fixture.artifact)
        #expect(second.revision == first.revision)
        #expect(second.digest != first.digest)
        #expect(try fixture.servedFiles() == ["a.yaml"])
        #expect(fixture.status["observedIgnore"] == "*.txt")
        #expect(fixture.status["observedGeneration"]?.integer == 2)
        fixture.changeSpec { $0["ignore"] = nil }
        try await fixture.reconcile()
        #expect(fixture.artifact?.digest == first.digest)
        #expect(fixture.status["observedIgnore"] == nil)
    }

    @Test func copyKeepsTheLayerAsItIs() async throws {
        let fixture = try SourceFixture()
        let bytes = Array("no archive at all".utf8)
        let pushed = try fixture.registry.addArtifact(
            SourceFixture.repository,
            tag: "v1",
            layer: bytes,
            mediaType: "text/plain"
        )
        fixture.create { $0["layerSelector"] = ["mediaType": "text/plain", "operation": "copy"] }
        try await fixture.reconcile()
        #expect(fixture.conditions == Self.healthy)
        #expect(fixture.artifact?.digest == pushed.layer)
        #expect(try fixture.servedBytes() == bytes)
        #expect(fixture.status["observedLayerSelector"] == ["mediaType": "text/plain", "operation": "copy"])
        let seen = fixture.registry.count()
        try await fixture.reconcile()
        #expect(fixture.registryRequests(after: seen) == ["HEAD /v2/acme/site/manifests/v1"])
    }

    @Test func aSelectorThatFitsNothingNamesTheLayersThatAreThere() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1"])
        fixture.create { $0["layerSelector"] = ["mediaType": "application/x-other"] }
        #expect(try await fixture.reconcile() == .failed(atLeast: .zero))
        #expect(
            fixture.conditions == [
                "FetchFailed=True/OCIArtifactLayerOperationFailed", "Ready=False/OCIArtifactLayerOperationFailed",
                "Reconciling=True/ProgressingWithRetry",
            ]
        )
        #expect(fixture.message("Ready").contains("media type 'application/x-other'"))
        #expect(fixture.message("Ready").contains("application/vnd.cncf.flux.content.v1.tar+gzip"))
    }

    @Test func theHighestVersionThatPassesTheFilterIsTaken() async throws {
        let fixture = try SourceFixture()
        fixture.registry.pageTags(by: 2)
        for tag in ["1.0.0", "1.2.0", "1.10.0", "1.11.0-rc.1", "2.0.0", "latest", "1.9.0-stable"] {
            try fixture.push(["a.yaml": tag], tag: tag)
        }
        fixture.create { $0["ref"] = ["semver": "1.x"] }
        try await fixture.reconcile()
        #expect(fixture.artifact?.revision.hasPrefix("1.10.0@sha256:") == true)
        fixture.changeSpec { $0["ref"] = ["semver": ">=1.0.0-0", "semverFilter": "stable$"] }
        try await fixture.reconcile()
        #expect(fixture.artifact?.revision.hasPrefix("1.9.0-stable@sha256:") == true)
        fixture.changeSpec { $0["ref"] = ["semver": ">=3.0.0"] }
        #expect(try await fixture.reconcile() == .failed(atLeast: .zero))
        #expect(fixture.message("Ready").contains("spec.ref.semver '>=3.0.0'"))
        #expect(fixture.message("FetchFailed").contains("7 tags"))
        #expect(fixture.artifact?.revision.hasPrefix("1.9.0-stable@sha256:") == true)
    }

    @Test func aSuspendedSourceIsLeftAlone() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1"])
        fixture.create()
        try await fixture.reconcile()
        fixture.changeSpec {
            $0["suspend"] = true
            $0["ref"] = ["tag": "v2"]
        }
        let before = fixture.object
        let seen = fixture.registry.count()
        _ = fixture.cluster.takeRequests()
        #expect(try await fixture.reconcile() == .settled)
        #expect(fixture.object == before)
        #expect(fixture.registryRequests(after: seen) == [])
        #expect(fixture.cluster.takeRequests().map(\.line) == [])
        _ = try fixture.servedBytes()
    }

    @Test(arguments: [false, true])
    func deletionRemovesTheFilesAndLetsTheObjectGo(isSuspended: Bool) async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1"])
        fixture.create()
        try await fixture.reconcile()
        if isSuspended { fixture.changeSpec { $0["suspend"] = true } }
        fixture.cluster.delete(SourceFixture.path)
        #expect(fixture.object != .null)
        #expect(try await fixture.reconcile() == .settled)
        #expect(fixture.object == .null)
        #expect(try fixture.storedNames() == [])
        #expect(try fixture.pooledNames() == [])
    }

    @Test func anArtifactThatIsGoneAfterARestartIsFetchedAgain() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1"])
        fixture.create()
        try await fixture.reconcile()
        let first = try #require(fixture.artifact)
        try fixture.restart(inEmptyFolder: true)
        try await fixture.reconcile()
        #expect(fixture.artifact?.digest == first.digest)
        #expect(fixture.conditions == Self.healthy)
        _ = try fixture.servedBytes()
    }

    @Test func anArtifactThatIsStillThereAfterARestartIsKept() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1"])
        fixture.create()
        try await fixture.reconcile()
        _ = fixture.cluster.takeRequests()
        try fixture.restart()
        let seen = fixture.registry.count()
        try await fixture.reconcile()
        #expect(fixture.registryRequests(after: seen) == ["HEAD /v2/acme/site/manifests/v1"])
        #expect(fixture.cluster.takeRequests().map(\.line) == [])
    }

    @Test func aCorruptedFileIsFetchedAgain() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1"])
        fixture.create()
        try await fixture.reconcile()
        let first = try #require(fixture.artifact)
        try fixture.corrupt()
        try await fixture.reconcile()
        #expect(fixture.artifact?.digest == first.digest)
        #expect(try fixture.servedFiles() == ["a.yaml"])
    }

    @Test func anArtifactThatIsLostAndCannotBeFetchedIsNoLongerPromised() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1"])
        fixture.create()
        try await fixture.reconcile()
        try fixture.restart(inEmptyFolder: true)
        fixture.registry.failNext(nil, "/v2/", status: 503, times: .max)
        #expect(try await fixture.reconcile() == .failed(atLeast: .zero))
        #expect(fixture.status["artifact"] == nil)
        #expect(fixture.status["url"] == nil)
        #expect(
            fixture.conditions == [
                "FetchFailed=True/ReadOperationFailed", "Ready=False/ReadOperationFailed",
                "Reconciling=True/ProgressingWithRetry",
            ]
        )
        fixture.registry.behave()
        try await fixture.reconcile()
        #expect(fixture.conditions == Self.healthy)
        _ = try fixture.servedBytes()
    }

    @Test func anotherAddressIsWrittenWithoutAFetch() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1"])
        fixture.create()
        try await fixture.reconcile()
        fixture.advertise("https://elsewhere.test")
        let seen = fixture.registry.count()
        try await fixture.reconcile()
        #expect(fixture.registryRequests(after: seen) == ["HEAD /v2/acme/site/manifests/v1"])
        #expect(fixture.artifact?.url.hasPrefix("https://elsewhere.test/ocirepository/apps/site/") == true)
        #expect(fixture.status["url"]?.string == "https://elsewhere.test/ocirepository/apps/site/latest.tar.gz")
    }

    @Test func oldRevisionsAreCollectedAndTheNewestIsServedAsLatest() async throws {
        let fixture = try SourceFixture()
        fixture.create()
        for text in ["1", "2", "3", "4"] {
            try fixture.push(["a.yaml": text])
            try await fixture.reconcile()
        }
        #expect(try fixture.storedNames().count == 3, "two records and the link to the newest")
        let latest = try fixture.store.lease(ArtifactPath("ocirepository/apps/site/latest.tar.gz"))
        #expect(latest.path.description == fixture.artifact?.path)
        #expect(fixture.conditions == Self.healthy)
    }
}
