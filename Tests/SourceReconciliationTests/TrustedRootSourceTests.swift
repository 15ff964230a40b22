import CoreModel
import SafeFiles
import SystemPackage
import TestSupport
import Testing

@testable import SourceReconciliation

/// The places that the controller's own trusted root can come from.
struct TrustedRootSourceTests {
    static let name = "trusted_root.json"
    static let content = Array("a root".utf8)

    static func folder(_ files: [String: [UInt8]]) throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory(in: Directory.open(FilePath("/tmp")))
        for (path, bytes) in files {
            let parts = path.split(separator: "/").map(String.init)
            let directory =
                parts.count > 1 ? try folder.directory.directory(parts[0], creating: true) : folder.directory
            try directory.writeAtomically(parts[parts.count - 1], bytes)
        }
        return folder
    }

    @Test func aMountedFileIsReadAgainBehindItsLinks() async throws {
        let folder = try Self.folder(["..one/\(Self.name)": Array("one".utf8), "..two/\(Self.name)": Array("two".utf8)])
        try folder.directory.replaceSymbolicLink("..data", target: "..one")
        try folder.directory.replaceSymbolicLink(Self.name, target: "..data/\(Self.name)")
        let source = TrustedRootFile(folder.directory.path.appending(Self.name))
        #expect(try await source.trustedRoot() == Array("one".utf8))
        try folder.directory.replaceSymbolicLink("..data", target: "..two")
        #expect(try await source.trustedRoot() == Array("two".utf8))
        try folder.directory.remove(Self.name)
        await #expect(throws: FileError.self) { try await source.trustedRoot() }
    }

    static let roots: [(why: String, beginning: String)] = [
        ("as it is laid out by clients", "root.json"), ("as a repository has it", "1.root.json"),
    ]

    @Test(arguments: roots)
    func aMountedRepositoryIsBelievedAsFarAsItIsSigned(why: String, beginning: String) async throws {
        let clock = ManualClock()
        let mill = try UpdateMill(targets: [Self.name: Self.content])
        var files = mill.files
        files[beginning] = files["1.root.json"]
        let folder = try Self.folder(files)
        let source = TrustedRootRepository(folder.directory.path, at: .folder, clock: clock)
        #expect(try await source.trustedRoot() == Self.content, "\(why)")

        let target = try #require(files.keys.first { $0.hasSuffix(Self.name) })
        try folder.directory.writeAtomically(target, Array("b root".utf8))
        await #expect(throws: (any Error).self, "a target that nobody signed") { try await source.trustedRoot() }
        try folder.directory.writeAtomically(target, Self.content)
        clock.advance(by: .seconds(30 * 86400))
        await #expect(throws: (any Error).self, "a repository that has expired") { try await source.trustedRoot() }
    }
}
