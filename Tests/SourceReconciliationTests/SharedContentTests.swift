import ArtifactStore
import ControllerRuntime
import CoreModel
import HTTPExchange
import ManifestTree
import OCIDistribution
import SignatureCrypto
import SluiceAPI
import TestSupport
import Testing

/// Many objects with one content.
struct SharedContentTests {
    private static func names(_ count: Int) -> [String] { (0..<count).map { "site-\($0)" } }

    private static func secret(_ user: String, _ password: String, for host: String) -> Tree {
        let basic = Base64.encode(Array("\(user):\(password)".utf8))
        let config = "{\"auths\":{\"\(host)\":{\"auth\":\"\(basic)\"}}}"
        return [".dockerconfigjson": .string(Base64.encode(Array(config.utf8)))]
    }

    @Test func aContentIsFetchedAndStoredOnceAndEveryObjectAsksForItself() async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "a: 1"])
        let names = Self.names(10)
        for name in names { fixture.create(named: name) }
        try await fixture.reconcile(names)
        for name in names {
            #expect(SourceFixture.conditions(fixture.status(of: name)) == PublishTests.healthy)
            #expect(fixture.status(of: name)[path: ["artifact", "revision"]]?.string == "v1@\(pushed.manifest)")
        }
        #expect(fixture.registry.count(.head, "/manifests/v1") == 10)
        #expect(fixture.registry.count(.get, "/manifests/\(pushed.manifest)") == 10)
        #expect(fixture.registry.count(.get, "/blobs/") == 1)
        #expect(try fixture.pooledNames().count == 1)

        // One that comes later finds it, too.
        fixture.create()
        try await fixture.reconcile()
        #expect(try fixture.servedFiles() == ["a.yaml"])
        #expect(fixture.registry.count(.get, "/blobs/") == 1)
    }

    @Test func anotherSettingIsAnotherContent() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1", "b.txt": "b"])
        fixture.create(named: "all")
        fixture.create { $0["ignore"] = "*.txt" }
        try await fixture.reconcile(["all", "site"])
        #expect(try fixture.servedFiles() == ["a.yaml"])
        #expect(try fixture.pooledNames().count == 2)
    }

    @Test func whoMayNotReadTheRepositoryGetsNothingOfWhatAnotherHasFetched() async throws {
        let fixture = try SourceFixture(sign: .basic(users: ["reader": "right"]))
        let pushed = try fixture.push(["a.yaml": "a: 1"])
        fixture.setSecret(Self.secret("reader", "right", for: fixture.registry.host))
        fixture.create(named: "reader") { $0["secretRef"] = ["name": "keys"] }
        try await fixture.reconcile(["reader"])
        #expect(SourceFixture.conditions(fixture.status(of: "reader")) == PublishTests.healthy)

        // By tag it cannot even be resolved; a digest that it has heard of needs no resolving.
        fixture.create()
        try await fixture.reconcile()
        #expect(fixture.conditions.contains("Ready=False/ReadOperationFailed"))
        fixture.changeSpec { $0["ref"] = ["digest": .string("\(pushed.manifest)")] }
        try await fixture.reconcile()
        #expect(fixture.conditions.contains("Ready=False/OCIArtifactPullFailed"))
        #expect(fixture.artifact == nil)
        #expect(try fixture.storedNames() == [])
    }

    @Test func aRegistryOfSomebodyElseCannotNameTheContentOfAnother() async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["secret.yaml": "a: 1"])
        fixture.create(named: "owner")
        try await fixture.reconcile(["owner"])
        #expect(SourceFixture.conditions(fixture.status(of: "owner")) == PublishTests.healthy)

        // The very same manifest, and none of its blobs.
        let other = try ScriptedRegistry()
        try other.addManifest(SourceFixture.repository, pushed.manifestBytes, tag: "v1")
        fixture.create { $0["url"] = .string("oci://\(other.host)/\(SourceFixture.repository)") }
        try await fixture.reconcile()
        #expect(fixture.conditions.contains("Ready=False/OCIArtifactPullFailed"))
        #expect(fixture.artifact == nil)
        #expect(other.count(.get, "/blobs/\(pushed.layer)") > 0)
    }

    @Test func theFailureOfOneIsNotThatOfAnother() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1"])
        fixture.registry.failNext(.get, "/blobs/", status: 404)
        let names = Self.names(4)
        for name in names { fixture.create(named: name) }
        try await fixture.reconcile(names)
        let healthy = names.filter { SourceFixture.conditions(fixture.status(of: $0)) == PublishTests.healthy }
        #expect(healthy.count == 3)
        #expect(fixture.registry.count(.get, "/blobs/") == 2)
    }

    @Test func contentThatHasGoneIsFetchedAgain() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1"])
        fixture.create(named: "first")
        try await fixture.reconcile(["first"])
        fixture.cluster.delete(SourceFixture.path("first"))
        try await fixture.reconcile(["first"])
        #expect(try fixture.pooledNames() == [])
        fixture.create()
        try await fixture.reconcile()
        #expect(try fixture.servedFiles() == ["a.yaml"])
        #expect(fixture.registry.count(.get, "/blobs/") == 2)
    }

    /// The budget: one HEAD for each object and interval, and nothing else to anybody.
    @Test func manyObjectsThatAreUpToDateCostOneHeadEach() async throws {
        let fixture = try SourceFixture(sign: .basic(users: ["reader": "right"]))
        fixture.setSecret(Self.secret("reader", "right", for: fixture.registry.host))
        let names = Self.names(200)
        for (index, name) in names.enumerated() {
            try fixture.push(["a.yaml": "a: \(index)"], tag: name)
            fixture.create(named: name) {
                $0["ref"] = ["tag": .string(name)]
                $0["secretRef"] = ["name": "keys"]
            }
        }
        fixture.followSecrets()
        try await fixture.reconcile(names)
        #expect(names.allSatisfy { SourceFixture.conditions(fixture.status(of: $0)) == PublishTests.healthy })
        _ = fixture.cluster.takeRequests()
        for _ in 0..<3 {
            let seen = fixture.registry.count()
            fixture.clock.advance(by: .seconds(240))
            let outcomes = try await fixture.reconcile(names)
            #expect(outcomes.values.allSatisfy { $0 == .again(after: .seconds(600)) })
            let requests = fixture.registryRequests(after: seen)
            #expect(Set(requests) == Set(names.map { "HEAD /v2/acme/site/manifests/\($0)" }))
            #expect(requests.count == names.count)
        }
        #expect(fixture.cluster.takeRequests().map(\.line) == [])
        #expect(fixture.registry.server.openConnectionCount <= 8, "kept-alive connections, as many as work at once")
    }
}
