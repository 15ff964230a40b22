import ArchiveIO
import CoreModel
import Glibc
import SafeFiles
import Testing

@Suite struct PackingTests {
    let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private func pack(_ workspace: Workspace, _ packer: ArchivePacker = ArchivePacker(modes: .store)) throws -> [UInt8]
    {
        var bytes: [UInt8] = []
        let packed = try unsafe packer.pack(tree: workspace.tree) { unsafe bytes += Array($0) }
        #expect(packed.size == Int64(bytes.count))
        return bytes
    }

    private func fill(_ workspace: Workspace, reversed: Bool = false, mode: UInt32) throws {
        let long = String(repeating: "x", count: 180)
        let names = ["b", "a/z", "a/\(long)/deep", "a.b", "a-b", "é", "run"]
        for name in reversed ? names.reversed() : names {
            if let slash = name.lastIndex(of: "/") {
                _ = try workspace.tree.directory(String(name[..<slash]), creating: true)
            }
            let file = try workspace.tree.createFile(name, mode: name == "run" ? mode | 0o100 : mode)
            try file.write(Array("content of \(name)".utf8))
        }
        try workspace.tree.replaceSymbolicLink("link", target: "b")
    }

    @Test func equalTreesGiveEqualBytes() throws {
        let other = try Workspace()
        try fill(workspace, mode: 0o600)
        try fill(other, reversed: true, mode: 0o664)
        try other.shell("touch -d '2001-01-01' tree/b && chmod 777 tree/a")
        let first = try pack(workspace)
        #expect(try pack(other) == first)
        #expect(try pack(workspace, ArchivePacker(modes: .push)) != first)
        #expect(first.prefix(10).elementsEqual([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]), "no time, no name in the header")
    }

    @Test func systemTarReadsIt() throws {
        try fill(workspace, mode: 0o644)
        let file = try workspace.root.createFile("packed")
        let packed = try ArchivePacker(modes: .store).pack(tree: workspace.tree, into: file)
        #expect(packed.files == 7)
        #expect(packed.directories == 2)
        let long = String(repeating: "x", count: 180)
        let expected = """
            a/
            a/\(long)/
            a/\(long)/deep
            a/z
            a-b
            a.b
            b
            run
            é

            """
        try workspace.root.writeAtomically("archive", Array(expected.utf8))
        try workspace.shell("gzip -t < packed && tar --quoting-style=literal -tzf packed | diff - archive")
        try workspace.shell("TZ=UTC tar -tvzf packed --full-time run > archive")
        try workspace.shell("grep -q '^-rwx------ 0/0 .*1970-01-01 00:00:00 run$' archive")
        try workspace.shell("tar -xzOf packed a/\(long)/deep | grep -q '^content of a/x'")
    }

    @Test func whatWasPackedUnpacks() throws {
        try fill(workspace, mode: 0o644)
        let other = try Workspace()
        let file = try other.archive(pack(workspace))
        _ = try ArchiveExtractor(limits: .init()).extract(file: file, into: other.tree)
        try workspace.tree.remove("link")
        let names = try workspace.listing().map {
            $0.replacing(" 644 ", with: " 600 ").replacing(" 744 ", with: " 700 ")
        }
        #expect(try other.listing() == names)
    }

    @Test func choosesWhatGoesIn() throws {
        try fill(workspace, mode: 0o600)
        var asked: [String] = []
        let file = try workspace.root.createFile("packed")
        _ = try ArchivePacker(modes: .store).pack(tree: workspace.tree, into: file) { path, isDirectory in
            asked.append(isDirectory ? path + "/" : path)
            if path == "a" { return .leaveOut }
            return path.hasPrefix("a/x") ? .prune : path == "b" ? .leaveOut : .include
        }
        try workspace.shell("tar --quoting-style=literal -tzf packed > archive")
        let names = String(decoding: try workspace.root.read("archive", limit: 9999), as: UTF8.self)
        #expect(names == "a/z\na-b\na.b\nrun\né\n")
        #expect(asked.contains("a/z"))
        #expect(!asked.contains { $0.hasSuffix("deep") })
    }

    @Test func anEmptyTreeIsAnEmptyArchive() throws {
        let other = try Workspace()
        let file = try other.archive(pack(workspace))
        #expect(try ArchiveExtractor(limits: .init()).extract(file: file, into: other.tree) == ExtractionSummary())
    }

    @Test func aSinksErrorComesThrough() throws {
        try fill(workspace, mode: 0o600)
        struct Full: Error {}
        #expect(throws: Full.self) {
            try unsafe ArchivePacker(modes: .store).pack(tree: workspace.tree) { _ in throw Full() }
        }
    }

    @Test func largeFilesSurvive() throws {
        let block = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        let file = try workspace.tree.createFile("large")
        for _ in 0..<5 { try file.write(block) }
        try file.write([1, 2, 3])
        let other = try Workspace()
        let archive = try other.archive(pack(workspace, ArchivePacker(modes: .store, level: 1)))
        let summary = try ArchiveExtractor(limits: .init()).extract(file: archive, into: other.tree)
        #expect(summary.bytes == 5 << 20 + 3)
        let same = try other.tree.read("large", limit: 1 << 24) == workspace.tree.read("large", limit: 1 << 24)
        #expect(same)
    }

    /// Sizes that make the tar end before, at and after the end of a block of the packer, with the 1,536 bytes of
    /// header and end mark.
    @Test(arguments: [0, 1, 260_096, 260_608, 260_609, 522_752, 522_753, 1_500_000])
    func blocksMakeOneStream(size: Int) throws {
        let file = try workspace.tree.createFile("f")
        try file.write(GzipTests.noise(size / 2) + [UInt8](repeating: 0x61, count: size - size / 2))
        var (plain, packed): ([UInt8], [UInt8]) = ([], [])
        _ = try unsafe ArchivePacker(modes: .push).pack(
            tree: workspace.tree,
            plain: { unsafe plain += Array($0) },
            sink: { unsafe packed += Array($0) }
        )
        #expect(try pack(workspace, ArchivePacker(modes: .push, level: nil)) == plain)
        for threads in [1, 2, 7] {
            let isSame = try pack(workspace, ArchivePacker(modes: .push, threads: threads)) == packed
            #expect(isSame, "the number of threads (\(threads)) does not show in the bytes")
        }
        _ = try workspace.archive(plain)
        try workspace.root.writeAtomically("packed", packed)
        try workspace.shell("gzip -t < packed && gzip -dc < packed | cmp - archive")
    }

    @Test func theBytesOfAnArchiveNeverChange() throws {
        let file = try workspace.tree.createFile("d.yaml", mode: 0o755)
        try file.write(Array("kind: List\n".utf8))
        _ = try workspace.tree.directory("a", creating: true)
        _ = try workspace.archive(pack(workspace, ArchivePacker(modes: .push, level: nil)))
        try workspace.shell("sha256sum archive > packed")
        let sum = String(decoding: try workspace.root.read("packed", limit: 100).prefix(64), as: UTF8.self)
        #expect(sum == "b9829b99653fb9c6bc658c695245f4a738990273c751e85cf08b76a475594e0d")
    }
}
