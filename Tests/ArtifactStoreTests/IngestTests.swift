import ArtifactStore
import CoreModel
import SafeFiles
import SignatureCrypto
import Testing

@Suite struct IngestTests {
    let fixture: StoreFixture
    let bytes = Array("the very bytes".utf8)

    init() throws { fixture = try StoreFixture(limits: ArtifactLimits(compressedBytes: 100)) }

    private func session(size: Int64? = nil) throws -> IngestSession {
        try fixture.store.ingest(ExpectedBlob(digest: Digest.of(bytes), size: size ?? Int64(bytes.count)))
    }

    @Test func takesWhatItExpectsAcrossABrokenConnection() throws {
        let session = try session()
        try session.write(Array(bytes.prefix(5)))
        #expect(session.received == 5)
        try session.write(Array(bytes.dropFirst(Int(session.received))))
        let blob = try session.finish()
        #expect(blob.digest == session.expected.digest)
        #expect(blob.size == 14)
        #expect(try blob.file.readAll(limit: 100) == bytes)
        #expect(try fixture.names(".tmp").count == 1)
    }

    @Test func theFileIsGoneWithTheBlob() throws {
        do { _ = try fixture.ingest(bytes) }
        #expect(try fixture.names(".tmp").isEmpty)
    }

    @Test func refusesOtherBytesOfTheRightLength() throws {
        let session = try session()
        try session.write(Array("the wrong byte".utf8))
        #expect(storeCode { _ = try session.finish() } == .digestMismatch)
        #expect(try fixture.names(".tmp").isEmpty, "removed at once, not with the last reference")
        #expect(storeCode { _ = try session.finish() } == .sizeMismatch || storeCode { try session.write([1]) } != nil)
    }

    @Test func refusesTooFewBytes() throws {
        let session = try session()
        try session.write(Array(bytes.dropLast()))
        #expect(storeCode { _ = try session.finish() } == .sizeMismatch)
        #expect(try fixture.names(".tmp").isEmpty)
    }

    @Test func refusesTheFirstByteTooMany() throws {
        let session = try session()
        try session.write(bytes)
        #expect(storeCode { try session.write([0]) } == .sizeMismatch)
    }

    @Test func refusesWhatIsAnnouncedTooLarge() throws {
        #expect(storeCode { _ = try session(size: 101) } == .tooLarge)
        #expect(storeCode { _ = try session(size: 100) } == nil)
        #expect(storeCode { _ = try session(size: -1) } == .sizeMismatch)
    }

    @Test func mismatchesMayBeTriedAgainAndLimitsNot() throws {
        let session = try session()
        do { _ = try session.finish() } catch { #expect(FailureKind(of: error) == .transient) }
        do { _ = try self.session(size: 101) } catch { #expect(FailureKind(of: error) == .terminal) }
    }

    @Test func otherAlgorithmsAreChecked() throws {
        let digest = try Digest.of(bytes, .sha512)
        let session = try fixture.store.ingest(ExpectedBlob(digest: digest, size: 14))
        try session.write(bytes)
        #expect(try fixture.store.stage(copying: session.finish()).digest == Digest.of(bytes))
    }
}
