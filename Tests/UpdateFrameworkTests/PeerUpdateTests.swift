import CoreModel
import Glibc
import SafeFiles
import SystemPackage
import TestSupport
import Testing

@testable import UpdateFramework

/// The reference implementation (python-tuf) makes repositories for us, and reads ours.
@Suite(.enabled(if: PythonTUF.isThere)) struct PeerUpdateTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory(in: Directory.open("/tmp")) }

    @Test func itsRepositoryIsRead() async throws {
        let path = "\(folder.directory.path)/made"
        let made = try PythonTUF.run(["make", path])
        #expect(made.status == 0, "\(made.output)")
        let repository = try Directory.open(FilePath(path))
        let client = UpdateClient(
            root: try repository.read("first.root.json", limit: 1 << 20),
            repository: try DirectoryRepository(repository),
            store: TrustedStore(folder.directory),
            clock: SystemWallClock()
        )
        let expected = [
            ("trusted_root.json", #"{"made": "by python-tuf"}"#), ("deep/er/\u{E9} file.txt", "unicode\n"),
            ("bin/one", "1"),
        ]
        for (target, content) in expected {
            let found = try await client.target(target)
            #expect(String(decoding: found.bytes, as: UTF8.self) == content)
            #expect(found.rootVersion == 2)
        }
        await #expect(throws: UpdateError.self) { try await client.target("nowhere") }
    }

    @Test func itReadsOurs() throws {
        var mill = try UpdateMill()
        for role in ["root", "timestamp", "snapshot", "targets"] { mill.expires[role] = "2100-01-01T00:00:00Z" }
        mill.targets = [UpdateScene.path: UpdateScene.content]
        let first = try mill.publishRoot()
        let former = mill.keys["root"] ?? []
        mill.keys["root"] = [try UpdateMillKey(40)]
        try mill.publishRoot(signedAlsoBy: former)
        try mill.publish()
        _ = try folder.directory.directory("targets", creating: true)
        for (name, bytes) in mill.files { try folder.directory.writeAtomically(name, bytes) }
        try folder.directory.writeAtomically("first.root.json", first)
        let read = try PythonTUF.run(["read", "\(folder.directory.path)", UpdateScene.path])
        #expect(read.status == 0, "\(read.output)")
        #expect(read.output == String(decoding: UpdateScene.content, as: UTF8.self))
    }
}

private enum PythonTUF {
    private static let program = "\(PeerServer.programs ?? "")/python-tuf"

    /// Whether `hack/peers fetch python-tuf` was run.
    static var isThere: Bool { unsafe access(program, X_OK) == 0 }

    static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let repository = unsafe getenv("SLUICE_REPOSITORY").map { unsafe String(cString: $0) } ?? "."
        var plan = ChildProcess.Plan(program, ["\(repository)/hack/lib/tuf_peer.py"] + arguments)
        plan.keepsErrors = true
        let (status, output) = try ChildProcess.outcome(of: plan)
        return (status, String(decoding: output, as: UTF8.self))
    }
}
