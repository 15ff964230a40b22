import CoreModel
import Glibc
import HTTPExchange
import OCIDistribution
import SignatureCrypto
import TestSupport
import Testing

/// The folder of the real peers (`hack/peers`), where the environment names it.
private let peers: String? = unsafe getenv("SLUICE_PEERS").map { unsafe String(cString: $0) }

/// Debian's docker-registry on a free loopback port, keeping everything in memory; ended by its process number.
private final class DockerRegistry {
    let host: String
    private let process: pid_t
    private let folder: String

    init(_ program: String) throws {
        // The port of a server that has just been stopped is free.
        let server = try LoopbackServer { _ in .text(404, "") }
        server.stop()
        host = server.authority
        folder = "/tmp/sluice-docker-registry-\(getpid())-\(server.port)"
        _ = unsafe mkdir(folder, 0o700)
        let settings = "version: 0.1\nstorage:\n  inmemory: {}\n  delete:\n    enabled: true\nhttp:\n  addr: \(host)\n"
        let file = "\(folder)/config.yml"
        let descriptor = unsafe open(file, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
        let text = Array(settings.utf8)
        _ = unsafe write(descriptor, text, text.count)
        close(descriptor)
        process = try Self.start(program, ["serve", file])
    }

    deinit {
        kill(process, SIGTERM)
        var status: Int32 = 0
        unsafe waitpid(process, &status, 0)
        _ = unsafe unlink("\(folder)/config.yml")
        _ = unsafe rmdir(folder)
    }

    private static func start(_ program: String, _ arguments: [String]) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for stream: Int32 in [0, 1, 2] {
            unsafe posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0)
        }
        // Descriptors that are not open count as closed.
        for other: Int32 in 3..<128 { unsafe posix_spawn_file_actions_addclose(&actions, other) }
        var words: [UnsafeMutablePointer<CChar>?] = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        var process: pid_t = 0
        let code = unsafe posix_spawn(&process, program, &actions, nil, &words, environ)
        guard code == 0 else { throw RegistryError(.unreachable, "\(program) did not start: error \(code)") }
        return process
    }
}

@Suite struct DockerRegistryTests {
    @Test(.enabled(if: peers != nil, "SLUICE_PEERS does not name the folder that hack/peers fills"))
    func worksWithARealRegistry() async throws {
        let registry = try DockerRegistry("\(try #require(peers))/docker-registry")
        let (client, access) = (try RegistryFixture(attempts: 12).client, RegistryFixture.access())
        let repository = try Repository(parsing: "\(registry.host)/acme/app")
        try await waitForStart(client, repository, access)

        let bytes = pattern(5_000_000)
        let layer = try Descriptor(mediaType: MediaType.fluxContent, of: bytes)
        let options = PushOptions(chunkBytes: 1 << 20)
        #expect(try await client.pushBlob(repository, BlobSource(layer, bytes: bytes), access, options) == .uploaded)
        #expect(try await client.pushBlob(repository, BlobSource(layer, bytes: bytes), access, options) == .existed)
        let other = try Repository(parsing: "\(registry.host)/acme/other")
        let mount = PushOptions(mountFrom: repository)
        #expect(try await client.pushBlob(other, BlobSource(layer, bytes: bytes), access, mount) == .mounted)

        let contents = try FluxArtifact.contents(
            layer: layer,
            diffID: layer.digest,
            created: Timestamp(seconds: 0),
            annotations: [:]
        )
        let config = BlobSource(contents.manifest.config, bytes: contents.config)
        #expect(try await client.pushBlob(repository, config, access) == .uploaded)
        let encoded = contents.manifest.encode()
        let digest = try await client.pushManifest(
            repository,
            encoded,
            mediaType: contents.manifest.mediaType,
            tag: "v1",
            access
        )
        let reference = try OCIReference(repository: repository, tag: "v1")
        #expect(try await client.resolve(reference, access).digest == digest)
        #expect(try await client.manifest(repository, digest, access).document == .manifest(contents.manifest))
        for name in ["v2", "v3"] { try await client.tag(reference, as: name, access) }
        #expect(try await client.tags(repository, access) == ["v1", "v2", "v3"])

        let sink = CountingSink()
        sink.write(Array(bytes.prefix(1_000_000)))
        try await client.fetchBlob(repository, layer, access, into: sink)
        #expect(sink.bytes == bytes)
        #expect(sink.resets == 0, "it serves ranges")
        try await client.deleteManifest(reference.pinned(to: digest), access)
        let gone = try await #require(throws: RegistryError.self) { try await client.resolve(reference, access) }
        #expect(gone.code == .notFound)
    }

    private func waitForStart(_ client: RegistryClient, _ repository: Repository, _ access: RegistryAccess) async throws
    {
        for _ in 1...100 {
            if (try? await client.ping(repository, access)) != nil { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        try await client.ping(repository, access)
    }
}
