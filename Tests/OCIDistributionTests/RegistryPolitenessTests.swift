import CoreModel
import CurlTransport
import HTTPExchange
import OCIDistribution
import Synchronization
import TestSupport
import Testing

@Suite struct RegistryPolitenessTests {
    private let registry: ScriptedRegistry
    private let reference: OCIReference

    init() throws {
        registry = try ScriptedRegistry()
        try registry.addArtifact("acme/app", tag: "v1", layer: pattern(10))
        reference = try OCIReference("\(registry.host)/acme/app:v1")
    }

    private func refusal(_ fixture: RegistryFixture, _ access: RegistryAccess = RegistryFixture.access()) async throws
        -> RegistryError
    {
        try await #require(throws: RegistryError.self) { try await fixture.client.resolve(reference, access) }
    }

    @Test(arguments: [429, 503]) func leavesAHostAloneThatAsksForIt(status: Int) async throws {
        let fixture = try RegistryFixture()
        registry.failNext(.head, "/manifests/", status: status, headers: ["Retry-After": "120"])
        let first = try await refusal(fixture)
        #expect(first.retryAfter == .seconds(120))
        fixture.clock.advance(.seconds(20))
        let count = registry.count()
        let second = try await refusal(fixture)
        #expect(second.code == .rateLimited)
        #expect(second.kind == .transient(retryAfter: .seconds(100)), "what is left of it")
        #expect(
            second.message
                == "Registry \(registry.host) wants to be left alone for another 1m40s, so \(reference) was not asked "
                + "for; ask less often, or sign in for a higher limit"
        )
        #expect(registry.count() == count, "nothing was sent")
        var proxied = RegistryFixture.access()
        proxied.profile.prefersHTTP2 = false
        _ = try await fixture.client.resolve(reference, proxied)
        fixture.clock.advance(.seconds(101))
        _ = try await fixture.client.resolve(reference, RegistryFixture.access())
    }

    @Test func readsADateToo() async throws {
        let fixture = try RegistryFixture()
        // The clock of the fixture stands at 2027-01-15T08:00:00Z.
        let date = "Fri, 15 Jan 2027 08:02:00 GMT"
        registry.failNext(.head, "/manifests/", status: 429, headers: ["Retry-After": date])
        #expect(try await refusal(fixture).kind == .transient(retryAfter: .seconds(120)))
        #expect(try await refusal(fixture).kind == .transient(retryAfter: .seconds(120)))
        #expect(registry.count(.head, "/manifests/") == 1)
    }

    @Test func waitsOutAShortRestForEverybody() async throws {
        let fixture = try RegistryFixture()
        _ = try await fixture.client.resolve(reference, RegistryFixture.access())
        registry.failNext(.head, "/manifests/", status: 429, headers: ["Retry-After": "1"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...4 {
                group.addTask { _ = try await fixture.client.resolve(reference, RegistryFixture.access()) }
            }
            try await group.waitForAll()
        }
    }

    @Test func aLyingClockSilencesNobodyForLong() async throws {
        let fixture = try RegistryFixture()
        registry.failNext(.head, "/manifests/", status: 429, headers: ["Retry-After": "900000000"])
        _ = try await refusal(fixture)
        #expect(try await refusal(fixture).retryAfter == .seconds(600))
    }

    @Test func boundsTheRequestsThatWaitForAnAnswer() async throws {
        let fixture = try RegistryFixture { $0.requestsPerHost = 3 }
        let inside = Mutex((now: 0, most: 0))
        let server = try LoopbackServer { _ in
            inside.withLock { inside in
                inside.now += 1
                inside.most = max(inside.most, inside.now)
            }
            return .text(404, "").delayed(by: .milliseconds(5))
        }
        let host = server.authority
        await withTaskGroup(of: Void.self) { group in
            for number in 1...30 {
                group.addTask {
                    let reference = try? OCIReference("\(host)/a:v\(number)")
                    guard let reference else { return }
                    _ = try? await fixture.client.resolve(reference, RegistryFixture.access())
                }
            }
            for await _ in group {}
        }
        #expect(server.connectionCount <= 4, "each waits for one of three places (and the ping has one)")
        #expect(fixture.transport.liveTransferCount == 0)
    }

    @Test func theTimeInLineCounts() async throws {
        let fixture = try RegistryFixture { $0.requestsPerHost = 1 }
        _ = try await fixture.client.resolve(reference, RegistryFixture.access())
        registry.breakNext(nil, "/manifests/") { $0.delivered(.silent) }
        var access = RegistryFixture.access()
        access.timeout = .milliseconds(300)
        let bounded = access
        await withTaskGroup(of: RegistryError.Code?.self) { group in
            for _ in 1...3 {
                group.addTask {
                    do {
                        _ = try await fixture.client.resolve(reference, bounded)
                        return nil
                    } catch {
                        return (error as? RegistryError)?.code
                    }
                }
            }
            for await code in group { #expect(code == .timeout) }
        }
        #expect(fixture.transport.liveTransferCount == 0)
    }
}

@Suite struct SharedResolutionTests {
    private let registry: ScriptedRegistry
    private let reference: OCIReference
    private let fixture: RegistryFixture

    init() throws {
        registry = try ScriptedRegistry()
        try registry.addArtifact("acme/app", tag: "v1", layer: pattern(10))
        reference = try OCIReference("\(registry.host)/acme/app:v1")
        fixture = try RegistryFixture()
    }

    private func access(_ age: Duration, _ credentials: RegistryCredentials = .anonymous) -> RegistryAccess {
        var access = RegistryFixture.access(credentials, for: registry.host)
        access.maximumAge = age
        return access
    }

    @Test func equalQuestionsAreAskedOnce() async throws {
        registry.breakNext(.head, "/manifests/") { $0.delayed(by: .milliseconds(50)) }
        let access = access(.seconds(30))
        let answers = try await withThrowingTaskGroup(of: ResolvedRevision.self) { group in
            for _ in 1...8 { group.addTask { try await fixture.client.resolve(reference, access) } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(answers.count == 1)
        _ = try await fixture.client.resolve(reference, access)
        #expect(registry.count(.head, "/manifests/") == 1)
        fixture.clock.advance(.seconds(31))
        _ = try await fixture.client.resolve(reference, access)
        #expect(registry.count(.head, "/manifests/") == 2, "too old by then")
    }

    @Test func othersAskThemselves() async throws {
        _ = try await fixture.client.resolve(reference, access(.seconds(30)))
        let ann = RegistryCredentials.basic(username: "ann", password: Redacted("x"))
        _ = try await fixture.client.resolve(reference, access(.seconds(30), ann))
        #expect(registry.count(.head, "/manifests/") == 2, "other credentials")
        _ = try await fixture.client.resolve(reference, access(.zero))
        #expect(registry.count(.head, "/manifests/") == 3, "who wants to know it now")
    }

    @Test func ownWritesAreSeen() async throws {
        _ = try await fixture.client.resolve(reference, access(.seconds(30)))
        let next = try registry.addArtifact("acme/app", tag: nil, layer: pattern(20))
        let pinned = OCIReference(repository: reference.repository, digest: next.manifest)
        try await fixture.client.tag(pinned, as: "v1", access(.seconds(30)))
        #expect(try await fixture.client.resolve(reference, access(.seconds(30))).digest == next.manifest)
    }
}

@Suite struct RegistryWarningTests {
    @Test func eachIsToldOnce() async throws {
        let told = Mutex<[RegistryWarning]>([])
        let fixture = try RegistryFixture { $0.onWarning = { warning in told.withLock { $0.append(warning) } } }
        let registry = try ScriptedRegistry()
        try registry.addArtifact("acme/app", tag: "v1", layer: pattern(10))
        registry.breakNext(nil, "/manifests/") { $0.with("Warning", #"299 - "moves to \"new\"", 299 - "soon""#) }
        let reference = try OCIReference("\(registry.host)/acme/app:v1")
        for _ in 1...3 { _ = try await fixture.client.manifest(reference, RegistryFixture.access()) }
        #expect(told.withLock { $0.map(\.text) } == [#"moves to "new""#, "soon"])
        #expect(told.withLock { $0.first?.registry } == registry.host)
    }
}
