import CurlTransport
import Testing

@testable import ToolCommands

/// Artifacts as other tools make them, from a real registry.
@Suite(.enabled(if: Command.peers != nil, "SLUICE_PEERS does not name the folder that hack/peers fills"))
struct PeerPullTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        let why: String
        var flags: [String] = []
        let expected: [String: String]
        /// Makes `app:v1` in the registry from the folder.
        let make: @Sendable (PeerScene, _ name: String) throws -> Void

        var testDescription: String { why }
    }

    private static let content = ["app/deploy.yaml": "kind: Deployment\n", "app/run.sh": "echo\n"]
    private static let app = ["deploy.yaml": "kind: Deployment\n", "run.sh": "echo\n"]
    private static let helm = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"

    /// A tarball of `app`, packed by what the name says, in the folder.
    private static func tar(_ scene: PeerScene, _ name: String, of directory: String = "app") throws {
        let packing = name.hasSuffix(".zst") ? "--zstd" : name.hasSuffix("gz") ? "-z" : "--sparse"
        try scene.run("/usr/bin/tar", "-c", packing, "-f", name, "-C", directory, ".")
    }

    private static func oras(_ scene: PeerScene, _ name: String, _ files: String..., config: String? = nil) throws {
        var command = Command(peer: "oras")
        command.directory = scene.folder.path
        let flags = config.map { ["--config", $0] } ?? []
        try command.succeed(["push", "--plain-http", "--disable-path-validation"] + flags + [name] + files)
    }

    /// An image of `app`, committed from an empty one; everything buildah keeps stays within the scene.
    private static func buildah(_ scene: PeerScene, _ name: String, format: String) throws {
        let folder = scene.folder.path
        try scene.write("policy.json", #"{"default":[{"type":"insecureAcceptAnything"}]}"#)
        try scene.write("registries.conf", "unqualified-search-registries = []\n")
        try scene.write("storage.conf", "[storage]\ndriver=\"vfs\"\n")
        var command = Command(peer: "buildah")
        command.directory = folder
        command.environment["CONTAINERS_REGISTRIES_CONF"] = "\(folder)/registries.conf"
        command.environment["CONTAINERS_STORAGE_CONF"] = "\(folder)/storage.conf"
        command.environment["XDG_RUNTIME_DIR"] = "\(folder)/run"
        let stored = ["--root", "\(folder)/images", "--runroot", "\(folder)/run", "--storage-driver", "vfs"]
        let trusted = ["--signature-policy", "policy.json"]
        for step in [
            ["from", "--name", "made"] + trusted + ["scratch"], ["add", "made", "app", "/"],
            ["commit"] + trusted + ["--tls-verify=false", "--format", format, "made", "docker://\(name)"],
        ] { try command.succeed(stored + step) }
    }

    static let shapes: [Shape] = [
        Shape(why: "oras: a directory", expected: content) { try oras($0, $1, "app") },
        Shape(why: "oras: a single file", expected: ["one.yaml": "a: 1\n"]) { scene, name in
            try scene.write("one.yaml", "a: 1\n")
            try oras(scene, name, "one.yaml:text/yaml")
        },
        Shape(
            why: "oras: several files and a directory, all of them",
            flags: ["--all-layers"],
            expected: content.merging(["one.yaml": "a: 1\n", "below/two.yaml": "b: 1\n"]) { $1 }
        ) { scene, name in
            try scene.write("one.yaml", "a: 1\n")
            try scene.write("below/two.yaml", "b: 1\n")
            try oras(scene, name, "one.yaml", "app", "below/two.yaml")
        },
        Shape(why: "oras: one of several, by its place", flags: ["--layer-index", "1"], expected: ["b": "2"]) {
            try $0.write("a", "1")
            try $0.write("b", "2")
            try oras($0, $1, "a", "b")
        },
        Shape(why: "oras: zstd", expected: app) { scene, name in
            try tar(scene, "app.tar.zst")
            try oras(scene, name, "app.tar.zst:application/vnd.oci.image.layer.v1.tar+zstd")
        },
        Shape(why: "oras: a plain tar", expected: app) { scene, name in
            try tar(scene, "app.tar")
            try oras(scene, name, "app.tar:application/vnd.oci.image.layer.v1.tar")
        },
        Shape(
            why: "the layer as it is",
            flags: ["--copy", "--layer-media-type", "text/plain"],
            expected: ["b.txt": "b"]
        ) {
            try $0.write("a.json", "{}")
            try $0.write("b.txt", "b")
            try oras($0, $1, "a.json:application/json", "b.txt:text/plain")
        },
        Shape(why: "helm: a chart behind its provenance", expected: app) { scene, name in
            try tar(scene, "app-1.0.0.tgz")
            try scene.write("app-1.0.0.tgz.prov", "-----BEGIN PGP SIGNED MESSAGE-----\n")
            try scene.write("config.json", "{\"name\":\"app\",\"version\":\"1.0.0\"}")
            try oras(
                scene,
                name,
                "app-1.0.0.tgz.prov:application/vnd.cncf.helm.chart.provenance.v1.prov",
                "app-1.0.0.tgz:\(helm)",
                config: "config.json:application/vnd.cncf.helm.config.v1+json"
            )
        },
        Shape(why: "crane (and kustomizer): an image in Docker's form", expected: app) { scene, name in
            try tar(scene, "app.tar.gz")
            try scene.run("crane", "append", "--insecure", "-f", "app.tar.gz", "-t", name)
        },
        Shape(
            why: "crane: layers over each other, the second without a file of the first",
            flags: ["--all-layers"],
            expected: ["run.sh": "echo two\n", "more.yaml": "m: 1\n"]
        ) { scene, name in
            try scene.write("over/.wh.deploy.yaml", "")
            try scene.write("over/run.sh", "echo two\n")
            try scene.write("over/more.yaml", "m: 1\n")
            try tar(scene, "app.tar.gz")
            try tar(scene, "over.tar.gz", of: "over")
            try scene.run(
                "crane",
                "append",
                "--insecure",
                "--oci-empty-base",
                "-f",
                "app.tar.gz,over.tar.gz",
                "-t",
                name
            )
        },
        Shape(
            why: "crane: one platform of an index",
            flags: ["--platform", "linux/arm64"],
            expected: ["arch": "arm64"]
        ) { scene, name in
            for architecture in ["amd64", "arm64"] {
                try scene.write("\(architecture)/arch", architecture)
                try tar(scene, "\(architecture).tar", of: architecture)
                let tag = name + architecture
                try scene.run("crane", "append", "--insecure", "-f", "\(architecture).tar", "-t", tag)
                try scene.run(
                    "crane",
                    "mutate",
                    "--insecure",
                    "--set-platform",
                    "linux/\(architecture)",
                    tag,
                    "-t",
                    tag
                )
            }
            try scene.run(
                "crane",
                "index",
                "append",
                "--insecure",
                "-m",
                name + "amd64",
                "-m",
                name + "arm64",
                "-t",
                name
            )
        },
        Shape(why: "buildah: an image from scratch", expected: app) { try buildah($0, $1, format: "oci") },
        Shape(why: "buildah: the same in Docker's form", expected: app) { try buildah($0, $1, format: "docker") },
        Shape(why: "skopeo: an OCI image packed with zstd", expected: app) { scene, name in
            try tar(scene, "app.tar.gz")
            try scene.run("crane", "append", "--insecure", "-f", "app.tar.gz", "-t", name + "x")
            try scene.run(
                "skopeo",
                "--insecure-policy",
                "copy",
                "--src-tls-verify=false",
                "--dest-tls-verify=false",
                "-f",
                "oci",
                "--dest-compress-format",
                "zstd",
                "docker://\(name)x",
                "docker://\(name)"
            )
        },
        Shape(why: "skopeo: Docker's schema 2", expected: app) { scene, name in
            try tar(scene, "app.tar.gz")
            try scene.run("crane", "append", "--insecure", "--oci-empty-base", "-f", "app.tar.gz", "-t", name + "x")
            try scene.run(
                "skopeo",
                "--insecure-policy",
                "copy",
                "--src-tls-verify=false",
                "--dest-tls-verify=false",
                "-f",
                "v2s2",
                "docker://\(name)x",
                "docker://\(name)"
            )
        },
    ]

    @Test(arguments: shapes)
    func pulls(shape: Shape) async throws {
        let scene = try PeerScene(Self.content)
        let name = "\(scene.host)/acme/app:v1"
        try shape.make(scene, name)
        let target = try Scratch()
        let run = await ToolRun.of(
            ["pull", "artifact", "oci://\(name)", "-o", target.path, "--insecure-registry"] + shape.flags,
            over: try CurlTransport(userAgent: "sluice-test")
        )
        #expect(run.status == 0, "\(run.errors)")
        #expect(try texts(below: target.path) == shape.expected)
    }

    @Test func readsLayoutsOfOthers() async throws {
        let scene = try PeerScene(Self.content)
        try Self.tar(scene, "app.tar.gz")
        try scene.run("oras", "push", "--oci-layout", "made:v1", "app.tar.gz")
        let target = try Scratch()
        let run = await ToolRun.of(["pull", "artifact", "oci-layout:\(scene.folder.path)/made:v1", "-o", target.path])
        #expect(run.status == 0, "\(run.errors)")
        #expect(try texts(below: target.path) == Self.app)
    }
}
