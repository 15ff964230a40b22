import ArchiveIO
import CoreModel
import SafeFiles
import Testing

@Suite struct LimitTests {
    private func code(_ file: ReadableFile, _ limits: ArtifactLimits, _ workspace: Workspace) -> ArchiveError.Code? {
        do {
            _ = try ArchiveExtractor(limits: limits).extract(file: file, into: workspace.tree)
            return nil
        } catch { return (error as? ArchiveError)?.code }
    }

    private func archive(entries: Int, bytes: Int) -> [UInt8] {
        var tar = TarBuilder()
        for number in 0..<entries { tar.add("f\(number)", data: [UInt8](repeating: 0x61, count: bytes)) }
        return tar.finished
    }

    @Test func limitsAreInclusive() throws {
        let workspace = try Workspace()
        let file = try workspace.archive(archive(entries: 4, bytes: 100))
        #expect(code(file, ArtifactLimits(uncompressedBytes: 400, entries: 4, depth: 1), workspace) == nil)
        #expect(code(file, ArtifactLimits(uncompressedBytes: 399), workspace) == .tooLarge)
        #expect(code(file, ArtifactLimits(entries: 3), workspace) == .tooManyEntries)
        #expect(code(file, ArtifactLimits(depth: 0), workspace) == .tooDeep)
    }

    @Test(arguments: ["gzip", "zstd"]) func aBombStopsEarly(tool: String) throws {
        let workspace = try Workspace()
        let file = try workspace.packed(archive(entries: 1, bytes: 64 << 20), with: tool)
        #expect(code(file, ArtifactLimits(), workspace) == .ratio)
        #expect(try workspace.tree.status("f0")?.size ?? 0 < 40 << 20)
        let bound = ArtifactLimits(uncompressedBytes: 2 << 20, ratio: 1 << 20)
        #expect(code(file, bound, workspace) == .tooLarge)
    }

    @Test func smallFilesOfZerosPass() throws {
        let workspace = try Workspace()
        let file = try workspace.packed(archive(entries: 1, bytes: 15 << 20), with: "gzip")
        #expect(code(file, ArtifactLimits(ratio: 2), workspace) == nil)
    }

    @Test func aSparseFileIsABombToo() throws {
        let workspace = try Workspace()
        try workspace.shell("truncate -s 200M sparse && tar --sparse --format=gnu -cf packed sparse && rm sparse")
        let file = try workspace.root.openFile("packed")
        #expect(file.size < 1 << 16)
        #expect(code(file, ArtifactLimits(), workspace) == .ratio)
        #expect(code(file, ArtifactLimits(uncompressedBytes: 1 << 20), workspace) == .tooLarge)
    }

    @Test func impliedDirectoriesCount() throws {
        let workspace = try Workspace()
        var tar = TarBuilder()
        for number in 0..<3 { tar.add("\(number)/a/b/c/f") }
        let file = try workspace.archive(tar.finished)
        #expect(code(file, ArtifactLimits(entries: 14), workspace) == .tooManyEntries)
        let fresh = try Workspace()
        #expect(code(file, ArtifactLimits(entries: 15), fresh) == nil)
    }

    @Test func hardLinksCountLikeCopies() throws {
        let workspace = try Workspace()
        var tar = TarBuilder()
        tar.add("f", data: [UInt8](repeating: 1, count: 1000))
        for number in 0..<9 { tar.add("h\(number)", type: "1", link: "f") }
        let file = try workspace.archive(tar.finished)
        #expect(code(file, ArtifactLimits(uncompressedBytes: 9999), workspace) == .tooLarge)
        #expect(code(file, ArtifactLimits(uncompressedBytes: 10000), try Workspace()) == nil)
    }
}
