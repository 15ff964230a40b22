import ArchiveIO
import CoreModel
import SafeFiles
import Testing

@Suite struct ExtractionTests {
    let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private func extract(_ file: ReadableFile, links: LinkPolicy = .skip) throws -> ExtractionSummary {
        try ArchiveExtractor(limits: .init(), links: links).extract(file: file, into: workspace.tree)
    }

    @Test(arguments: ["cat", "gzip", "zstd", "gzip -1", "zstd -19"]) func unpacksEachCompression(tool: String) throws {
        var tar = TarBuilder()
        tar.add("./", type: "5", mode: "0000777")
        tar.add("./d/", type: "5", mode: "0000000")
        tar.add("./d/plain", data: Array("hello".utf8), mode: "0000444")
        tar.add("d//run", data: Array("#!".utf8), mode: "0006755")
        tar.add("empty")
        tar.add("x/y/implied", data: Array("deep".utf8), mode: "0000011")
        let name = tool.hasPrefix("cat") ? "cat" : tool
        _ = try workspace.archive(tar.finished)
        try workspace.shell("\(name == "cat" ? "cat" : name + " -c") < archive > packed")
        let summary = try extract(workspace.root.openFile("packed"))
        #expect(
            try workspace.listing() == [
                "d/ 700", "d/plain 600 hello", "d/run 700 #!", "empty 600 ", "x/ 700", "x/y/ 700",
                "x/y/implied 600 deep",
            ]
        )
        #expect(summary.files == 4)
        #expect(summary.directories == 3)
        #expect(summary.bytes == 11)
    }

    @Test(arguments: ["gnu", "pax", "ustar", "v7"]) func readsWhatSystemTarWrites(format: String) throws {
        let long = format == "gnu" || format == "pax" ? String(repeating: "long", count: 40) : "short"
        try workspace.shell(
            """
            mkdir -p src/a/\(long) && cd src && echo one > a/\(long)/file && echo två > 'a/é å' && \
            ln -s file a/\(long)/link && chmod 755 a/\(long)/file && ln a/\(long)/file hard && \
            tar --format=\(format) -czf ../packed . && cd .. && rm -r src
            """
        )
        let summary = try extract(workspace.root.openFile("packed"))
        #expect(
            try workspace.listing() == [
                "a/ 700", "a/\(long)/ 700", "a/\(long)/file 700 one\n", "a/é å 600 två\n", "hard 700 one\n",
            ]
        )
        #expect(summary.skippedLinks == 1)
        #expect(summary.files == 3)
    }

    @Test func namesKeepTheirBytes() throws {
        var tar = TarBuilder()
        for name in ["e\u{301}", "\u{E9}"] {
            tar.addPax("path", name)
            tar.add("x", data: Array(name.utf8))
        }
        _ = try extract(workspace.archive(tar.finished))
        let names = try workspace.tree.entries().map { Array($0.name.utf8) }
        #expect(names == [Array("e\u{301}".utf8), Array("\u{E9}".utf8)], "no normalisation, two files")
    }

    @Test func laterEntriesWin() throws {
        var tar = TarBuilder()
        tar.add("f", data: Array("one".utf8), mode: "0000755")
        tar.add("h", type: "1", link: "f")
        tar.add("f", data: Array("two".utf8))
        tar.add("h2", type: "1", link: "f")
        tar.add("h2", type: "1", link: "h2")
        _ = try extract(workspace.archive(tar.finished))
        #expect(try workspace.listing() == ["f 600 two", "h 700 one", "h2 600 two"])
    }

    @Test func keepsLinksInsideOnRequest() throws {
        var tar = TarBuilder()
        tar.add("a/b/link", type: "2", link: "../../target")
        tar.add("dangling", type: "2", link: "nowhere")
        tar.add("target", data: Array("t".utf8))
        let summary = try extract(workspace.archive(tar.finished), links: .keepInside)
        #expect(summary.links == 2)
        #expect(try workspace.tree.readFollowingLinks("a/b/link", limit: 10) == Array("t".utf8))
        #expect(try workspace.tree.linkTarget("dangling") == "nowhere")
    }

    @Test func sparseFilesGetTheirHoles() throws {
        try workspace.shell(
            """
            truncate -s 1M s && printf mid | dd of=s bs=1 seek=500000 conv=notrunc status=none && \
            tar --sparse --format=pax -czf packed s && sha256sum s > sum && rm s
            """
        )
        _ = try extract(workspace.root.openFile("packed"))
        try workspace.shell("cd tree && sha256sum --status -c ../sum")
    }

    @Test func emptyArchivesAreArchives() throws {
        #expect(try extract(workspace.archive(TarBuilder().finished)) == ExtractionSummary())
        #expect(try extract(workspace.packed(TarBuilder().finished, with: "gzip")) == ExtractionSummary())
    }

    static let truncations: [(String, Int, String)] = [
        ("cat", 700, "within an entry's data"),
        ("gzip", 40, "within the packed stream"),
        ("zstd", 40, "within the packed stream"),
        ("gzip", 11, "right after the gzip header"),
    ]

    @Test(arguments: truncations) func truncatedArchivesAreErrors(tool: String, length: Int, why: String) throws {
        var tar = TarBuilder()
        tar.add("f", data: (0..<4000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 13) })
        _ = try workspace.archive(tar.finished)
        try workspace.shell("\(tool == "cat" ? "cat" : tool + " -c") < archive | head -c \(length) > packed")
        let error = #expect(throws: ArchiveError.self) { try extract(workspace.root.openFile("packed")) }
        #expect(error?.code == .damaged, "\(error?.description ?? "")")
    }

    static let foreign: [(String, String)] = [
        ("printf ''", "empty"),
        ("printf '{\"a\": 1}'", "JSON text"),
        ("printf 'apiVersion: v1\\nkind: List\\n'", "plain text"),
        ("printf '<html>'", "HTML or XML text"),
        ("printf 'PK\\003\\004xxxx'", "a ZIP archive"),
        ("printf 'BZh91AY'", "packed with bzip2"),
        ("printf '\\3757zXZ\\000'", "packed with xz"),
        ("printf '\\001\\002\\003\\004\\005'", "01 02 03 04"),
        ("printf 'hello hello hello' | gzip -c", "unpacks to something that is not a tar archive"),
        ("printf 'hello' | zstd -c", "unpacks to something that is not a tar archive"),
    ]

    @Test(arguments: foreign) func saysWhatItFoundInstead(command: String, expected: String) throws {
        try workspace.shell("\(command) > packed")
        let error = #expect(throws: ArchiveError.self) { try extract(workspace.root.openFile("packed")) }
        #expect(error?.code == .notAnArchive)
        #expect(error?.message.contains(expected) == true, "\(error?.description ?? "")")
    }

    @Test func severalGzipMembersAreOneArchive() throws {
        var tar = TarBuilder()
        tar.add("f", data: Array("joined".utf8))
        _ = try workspace.archive(tar.finished)
        try workspace.shell("(head -c 600 archive | gzip -c; tail -c +601 archive | gzip -c) > packed")
        _ = try extract(workspace.root.openFile("packed"))
        #expect(try workspace.listing() == ["f 600 joined"])
    }
}
