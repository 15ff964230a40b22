import ArchiveIO
import CoreModel
import SafeFiles
import SystemPackage
import Testing

@Suite struct AttackTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        let why: String
        let code: ArchiveError.Code
        /// The entry that the error must name.
        let entry: String?
        let build: @Sendable (inout TarBuilder) -> Void
        var testDescription: String { why }
    }

    static let attacks: [Attack] = [
        Attack(why: "climbs out", code: .unsafeName, entry: "../victim") { $0.add("../victim", data: [1]) },
        Attack(why: "climbs in the middle", code: .unsafeName, entry: "a/../../victim") {
            $0.add("a/../../victim", data: [1])
        },
        Attack(why: "ends with a climb", code: .unsafeName, entry: "a/..") { $0.add("a/..", type: "5") },
        Attack(why: "absolute", code: .unsafeName, entry: "/tmp/x") { $0.add("/tmp/x", data: [1]) },
        Attack(why: "only slashes", code: .unsafeName, entry: "//") { $0.add("//", type: "5") },
        Attack(why: "empty name", code: .unsafeName, entry: "") { $0.add("", data: [1]) },
        Attack(why: "backslash", code: .unsafeName, entry: "a\\..\\b") { $0.add("a\\..\\b", data: [1]) },
        Attack(why: "not UTF-8", code: .unsafeName, entry: "a\u{FFFD}b") { $0.add(rawName: [0x61, 0xFF, 0x62]) },
        Attack(why: "a file named as the tree", code: .unsafeName, entry: ".") { $0.add(".", data: [1]) },
        Attack(why: "climbs by a pax path", code: .unsafeName, entry: "../victim") {
            $0.addPax("path", "../victim")
            $0.add("innocent", data: [1])
        },
        Attack(why: "climbs by a GNU long name", code: .unsafeName, entry: "../victim") {
            $0.add("././@LongLink", type: "L", data: Array("../victim\0".utf8))
            $0.add("innocent", data: [1])
        },
        Attack(why: "link out", code: .unsafeLink, entry: "link") { $0.add("link", type: "2", link: "../victim") },
        Attack(why: "absolute link", code: .unsafeLink, entry: "link") {
            $0.add("link", type: "2", link: "/etc/passwd")
        },
        Attack(why: "deep link out", code: .unsafeLink, entry: "a/b/link") {
            $0.add("a/b/link", type: "2", link: "x/../../../../victim")
        },
        Attack(why: "empty link", code: .unsafeLink, entry: "link") { $0.add("link", type: "2", link: "") },
        Attack(why: "link out by pax", code: .unsafeLink, entry: "link") {
            $0.addPax("linkpath", "../victim")
            $0.add("link", type: "2", link: "inside")
        },
        Attack(why: "hard link out", code: .unsafeLink, entry: "hard") { $0.add("hard", type: "1", link: "../victim") },
        Attack(why: "absolute hard link", code: .unsafeLink, entry: "hard") {
            $0.add("hard", type: "1", link: "/etc/passwd")
        },
        Attack(why: "hard link to nothing", code: .unsafeLink, entry: "hard") {
            $0.add("hard", type: "1", link: "later")
        },
        Attack(why: "hard link to a directory", code: .unsafeLink, entry: "hard") {
            $0.add("d/", type: "5")
            $0.add("hard", type: "1", link: "d")
        },
        Attack(why: "character device", code: .unsupportedEntry, entry: "null") { $0.add("null", type: "3") },
        Attack(why: "block device", code: .unsupportedEntry, entry: "disk") { $0.add("disk", type: "4") },
        Attack(why: "pipe", code: .unsupportedEntry, entry: "pipe") { $0.add("pipe", type: "6") },
        Attack(why: "file over directory", code: .conflict, entry: "d") {
            $0.add("d/x", data: [1])
            $0.add("d", data: [1])
        },
        Attack(why: "directory over file", code: .conflict, entry: "f/") {
            $0.add("f", data: [1])
            $0.add("f/", type: "5")
        },
        Attack(why: "file below a file", code: .conflict, entry: "f/x") {
            $0.add("f", data: [1])
            $0.add("f/x", data: [1])
        },
        Attack(why: "component longer than the file system takes", code: .unsafeName, entry: longComponent) {
            $0.addPax("path", longComponent)
            $0.add("short", data: [1])
        },
        Attack(why: "name longer than a path", code: .tooDeep, entry: longPath) {
            $0.addPax("path", longPath)
            $0.add("short", data: [1])
        },
        Attack(why: "too deep", code: .tooDeep, entry: deepPath) {
            $0.addPax("path", deepPath)
            $0.add("short", data: [1])
        },
        Attack(why: "negative size", code: .damaged, entry: nil) {
            $0.add("f", size: "\u{FF}-1")
            $0.add("g")
        },
        Attack(why: "announces more than the limit", code: .tooLarge, entry: "huge") {
            $0.add("huge", data: [1], size: "77777777777")
        },
        Attack(why: "a directory with a huge body", code: .tooLarge, entry: "huge/") {
            $0.addPax("size", "99999999999")
            $0.add("huge/", type: "5")
        },
        Attack(why: "pax header of absurd size", code: .damaged, entry: nil) {
            $0.add("pax", type: "x", data: [UInt8](repeating: 0x31, count: 3 << 20))
            $0.add("f")
        },
        Attack(why: "malformed pax record", code: .damaged, entry: nil) {
            $0.add("pax", type: "x", data: Array("9999 path=x\n".utf8))
            $0.add("f")
        },
        Attack(why: "pax headers without end", code: .damaged, entry: nil) {
            for _ in 0..<5000 { $0.addPax("comment", "x") }
            $0.add("f")
        },
        Attack(why: "rubbish after an entry", code: .damaged, entry: nil) {
            $0.add("f", data: [1])
            $0.append([UInt8](repeating: 0x41, count: 2048))
        },
        Attack(why: "data cut short", code: .damaged, entry: "f") {
            $0.add("f", data: [1, 2, 3], size: "00000100000")
        },
    ]
    static let longComponent = String(repeating: "n", count: 300)
    static let longPath = Array(repeating: String(repeating: "p", count: 250), count: 20).joined(separator: "/")
    static let deepPath = Array(repeating: "d", count: 65).joined(separator: "/")

    @Test(arguments: attacks, [LinkPolicy.skip, .keepInside])
    func isRefusedAndLeavesTheOutsideAlone(attack: Attack, links: LinkPolicy) throws {
        let workspace = try Workspace()
        var tar = TarBuilder()
        tar.add("first", data: Array("ok".utf8))
        attack.build(&tar)
        let file = try workspace.archive(tar.finished)
        let limits = ArtifactLimits(uncompressedBytes: 64 << 20)
        let error = #expect(throws: ArchiveError.self) {
            try ArchiveExtractor(limits: limits, links: links).extract(file: file, into: workspace.tree)
        }
        #expect(error?.code == attack.code, "\(error?.description ?? "")")
        #expect(error?.entry == attack.entry)
        #expect(error?.kind == .terminal)
        #expect(try workspace.isUntouchedOutside())
    }

    @Test func nothingIsWrittenThroughAnEarlierLink() throws {
        var tar = TarBuilder()
        tar.add("d/", type: "5")
        tar.add("link", type: "2", link: "d")
        tar.add("link/file", data: [1])
        let kept = try Workspace()
        let error = #expect(throws: ArchiveError.self) {
            try ArchiveExtractor(limits: .init(), links: .keepInside)
                .extract(file: kept.archive(tar.finished), into: kept.tree)
        }
        #expect(error?.code == .conflict)
        #expect(error?.entry == "link/file")
        #expect(try kept.tree.entries("d").isEmpty)
        let skipped = try Workspace()
        _ = try ArchiveExtractor(limits: .init()).extract(file: skipped.archive(tar.finished), into: skipped.tree)
        #expect(try skipped.tree.status("link/file")?.kind == .file)
        #expect(try skipped.tree.entries("d").isEmpty)
    }

    @Test func linksThroughLinksThatLeaveAreRefused() throws {
        let workspace = try Workspace()
        var tar = TarBuilder()
        tar.add("a/", type: "5")
        tar.add("p/q/d", type: "2", link: "../../a")
        tar.add("escape", type: "2", link: "p/q/d/../..")
        let error = #expect(throws: ArchiveError.self) {
            try ArchiveExtractor(limits: .init(), links: .keepInside)
                .extract(file: workspace.archive(tar.finished), into: workspace.tree)
        }
        #expect(error?.code == .unsafeLink)
        #expect(error?.entry == "escape")
    }

    @Test func aLinkThatWasThereBeforeIsNotFollowed() throws {
        let workspace = try Workspace()
        try workspace.tree.replaceSymbolicLink("planted", target: workspace.root.path.string)
        try workspace.tree.replaceSymbolicLink("file", target: workspace.root.path.string + "/victim")
        var tar = TarBuilder()
        tar.add("file", data: Array("new".utf8))
        tar.add("planted/victim", data: [1])
        let error = #expect(throws: ArchiveError.self) {
            try ArchiveExtractor(limits: .init())
                .extract(file: workspace.archive(tar.finished), into: workspace.tree)
        }
        #expect(error?.entry == "planted/victim")
        #expect(try workspace.tree.read("file", limit: 10) == Array("new".utf8))
        #expect(try workspace.isUntouchedOutside())
    }
}
