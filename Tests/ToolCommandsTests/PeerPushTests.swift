import CoreModel
import CurlTransport
import ManifestTree
import Testing

@testable import ToolCommands

/// What we push, in the hands of others.
@Suite(.enabled(if: Command.peers != nil, "SLUICE_PEERS does not name the folder that hack/peers fills"))
struct PeerPushTests {
    private static let content = ["app/deploy.yaml": "kind: Deployment\n", "run.sh": "echo\n"]

    /// Pushes `content` and gives the name and the digest of the artifact.
    private func push(_ scene: PeerScene) async throws -> (name: String, digest: String) {
        let source = try Scratch(Self.content)
        let name = "\(scene.host)/acme/app"
        let run = await ToolRun.of(
            [
                "push", "artifact", "oci://\(name):v1", "-f", source.path, "--source", "s", "--revision", "r",
                "--annotations", "note=a=b", "--insecure-registry", "-o", "json",
            ],
            over: try CurlTransport(userAgent: "sluice-test")
        )
        try #require(run.status == 0, "\(run.errors)")
        return (name, try #require(try JSONReader.parse(Array(run.output.utf8))["digest"]?.string))
    }

    /// The files in a tarball of the scene's folder.
    private func unpacked(_ scene: PeerScene, _ tarball: String, _ flags: String) throws -> [String: String] {
        let target = try Scratch()
        try scene.run("/usr/bin/tar", flags, tarball, "-C", target.path)
        return try texts(below: target.path)
    }

    @Test func craneExportsIt() async throws {
        let scene = try PeerScene()
        let (name, digest) = try await push(scene)
        #expect(try scene.run("crane", "digest", "--insecure", "\(name):v1").hasPrefix(digest))
        try scene.run("crane", "export", "--insecure", "\(name)@\(digest)", "out.tar")
        #expect(try unpacked(scene, "out.tar", "-xf") == Self.content)
        try scene.run("crane", "validate", "--insecure", "--remote", "\(name):v1")
    }

    @Test func orasFetchesIt() async throws {
        let scene = try PeerScene()
        let (name, digest) = try await push(scene)
        let manifest = try JSONReader.parse(
            Array(try scene.run("oras", "manifest", "fetch", "--plain-http", "\(name)@\(digest)").utf8)
        )
        #expect(manifest["annotations"]?["note"]?.string == "a=b")
        let layer = try #require(manifest["layers"]?.list?.first?["digest"]?.string)
        try scene.run("oras", "blob", "fetch", "--plain-http", "-o", "out.tgz", "\(name)@\(layer)")
        #expect(try unpacked(scene, "out.tgz", "-xzf") == Self.content)
    }

    @Test func skopeoCopiesItIntoALayoutThatWeRead() async throws {
        let scene = try PeerScene()
        let (name, digest) = try await push(scene)
        try scene.run(
            "skopeo",
            "--insecure-policy",
            "copy",
            "--src-tls-verify=false",
            "docker://\(name):v1",
            "oci:copy:v1"
        )
        let target = try Scratch()
        let run = await ToolRun.of(
            ["pull", "artifact", "oci-layout:\(scene.folder.path)/copy@\(digest)", "-o", target.path]
        )
        #expect(run.status == 0, "\(run.errors)")
        #expect(try texts(below: target.path) == Self.content)
    }

    @Test func othersReadOurLayouts() async throws {
        let scene = try PeerScene(Self.content)
        let run = await ToolRun.of([
            "push", "artifact", "oci-layout:\(scene.folder.path)/ours:v1", "-f", "\(scene.folder.path)/app",
            "--source", "s", "--revision", "r",
        ])
        try #require(run.status == 0, "\(run.errors)")
        try scene.run("oras", "copy", "--from-oci-layout", "ours:v1", "--to-plain-http", "\(scene.host)/acme/one:v1")
        try scene.run(
            "skopeo",
            "--insecure-policy",
            "copy",
            "--dest-tls-verify=false",
            "oci:ours:v1",
            "docker://\(scene.host)/acme/two:v1"
        )
        for name in ["one", "two"] {
            try scene.run("crane", "export", "--insecure", "\(scene.host)/acme/\(name):v1", "\(name).tar")
            #expect(try unpacked(scene, "\(name).tar", "-xf") == ["deploy.yaml": "kind: Deployment\n"])
        }
    }
}

/// The tool as a program of its own, under conditions that only a process has.
@Suite(.enabled(if: Command.sluice != nil, "SLUICE_BINARY does not name the tool; see hack/test"))
struct ReproducibilityTests {
    /// Makes the same files and pushes them, in a shell with these settings.
    private func digest(umask: String, environment: [String: String], input: Bool = false) throws -> String {
        let folder = try Scratch()
        var shell = Command("/bin/sh")
        shell.directory = folder.path
        shell.environment = environment
        let path = input ? "-" : "tree"
        let script = """
            set -e
            umask \(umask)
            mkdir -p tree/Zone tree/a
            printf 'a: 1\\n' > tree/a/b.yaml; printf 'b: 1\\n' > tree/Zone/é.yaml; printf 'c: 1\\n' > tree/B.yaml
            printf '#!/bin/sh\\n' > tree/run; chmod u+x tree/run
            cat tree/a/b.yaml | '\(Command.sluice ?? "")' push artifact oci-layout:out:v1 -f \(path) --reproducible \\
                --source s --revision r --output json
            """
        let output = try shell.succeed(["-c", script])
        return try #require(try JSONReader.parse(Array(output.utf8))["digest"]?.string)
    }

    static let surroundings: [(String, [String: String], String)] = [
        ("077", ["TZ": "XYZ+11"], "far west, and files for nobody else"),
        ("002", ["TZ": "ABC-13:45", "LC_ALL": "C"], "far east, and files for the group"),
        ("000", ["LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8"], "another language, and files for all"),
    ]

    @Test(arguments: surroundings)
    func digestsAreTheSameEverywhere(umask: String, environment: [String: String], why: String) throws {
        #expect(try digest(umask: umask, environment: environment) == digest(umask: "022", environment: [:]), "\(why)")
        let piped = try digest(umask: umask, environment: environment, input: true)
        #expect(try piped == digest(umask: "022", environment: [:], input: true), "\(why)")
    }
}
