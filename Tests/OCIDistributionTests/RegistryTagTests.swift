import CoreModel
import HTTPExchange
import OCIDistribution
import Synchronization
import TestSupport
import Testing

@Suite struct RegistryTagTests {
    @Test(arguments: [1, 2, 7, 1000]) func readsEveryPage(size: Int) async throws {
        let (registry, fixture) = (try ScriptedRegistry(), try RegistryFixture())
        let digest = try registry.addArtifact("acme/app", tag: nil, layer: [1]).manifest
        let names = (1...7).map { "v1.0.\($0)" }
        for name in names { registry.tag("acme/app", name, digest) }
        registry.pageTags(by: size)
        let repository = try Repository(parsing: "\(registry.host)/acme/app")
        #expect(try await fixture.client.tags(repository, RegistryFixture.access()) == names)
        #expect(registry.count(.get, "/tags/") == (7 + size - 1) / size)
    }

    /// A `Link`, whether it is followed, why. `HOST` is the registry.
    static let links: [(String, Bool, String)] = [
        ("<http://HOST/v2/a/tags/list?last=x>; rel=\"next\"", true, "absolute"),
        ("<https://registry.internal/v2/a/tags/list?last=x>; rel=\"next\"", true, "its own name behind a proxy"),
        ("<list?last=x>; rel=\"next\"", true, "relative to the page"),
        ("<?last=x>; rel=\"next\"", true, "a query alone"),
        ("<http://HOST/elsewhere>; rel=\"next\"", false, "outside of the API"),
        ("</v2/a/tags/list?n=1000>; rel=\"next\"", false, "the same page again"),
    ]

    @Test(arguments: links) func followsLinks(link: String, isFollowed: Bool, why: String) async throws {
        let (registry, fixture) = (try ScriptedRegistry(), try RegistryFixture())
        let digest = try registry.addArtifact("a", tag: "m", layer: [1]).manifest
        registry.tag("a", "z", digest)
        let host = registry.host
        registry.breakNext(.get, "/v2/a/tags/list?n=1000") { $0.with("Link", link.replacing("HOST", with: host)) }
        let repository = try Repository(parsing: "\(host)/a")
        if isFollowed {
            #expect(try await fixture.client.tags(repository, RegistryFixture.access()) == ["m", "z"], "\(why)")
            #expect(registry.requests(.get, "/tags/").last?.query == "last=x", "\(why)")
        } else {
            let error = try await #require(throws: RegistryError.self, "\(why)") {
                try await fixture.client.tags(repository, RegistryFixture.access())
            }
            #expect(error.code == .protocolViolation)
        }
    }

    @Test func leavesOutWhatIsNoTagAndStopsAtItsLimit() async throws {
        let (registry, fixture) = (try ScriptedRegistry(), try RegistryFixture())
        registry.breakNext(.get, "/tags/") { _ in .text(200, #"{"tags":["a","../b","a","c"]}"#) }
        let (repository, access) = (try Repository(parsing: "\(registry.host)/x"), RegistryFixture.access())
        #expect(try await fixture.client.tags(repository, access) == ["a", "c"])
        await #expect(throws: RegistryError.self) { try await fixture.client.tags(repository, access, limit: 1) }
        registry.breakNext(.get, "/tags/") { _ in .text(200, #"{"tags":null}"#) }
        #expect(try await fixture.client.tags(repository, access) == [])
    }

    /// How a registry without links lists 120 tags in pages, how many requests that takes, why.
    static let cuts: [(page: Int, asked: Int, why: String)] = [
        (50, 3, "the last page is not full"),
        (60, 1, "nobody would take that for a cut list"),
        (1000, 1, "all at once"),
        (120, 1, "all at once, exactly"),
    ]

    @Test(arguments: cuts) func asksForTheRestOfACutList(page: Int, asked: Int, why: String) async throws {
        let names = (1...120).map { "v\(1000 + $0)" }
        let server = try LoopbackServer { request in
            let last = request.query.split(separator: "&").first { $0.hasPrefix("last=") }.map { $0.dropFirst(5) }
            let rest = names.filter { name in last.map { name > $0 } ?? true }.prefix(page)
            return .text(200, "{\"tags\":[\(rest.map { "\"\($0)\"" }.joined(separator: ","))]}")
        }
        let repository = try Repository(parsing: "\(server.authority)/a")
        let found = try await RegistryFixture().client.tags(repository, RegistryFixture.access())
        #expect(found == (page == 60 ? Array(names.prefix(60)) : names), "\(why)")
        #expect(server.requests.filter { $0.path.hasSuffix("/tags/list") }.count == asked, "\(why)")
    }

    @Test(arguments: [true, false]) func aRegistryWithoutPagesIsAskedOnceMore(refuses: Bool) async throws {
        let names = (1...100).map { "v\(1000 + $0)" }
        let list = "{\"tags\":[\(names.map { "\"\($0)\"" }.joined(separator: ","))]}"
        let server = try LoopbackServer { request in
            refuses && request.query.contains("last=") ? .text(400, "") : .text(200, list)
        }
        let repository = try Repository(parsing: "\(server.authority)/a")
        #expect(try await RegistryFixture().client.tags(repository, RegistryFixture.access()) == names)
    }

    @Test func whatDidNotChangeDoesNotTravelAgain() async throws {
        let version = Mutex(1)
        let server = try LoopbackServer { request in
            let mark = "\"\(version.withLock { $0 })\""
            if request.headers["If-None-Match"] == mark { return ScriptedReply(304) }
            let isSecond = request.query.contains("last=b")
            var reply = ScriptedReply.text(200, isSecond ? #"{"tags":["c"]}"# : #"{"tags":["a","b"]}"#)
            reply.headers["ETag"] = mark
            if !isSecond { reply.headers["Link"] = "</v2/x/tags/list?last=b>; rel=next" }
            return reply
        }
        let (client, access) = (try RegistryFixture().client, RegistryFixture.access())
        let repository = try Repository(parsing: "\(server.authority)/x")
        for _ in 1...2 { #expect(try await client.tags(repository, access) == ["a", "b", "c"]) }
        let asked = server.requests.filter { $0.path.hasSuffix("/list") }.map { $0.headers["If-None-Match"] }
        #expect(asked == [nil, nil, "\"1\"", "\"1\""])
        version.withLock { $0 = 2 }
        #expect(try await client.tags(repository, access) == ["a", "b", "c"])
        let ann = RegistryFixture.access(.basic(username: "a", password: Redacted("b")), for: server.authority)
        _ = try await client.tags(repository, ann)
        #expect(server.requests.last?.headers["If-None-Match"] == nil, "nobody sees what others were sent")
    }

    @Test func aHundredThousandTagsAreRead() async throws {
        let server = try LoopbackServer { request in
            let last = request.query.split(separator: "&").first { $0.hasPrefix("last=v") }.map { $0.dropFirst(6) }
            let start = last.flatMap { Int($0) } ?? 0
            let end = min(start + 1000, 100_000)
            let names = (start..<end).map { "\"v\($0 + 1)\"" }.joined(separator: ",")
            var reply = ScriptedReply.text(200, "{\"tags\":[\(names)]}")
            if end < 100_000 { reply.headers["Link"] = "<list?n=1000&last=v\(end)>; rel=\"next\"" }
            return reply
        }
        let (client, access) = (try RegistryFixture().client, RegistryFixture.access())
        let repository = try Repository(parsing: "\(server.authority)/x")
        #expect(try await client.tags(repository, access).count == 100_000)
        let error = try await #require(throws: RegistryError.self) {
            try await client.tags(repository, access, limit: 99_999)
        }
        #expect(error.message.contains("has more than 99999 tags"))
    }
}
