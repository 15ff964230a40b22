import SafeFiles
import SystemPackage
import Testing

@Suite struct LinkResolutionTests {
    let sandbox: Sandbox
    var directory: Directory { sandbox.directory }

    init() throws {
        sandbox = try Sandbox()
        _ = try sandbox.directory.directory("base/deep", creating: true)
        _ = try sandbox.directory.directory("overlay", creating: true)
        try sandbox.write("base/deep/file", "content")
        let links = [
            "overlay/base": "../base", "overlay/file": "base/deep/file", "overlay/chain": "file",
            "overlay/up": "..", "overlay/out": "../..", "overlay/absolute": "/etc", "overlay/around": "../../x/base",
            "overlay/circle": "circle", "overlay/dangling": "nothing",
        ]
        for (name, target) in links { try sandbox.directory.replaceSymbolicLink(name, target: target) }
    }

    static let inside: [(String, String, String)] = [
        ("base/deep/file", "base/deep/file", "no link"),
        ("overlay/base/deep/file", "base/deep/file", "a link to a directory on the way"),
        ("overlay/file", "base/deep/file", "a link through a link"),
        ("overlay/chain", "base/deep/file", "three links"),
        ("overlay/../base/deep", "base/deep", "up and down within the tree"),
        ("overlay/base/../base/./deep", "base/deep", "'..' after a link is of its target, as in the kernel"),
        ("overlay/up", "", "the root itself"),
        ("", "", "the root itself"),
        ("overlay/up/overlay/up/base", "base", "through the root and back"),
    ]

    @Test(arguments: inside) func resolves(path: String, expected: String, why: String) throws {
        #expect(try directory.resolve(path) == expected)
    }

    static let refused: [(String, FileError.Code, String)] = [
        ("overlay/out", .linkRefused, "above the root"),
        ("overlay/out/x", .linkRefused, "above the root on the way"),
        ("overlay/absolute", .linkRefused, "absolute target"),
        ("overlay/around", .linkRefused, "out and back in by name"),
        ("overlay/circle", .linkRefused, "a circle"),
        ("overlay/dangling", .notFound, "nothing there"),
        ("../x", .invalidPath, "the path itself leaves"),
        ("base/../../x", .invalidPath, "the path itself leaves later"),
        ("/etc", .invalidPath, "absolute"),
    ]

    @Test(arguments: refused) func refuses(path: String, expected: FileError.Code, why: String) throws {
        #expect(code { _ = try directory.resolve(path) } == expected)
        #expect(code { _ = try directory.readFollowingLinks(path, limit: 100) } == expected)
    }

    @Test func readsThroughLinks() throws {
        #expect(try directory.readFollowingLinks("overlay/chain", limit: 100) == Array("content".utf8))
        #expect(try directory.readFollowingLinks("overlay/../base/deep/file", limit: 7) == Array("content".utf8))
        #expect(code { _ = try directory.readFollowingLinks("overlay/chain", limit: 6) } == .tooLarge)
        #expect(try directory.directoryFollowingLinks("overlay/base").entries().map(\.name) == ["deep"])
    }
}
