import ArchiveIO
import CoreModel
import SafeFiles
import SystemPackage
import Testing

@Suite struct LayerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let why: String
        /// Names of each layer; `d/` is a directory, `f=x` a file with that text, everything else a file without.
        let layers: [[String]]
        let expected: [String]
        var testDescription: String { why }
    }

    static let cases: [Case] = [
        Case(why: "a later file wins", layers: [["f=1", "g=1"], ["f=2"]], expected: ["f 600 2", "g 600 1"]),
        Case(
            why: "a whiteout hides a file",
            layers: [["d/f=1", "d/g=1"], ["d/.wh.f"]],
            expected: ["d/ 700", "d/g 600 1"]
        ),
        Case(why: "a whiteout hides a tree", layers: [["d/e/f=1", "g=1"], [".wh.d"]], expected: ["g 600 1"]),
        Case(why: "a whiteout of nothing", layers: [["g=1"], [".wh.f", "x/y/.wh.z"]], expected: ["g 600 1"]),
        Case(
            why: "a whiteout is for lower layers only, before or after",
            layers: [["f=1", "g=1"], ["f=2", ".wh.f", ".wh.g", "g=2"]],
            expected: ["f 600 2", "g 600 2"]
        ),
        Case(
            why: "a directory that was replaced keeps only its own",
            layers: [["d/old=1", "d/e/old=1"], ["d/new=2", "d/e/new=2", ".wh.d"]],
            expected: ["d/ 700", "d/e/ 700", "d/e/new 600 2", "d/new 600 2"]
        ),
        Case(
            why: "an opaque directory hides what lower layers have in it",
            layers: [["d/old=1", "d/e/old=1", "f=1"], ["d/new=2", "d/.wh..wh..opq"]],
            expected: ["d/ 700", "d/new 600 2", "f 600 1"]
        ),
        Case(why: "an opaque root", layers: [["f=1"], [".wh..wh..opq", "g=2"]], expected: ["g 600 2"]),
        Case(
            why: "hidden in the middle, there again on top",
            layers: [["d/f=1"], [".wh.d"], ["d/g=3"]],
            expected: ["d/ 700", "d/g 600 3"]
        ),
        Case(why: "a file in place of a directory", layers: [["d/f=1"], ["d=2"]], expected: ["d 600 2"]),
        Case(
            why: "a directory in place of a file",
            layers: [["d=1"], ["d/", "d/f=2"]],
            expected: ["d/ 700", "d/f 600 2"]
        ),
        Case(
            why: "what a union file system notes",
            layers: [["f=1"], [".wh..wh.aufs=x", ".wh..wh.plnk/1"]],
            expected: ["f 600 1"]
        ),
        Case(why: "a whiteout in the lowest layer", layers: [["f=1", ".wh.g"]], expected: ["f 600 1"]),
        Case(why: "no layer", layers: [], expected: []),
    ]

    private static func tar(_ names: [String]) -> [UInt8] {
        var tar = TarBuilder()
        for name in names {
            let parts = name.split(separator: "=", maxSplits: 1)
            tar.add(
                String(parts[0]),
                type: name.hasSuffix("/") ? "5" : "0",
                data: Array((parts.dropFirst().first ?? "").utf8)
            )
        }
        return tar.finished
    }

    private func files(_ layers: [[UInt8]], in workspace: Workspace) throws -> [ReadableFile] {
        try layers.enumerated().map { index, bytes in
            try workspace.root.writeAtomically("layer\(index)", bytes)
            return try workspace.root.openFile("layer\(index)")
        }
    }

    @Test(arguments: cases) func mergesInOrder(example: Case) throws {
        let workspace = try Workspace()
        let layers = try files(example.layers.map(Self.tar), in: workspace)
        _ = try ArchiveExtractor(limits: .init()).extract(layers: layers, into: workspace.tree)
        #expect(try workspace.listing() == example.expected)
    }

    @Test func aSingleArchiveHasNoWhiteouts() throws {
        let workspace = try Workspace()
        let file = try workspace.archive(Self.tar(["f=1", ".wh.f=text"]))
        _ = try ArchiveExtractor(limits: .init()).extract(file: file, into: workspace.tree)
        #expect(try workspace.listing() == [".wh.f 600 text", "f 600 1"])
    }

    static let attacks: [(String, ArchiveError.Code)] = [
        (".wh.", .unsafeName), (".wh..", .unsafeName), (".wh...", .unsafeName), ("d/.wh...", .unsafeName),
        ("../.wh.victim", .unsafeName), ("/.wh.victim", .unsafeName), ("link/.wh.victim", .conflict),
        ("f/.wh.x", .conflict), ("../.wh..wh..opq", .unsafeName),
    ]

    @Test(arguments: attacks) func whiteoutsStayInTheTree(name: String, code: ArchiveError.Code) throws {
        let workspace = try Workspace()
        var lower = TarBuilder()
        lower.add("d/f", data: [1])
        lower.add("f", data: [1])
        let layers = try files([lower.finished, Self.tar([name])], in: workspace)
        try workspace.tree.replaceSymbolicLink("link", target: workspace.root.path.string)
        let error = #expect(throws: ArchiveError.self) {
            try ArchiveExtractor(limits: .init()).extract(layers: layers, into: workspace.tree)
        }
        #expect(error?.code == code, "\(error?.description ?? "")")
        #expect(try workspace.root.read("victim", limit: 100) == Array("untouched".utf8))
    }

    @Test func limitsHoldForAllLayersTogether() throws {
        let layer = Self.tar(["a=12345", "b=12345"])
        func outcome(_ limits: ArtifactLimits) throws -> ArchiveError.Code? {
            let workspace = try Workspace()
            do {
                let layers = try files([layer, layer], in: workspace)
                _ = try ArchiveExtractor(limits: limits).extract(layers: layers, into: workspace.tree)
                return nil
            } catch let error as ArchiveError { return error.code }
        }
        #expect(try outcome(ArtifactLimits(uncompressedBytes: 20, entries: 4)) == nil)
        #expect(try outcome(ArtifactLimits(uncompressedBytes: 19)) == .tooLarge)
        #expect(try outcome(ArtifactLimits(entries: 3)) == .tooManyEntries)
    }

    @Test func aBombBehindAnHonestLayerIsABomb() throws {
        let workspace = try Workspace()
        var bomb = TarBuilder()
        bomb.add("f", data: [UInt8](repeating: 0, count: 64 << 20))
        let packed = try workspace.packed(bomb.finished, with: "gzip")
        let honest = try files([Self.tar(["a=1"])], in: workspace)
        let error = #expect(throws: ArchiveError.self) {
            try ArchiveExtractor(limits: .init()).extract(layers: honest + [packed], into: workspace.tree)
        }
        #expect(error?.code == .ratio)
    }

    @Test func linksAreCheckedAgainWithWhatLaterLayersBring() throws {
        let workspace = try Workspace()
        var lower = TarBuilder()
        lower.add("a/", type: "5")
        lower.add("escape", type: "2", link: "p/q/d/../..")
        var upper = TarBuilder()
        upper.add("p/q/d", type: "2", link: "../../a")
        let layers = try files([lower.finished, upper.finished], in: workspace)
        let error = #expect(throws: ArchiveError.self) {
            try ArchiveExtractor(limits: .init(), links: .keepInside).extract(layers: layers, into: workspace.tree)
        }
        #expect(error?.code == .unsafeLink)
        #expect(error?.entry == "escape")
    }

    @Test func anOpaqueMarkIsNotFollowedThroughALink() throws {
        let workspace = try Workspace()
        try workspace.tree.replaceSymbolicLink("link", target: workspace.root.path.string)
        let layers = try files([Self.tar(["link/.wh..wh..opq"])], in: workspace)
        _ = try ArchiveExtractor(limits: .init()).extract(layers: layers, into: workspace.tree)
        #expect(try workspace.root.read("victim", limit: 100) == Array("untouched".utf8))
    }
}
