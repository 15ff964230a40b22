import CoreModel
import Glibc
import SafeFiles
import Synchronization
import SystemPackage
import Testing

@Suite struct TemporaryAndLockTests {
    let sandbox: Sandbox
    var directory: Directory { sandbox.directory }

    init() throws { sandbox = try Sandbox() }

    @Test func temporaryFileIsGoneUnlessPublished() throws {
        do {
            let kept = try TemporaryFile(in: directory)
            let dropped = try TemporaryFile(in: directory)
            try kept.file.write(Array("kept".utf8))
            try dropped.file.write([1])
            try kept.publish(as: "kept", in: directory)
        }
        #expect(try directory.entries().map(\.name) == ["kept"])
        #expect(try sandbox.text("kept") == "kept")
    }

    @Test func temporaryDirectoryIsGoneUnlessPublished() throws {
        do {
            let kept = try TemporaryDirectory(in: directory)
            let dropped = try TemporaryDirectory(in: directory)
            try kept.directory.writeAtomically("f", [1])
            try dropped.directory.writeAtomically("f", [1])
            try kept.publish(as: "kept", in: directory)
            let late = try TemporaryDirectory(in: directory)
            #expect(code { try late.publish(as: "kept", in: directory) } == .alreadyExists)
        }
        #expect(try directory.entries().map(\.name) == ["kept"])
    }

    @Test func leftoversOfAKilledProcessAreFound() throws {
        _ = try directory.directory(TemporaryFile.prefix + "dead/sub", creating: true)
        try sandbox.write(TemporaryFile.prefix + "file", "x")
        try sandbox.write("real", "x")
        try directory.removeLeftovers()
        #expect(try directory.entries().map(\.name) == ["real"])
    }

    @Test func writtenBytesReadBack() throws {
        let file = try directory.createFile("f")
        try file.write([1, 2])
        let reader = try file.reopened()
        #expect(try reader.read(upTo: 10) == [1, 2])
        try file.write(AnySequence([3]))
        #expect(file.size == 3)
        #expect(try reader.read(upTo: 2, at: 1) == [2, 3])
        var pieces: [UInt8] = []
        try unsafe reader.forEachPiece(of: 2) { unsafe pieces += Array($0) }
        #expect(pieces == [1, 2, 3])
    }

    @Test func lockKeepsOthersOut() throws {
        var lock: FileLock? = try directory.lock("lock")
        #expect(lock != nil)
        #expect(code { _ = try directory.lock("lock", waiting: false) } == .busy)
        lock = nil
        #expect(code { _ = try directory.lock("lock", waiting: false) } == nil)
    }

    @Test func poolRunsOnFewThreadsInOrderAndPassesErrors() async throws {
        let pool = BlockingPool(threads: 2)
        let names = ThreadNames()
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<200 {
                group.addTask {
                    try await pool.run {
                        names.note()
                        return number
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 19900)
        #expect(names.count <= 2)
        await #expect(throws: FileError.self) { try await pool.run { throw FileError(.busy, "x", "y") } }
    }
}

private final class ThreadNames: Sendable {
    private let seen = Mutex<Set<UInt>>([])
    var count: Int { seen.withLock { $0.count } }
    func note() { seen.withLock { _ = $0.insert(UInt(pthread_self())) } }
}
