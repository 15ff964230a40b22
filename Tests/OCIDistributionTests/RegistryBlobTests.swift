import CoreModel
import HTTPExchange
import OCIDistribution
import SignatureCrypto
import TestSupport
import Testing

@Suite struct RegistryBlobTests {
    private let registry: ScriptedRegistry
    private let fixture: RegistryFixture
    private let repository: Repository
    private let bytes = pattern(300_000)
    private let blob: Descriptor

    init() throws {
        registry = try ScriptedRegistry()
        fixture = try RegistryFixture()
        repository = try Repository(parsing: "\(registry.host)/acme/app")
        blob = Descriptor(mediaType: "a/b", digest: try registry.addBlob("acme/app", bytes), size: Int64(bytes.count))
    }

    private func fetch(into sink: CountingSink) async throws {
        try await fixture.client.fetchBlob(repository, blob, RegistryFixture.access(), into: sink)
    }

    @Test func bringsTheWholeBlob() async throws {
        let sink = CountingSink()
        try await fetch(into: sink)
        #expect(sink.bytes == bytes)
        #expect(registry.count(.get, "/blobs/") == 1)
    }

    @Test func goesOnWhereItBrokeOff() async throws {
        registry.breakNext(.get, "/blobs/", times: 1) { $0.delivered(.closing(after: 100_000)) }
        let sink = CountingSink()
        try await fetch(into: sink)
        #expect(sink.bytes == bytes)
        #expect(sink.resets == 0)
        let ranges = registry.requests(.get, "/blobs/").map { $0.headers["Range"] }
        #expect(ranges == [nil, "bytes=100000-"])
    }

    @Test func beginsAgainWhereRangesAreIgnored() async throws {
        registry.ignoreRanges()
        registry.breakNext(.get, "/blobs/", times: 1) { $0.delivered(.closing(after: 100_000)) }
        let sink = CountingSink()
        try await fetch(into: sink)
        #expect(sink.bytes == bytes)
        #expect(sink.resets == 1)
    }

    @Test func beginsAgainWhereTheRangeIsRefused() async throws {
        let sink = CountingSink()
        sink.write(Array(bytes.prefix(10)))
        registry.failNext(.get, "/blobs/", status: 416)
        try await fetch(into: sink)
        #expect(sink.bytes == bytes)
        #expect(sink.resets == 1)
    }

    @Test func refusesAnotherRange() async throws {
        let sink = CountingSink()
        sink.write(Array(bytes.prefix(10)))
        registry.breakNext(.get, "/blobs/") { $0.with("Content-Range", "bytes 20-299999/300000") }
        let error = try await #require(throws: RegistryError.self) { try await fetch(into: sink) }
        #expect(error.code == .protocolViolation)
        #expect(sink.received == 10)
    }

    @Test func givesUpOnABlobThatAlwaysEndsEarly() async throws {
        registry.ignoreRanges()
        registry.breakNext(.get, "/blobs/") { $0.delivered(.closing(after: 100)) }
        let error = try await #require(throws: RegistryError.self) { try await fetch(into: CountingSink()) }
        #expect(error.code == .unreachable)
        #expect(registry.count(.get, "/blobs/") == 3)
    }

    @Test func givesUpOnABlobThatIsTooShort() async throws {
        registry.swapBlob("acme/app", blob.digest, for: Array(bytes.dropLast()))
        let error = try await #require(throws: RegistryError.self) { try await fetch(into: CountingSink()) }
        #expect(error.code == .digestMismatch)
        #expect(error.message.contains("has 299999 bytes"))
    }

    @Test func takesNoMoreThanTheManifestSays() async throws {
        registry.swapBlob("acme/app", blob.digest, for: bytes + [1])
        registry.breakNext(.get, "/blobs/") { $0.without("Content-Length").delivered(.chunked(50_000)) }
        let sink = CountingSink()
        let error = try await #require(throws: RegistryError.self) { try await fetch(into: sink) }
        #expect(error.code == .digestMismatch)
        #expect(sink.received <= blob.size)
    }

    @Test func checksTheDigestOfSmallBlobs() async throws {
        var wrong = bytes
        wrong[7] ^= 1
        let (client, access) = (fixture.client, RegistryFixture.access())
        #expect(try await client.blob(repository, blob, access, limit: 1 << 20) == bytes)
        registry.swapBlob("acme/app", blob.digest, for: wrong)
        let error = try await #require(throws: RegistryError.self) {
            try await client.blob(repository, blob, access, limit: 1 << 20)
        }
        #expect(error.code == .digestMismatch)
        await #expect(throws: RegistryError.self) { try await client.blob(repository, blob, access, limit: 10) }
    }

    /// A registry that knows entity tags says that it has what is held, and any other sends it.
    @Test func doesNotSendWhatIsHeld() async throws {
        let (client, access) = (fixture.client, RegistryFixture.access())
        func read(_ held: [UInt8]) async throws -> [UInt8] {
            try await client.blob(repository, blob, access, limit: 1 << 20, held: held)
        }
        #expect(try await read(bytes) == bytes)
        #expect(registry.requests(.get, "/blobs/").last?.headers["If-None-Match"] == "\"\(blob.digest)\"")
        #expect(try await read([1]) == bytes)

        let other = [UInt8](repeating: 7, count: bytes.count)
        registry.breakNext(.get, "/blobs/") { _ in ScriptedReply(304) }
        #expect(try await read(bytes) == bytes)
        let held = try await #require(throws: RegistryError.self) { try await read(other).count }
        #expect(held.code == .digestMismatch)
        // Nobody asked on a condition, so that this is no answer.
        await #expect(throws: RegistryError.self) {
            try await client.blob(repository, blob, access, limit: 1 << 20).count
        }
        registry.behave()

        registry.swapBlob("acme/app", blob.digest, for: other)
        let swapped = try await #require(throws: RegistryError.self) { try await read(bytes).count }
        #expect(swapped.code == .digestMismatch)
    }

    @Test func keepsCredentialsFromOtherHosts() async throws {
        let users = ["ann": "secret"]
        let (home, other) = (try ScriptedRegistry(sign: .basic(users: users)), try ScriptedRegistry())
        try home.addBlob("acme/app", bytes)
        try other.addBlob("acme/app", bytes)
        home.redirectBlobs(to: "http://\(other.host)")
        let access = RegistryFixture.access(.basic(username: "ann", password: Redacted("secret")), for: home.host)
        let sink = CountingSink()
        try await fixture.client.fetchBlob(Repository(parsing: "\(home.host)/acme/app"), blob, access, into: sink)
        #expect(sink.bytes == bytes)
        #expect(home.requests(.get, "/blobs/").last?.headers["Authorization"] != nil)
        #expect(other.count() == 1)
        #expect(other.requests().allSatisfy { $0.headers["Authorization"] == nil })
    }

    @Test func endsInACircle() async throws {
        registry.redirectBlobs(to: "")
        let error = try await #require(throws: RegistryError.self) { try await fetch(into: CountingSink()) }
        #expect(error.code == .protocolViolation)
        #expect(registry.count(.get, "/blobs/") <= 12)
    }
}
