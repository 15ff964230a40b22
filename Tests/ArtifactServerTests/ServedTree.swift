import CoreModel
import Logging
import SafeFiles
import ServiceLifecycle
import Synchronization
import SystemPackage

@testable import ArtifactServer

/// A source over a temporary directory, which counts the leases that are out.
final class ServedTree: ArtifactSource {
    static let digest = Digest(algorithm: .sha256, bytes: [UInt8](repeating: 0xAB, count: 32)) ?? unreachable()

    private static func unreachable() -> Digest { fatalError("32 bytes are a SHA-256") }

    static let path = "ocirepository/apps/web/\(digest).tar.gz"

    private final class Lease: Sendable {
        let count: LeaseCount
        init(_ count: LeaseCount) {
            self.count = count
            count.value.add(1, ordering: .sequentiallyConsistent)
        }
        deinit { count.value.subtract(1, ordering: .sequentiallyConsistent) }
    }

    final class LeaseCount: Sendable { let value = Atomic<Int>(0) }

    let root: TemporaryDirectory
    let leases = LeaseCount()
    private let rebuilding = Atomic<Bool>(false)

    var leasesOut: Int { leases.value.load(ordering: .sequentiallyConsistent) }

    var isRebuilding: Bool {
        get { rebuilding.load(ordering: .relaxed) }
        set { rebuilding.store(newValue, ordering: .relaxed) }
    }

    func isExpected(_ path: String) -> Bool { isRebuilding }

    init(content: [UInt8]) throws {
        root = try TemporaryDirectory(in: Directory.open("/tmp"))
        let directory = try root.directory.directory("ocirepository/apps/web", creating: true)
        try directory.writeAtomically("\(Self.digest).tar.gz", content)
        try directory.writeAtomically("latest.tar.gz", content)
        try root.directory.writeAtomically("secret.tar.gz", Array("secret".utf8))
    }

    func openArtifact(_ path: String) throws -> ServedArtifact? {
        guard try root.directory.status(path) != nil else { return nil }
        return ServedArtifact(
            file: try root.directory.openFile(path),
            entityTag: Self.digest.description,
            isImmutable: !path.hasSuffix("latest.tar.gz"),
            lease: Lease(leases)
        )
    }

    /// Runs the server while the closure does.
    static func serving<Result: Sendable>(
        _ server: ListeningServer,
        _ body: (Int) async throws -> Result
    ) async throws -> Result {
        let group = ServiceGroup(configuration: .init(services: [server], logger: Logger(label: "test")))
        async let running: Void = group.run()
        let result = try await body(try await server.port())
        await group.triggerGracefulShutdown()
        try await running
        return result
    }

    func serving<Result: Sendable>(_ body: (Int) async throws -> Result) async throws -> Result {
        let server = ListeningServer.artifacts(
            from: self,
            at: try ListenAddress("127.0.0.1:0"),
            logger: Logger(label: "test")
        )
        return try await Self.serving(server, body)
    }
}
