import CoreModel
import CurlTransport
import ManifestTree
import OCIDistribution
import OCILayout
import SafeFiles
import SystemPackage
import TestSupport
import Testing

@testable import ToolCommands

@Suite struct CopyCommandTests {
    private let registry: ScriptedRegistry
    private let transport: CurlTransport
    private let scratch: Scratch

    init() throws {
        registry = try ScriptedRegistry()
        transport = try CurlTransport(userAgent: "sluice-test")
        scratch = try Scratch()
    }

    private var disk: String { "oci-layout:\(scratch.path)/disk" }
    private var app: String { "oci://\(registry.host)/acme/app" }

    private func copy(_ arguments: String...) async -> ToolRun {
        await ToolRun.of(["copy"] + arguments + ["--insecure-registry"], over: transport)
    }

    @Test func tellsWhatItDid() async throws {
        let artifact = try registry.addArtifact("acme/app", tag: "v1", layer: Array("content".utf8))
        try registry.addArtifact("acme/app", tag: "sha256-\(artifact.manifest.hex).sig", layer: Array("sig".utf8))
        let run = await copy("\(app):v1", disk)
        #expect(run.status == 0 && run.output.isEmpty)
        #expect(
            run.errors == """
                ► copying \(app):v1 to \(disk)
                ✔ \(disk):v1 is \(artifact.manifest)
                ✔ sent 3 blobs (12 B) and 2 manifests; 1 signature or other referrer

                """
        )
        let again = await copy("\(app):v1", "\(disk):v2", "-o", "json")
        #expect(again.errors.isEmpty)
        #expect(
            try JSONReader.parse(again.output) == [
                "source": .string("\(app):v1"), "destination": .string("\(disk):v2"),
                "artifacts": [
                    [
                        "tag": "v2", "digest": .string(artifact.manifest.description),
                        "mediaType": .string(MediaType.ociManifest),
                    ]
                ],
                "sent": [
                    "manifests": 1, "attachments": 1,
                    "blobs": ["uploaded": 0, "mounted": 0, "existed": 3, "bytes": 0],
                ],
            ]
        )
    }

    @Test func copiesWholeRepositories() async throws {
        for tag in ["v1", "v2", "v3"] { try registry.addArtifact("acme/app", tag: tag, layer: Array(tag.utf8)) }
        let run = await copy(app, disk, "--all-tags")
        #expect(run.status == 0, "\(run.errors)")
        #expect(try await ImageLayout(FilePath("\(scratch.path)/disk")).tags().sorted() == ["v1", "v2", "v3"])
        let back = await copy(disk, "oci://\(registry.host)/acme/back", "--all-tags")
        #expect(back.status == 0, "\(back.errors)")
        for tag in ["v1", "v2", "v3"] { #expect(registry.digest("acme/back", tag) == registry.digest("acme/app", tag)) }
    }

    @Test func usesEachSidesCredentials() async throws {
        let run = await ToolRun.of(
            ["copy", "\(app):v1", disk, "--src-creds", "me:secret", "--src-insecure"],
            over: transport
        )
        #expect(run.status == 1)
        let registry = try ScriptedRegistry(sign: .basic(users: ["me": "secret"]))
        let artifact = try registry.addArtifact("acme/app", tag: "v1", layer: Array("content".utf8))
        let there = "oci://\(registry.host)/acme/app:v1"
        let refused = await copy(there, disk, "--dst-creds", "me:secret")
        #expect(refused.status == 1)
        let allowed = await copy(there, disk, "--src-creds", "me:secret")
        #expect(allowed.status == 0, "\(allowed.errors)")
        #expect(try await ImageLayout(FilePath("\(scratch.path)/disk")).resolve(.tag("v1")).digest == artifact.manifest)
    }

    static let refusals: [([String], String, String)] = [
        (["oci://r.test/a:v1"], "Missing expected argument", "one place"),
        (["r.test/a:v1", "oci-layout:/tmp/x"], "does not begin with oci://", "no scheme"),
        (
            ["oci://r.test/a:v1", "oci-layout:/tmp/x@sha256:\(String(repeating: "ab", count: 32))"],
            "which the source decides; name a tag", "a digest as destination"
        ),
        (["oci://r.test/a:v1", "oci-layout:/tmp/x", "--all-tags"], "leave tags and digests out", "a tag of all tags"),
        (["oci://r.test/a", "oci-layout:/tmp/x:v1", "--all-tags"], "leave tags and digests out", "all as one tag"),
        (
            ["oci://r.test/a@sha256:\(String(repeating: "ab", count: 32))", "oci-layout:/tmp/x"],
            "offers artifacts by their tags; write oci-layout:/tmp/x:TAG", "nothing to call it"
        ),
        (["oci://r.test/a:v1", "oci-layout:/tmp/x", "--platform", "linux"], "'linux' is invalid", "half a platform"),
    ]

    @Test(arguments: refusals)
    func refusesWhatCannotBeMeant(arguments: [String], says: String, why: String) async {
        let run = await ToolRun.of(["copy"] + arguments)
        #expect(run.status != 0, "\(why)")
        #expect(run.errors.contains(says), "\(why): \(run.errors)")
    }
}

/// Layouts and registries that are shared with the tools that others use.
@Suite(.enabled(if: Command.peers != nil, "SLUICE_PEERS does not name the folder that hack/peers fills"))
struct PeerCopyTests {
    private let scene: PeerScene
    private let transport: CurlTransport

    init() throws {
        scene = try PeerScene(["a.yaml": "kind: ConfigMap\n", "b.yaml": "kind: Secret\n", "tree/f": "hello\n"])
        transport = try CurlTransport(userAgent: "sluice-test")
    }

    private func copy(_ arguments: String...) async throws {
        let run = await ToolRun.of(["copy"] + arguments + ["--insecure-registry"], over: transport)
        try #require(run.status == 0, "\(run.errors)")
    }

    private func layout(_ name: String) -> String { "oci-layout:\(scene.folder.path)/\(name)" }

    private func digest(_ reference: String) throws -> String {
        try scene.run("crane", "digest", "--insecure", "\(scene.host)/\(reference)").trimmingSuffix { $0 == "\n" }
    }

    /// An image that every tool takes, in the media types of OCI, since skopeo knows no others in layouts.
    private func makeImage(_ name: String) throws {
        try scene.run("/usr/bin/tar", "-cf", "layer.tar", "tree")
        let tag = "\(scene.host)/\(name)"
        try scene.run("crane", "append", "--insecure", "--oci-empty-base", "-f", "layer.tar", "-t", tag)
    }

    static let makers: [(String, @Sendable (PeerScene, _ image: String) throws -> String)] = [
        (
            "skopeo",
            { scene, image in
                let flags = ["--insecure-policy", "copy", "--src-tls-verify=false"]
                var command = Command(peer: "skopeo")
                command.directory = scene.folder.path
                try command.succeed(flags + ["docker://\(image)", "oci:theirs:v1"])
                return "theirs:v1"
            }
        ),
        (
            "oras",
            { scene, image in
                try scene.run("oras", "cp", "--from-plain-http", "--to-oci-layout", image, "theirs:v1")
                return "theirs:v1"
            }
        ),
        (
            "crane, without a name",
            { scene, image in
                try scene.run("crane", "pull", "--insecure", "--format=oci", image, "theirs")
                return "theirs"
            }
        ),
        (
            "crane, with the whole reference",
            { scene, image in
                try scene.run("crane", "pull", "--insecure", "--format=oci", "--annotate-ref", image, "theirs")
                return "theirs:v1"
            }
        ),
    ]

    @Test(arguments: makers)
    func readsLayoutsOfOtherTools(
        tool: String,
        make: @Sendable (PeerScene, String) throws -> String
    ) async throws {
        try makeImage("acme/app:v1")
        let place = try make(scene, "\(scene.host)/acme/app:v1")
        try await copy(layout(place), "oci://\(scene.host)/acme/copy:v1")
        #expect(try digest("acme/copy:v1") == digest("acme/app:v1"), "\(tool)")
        try scene.run("crane", "validate", "--insecure", "--remote", "\(scene.host)/acme/copy:v1")
    }

    @Test func writesLayoutsForOtherTools() async throws {
        try makeImage("acme/app:v1")
        try await copy("oci://\(scene.host)/acme/app:v1", layout("ours"))
        try scene.run("crane", "push", "--insecure", "ours", "\(scene.host)/by/crane:v1")
        try scene.run("oras", "cp", "--from-oci-layout", "--to-plain-http", "ours:v1", "\(scene.host)/by/oras:v1")
        try scene.run(
            "skopeo",
            "--insecure-policy",
            "copy",
            "--dest-tls-verify=false",
            "oci:ours:v1",
            "docker://\(scene.host)/by/skopeo:v1"
        )
        for tool in ["crane", "oras", "skopeo"] {
            #expect(try digest("by/\(tool):v1") == digest("acme/app:v1"), "\(tool)")
        }
    }

    @Test func copiesIndexesOfRealImages() async throws {
        for name in ["one", "two"] { try makeImage("acme/\(name):v1") }
        let parts = ["acme/one:v1", "acme/two:v1"].flatMap { ["-m", "\(scene.host)/\($0)"] }
        let index = ["index", "append", "--insecure", "-t", "\(scene.host)/acme/app:v1"] + parts
        try Command(peer: "crane").succeed(index)
        try await copy("oci://\(scene.host)/acme/app:v1", layout("ours"))
        try await copy(layout("ours:v1"), "oci://\(scene.host)/acme/copy")
        #expect(try digest("acme/copy:v1") == digest("acme/app:v1"))
        try scene.run("crane", "validate", "--insecure", "--remote", "\(scene.host)/acme/copy:v1")
    }

    private func cosign(_ arguments: String...) throws {
        var command = Command(peer: "cosign")
        command.directory = scene.folder.path
        command.environment = ["HOME": scene.folder.path, "COSIGN_PASSWORD": ""]
        try command.succeed(arguments)
    }

    /// The walk of a site without a network: a registry, a layout, an archive on a disk, another machine's registry.
    @Test func carriesSignedArtifactsToAnotherSite() async throws {
        let (here, there) = (scene, try PeerScene())
        let image = "\(here.host)/acme/app:v1"
        try here.run("oras", "push", "--plain-http", image, "a.yaml:text/yaml")
        try here.run("oras", "attach", "--plain-http", "--artifact-type", "text/sbom", image, "b.yaml:text/yaml")
        try cosign("generate-key-pair")
        try cosign("sign", "--key", "cosign.key", "--tlog-upload=false", "--allow-http-registry", "--yes", image)

        try await copy("oci://\(image)", layout("disk"))
        try here.run("/usr/bin/tar", "-cf", "\(there.folder.path)/disk.tar", "disk")
        try there.run("/usr/bin/tar", "-xf", "disk.tar")
        let arrived = "oci-layout:\(there.folder.path)/disk:v1"
        let key = "\(here.folder.path)/cosign.pub"
        let checked = await ToolRun.of(["verify", "artifact", arrived, "--key", key])
        #expect(checked.status == 0, "it can be checked before it goes on: \(checked.errors)")
        try await copy(arrived, "oci://\(there.host)/site/app")

        let copied = "\(there.host)/site/app:v1"
        try cosign("verify", "--key", key, "--insecure-ignore-tlog=true", "--allow-http-registry", copied)
        #expect(try there.run("oras", "discover", "--plain-http", copied).contains("text/sbom"))
        #expect(
            try there.run("crane", "digest", "--insecure", copied) == here.run("crane", "digest", "--insecure", image)
        )

        try there.write("disk/blobs/sha256/\(try signedLayer(arrived))", "kind: Changed!!\n")
        let other = await ToolRun.of(
            ["copy", arrived, "oci://\(there.host)/site/other", "--insecure-registry"],
            over: transport
        )
        #expect(other.status == 1 && other.errors.contains("has other content"), "\(other.errors)")
    }

    /// The hex of the digest of `a.yaml`.
    private func signedLayer(_ location: String) throws -> String {
        String(try Command("/usr/bin/sha256sum").succeed(["\(scene.folder.path)/a.yaml"]).prefix(64))
    }

    @Test func readsWhatCosignSaved() async throws {
        let image = "\(scene.host)/acme/app:v1"
        try scene.run("oras", "push", "--plain-http", image, "a.yaml:text/yaml")
        try cosign("generate-key-pair")
        try cosign("sign", "--key", "cosign.key", "--tlog-upload=false", "--allow-http-registry", "--yes", image)
        try cosign("save", "--allow-http-registry", "--dir", "saved", image)
        let key = "\(scene.folder.path)/cosign.pub"
        let checked = await ToolRun.of(["verify", "artifact", layout("saved"), "--key", key])
        #expect(checked.status == 0, "\(checked.errors)")
        try await copy(layout("saved"), "oci://\(scene.host)/acme/copy:v1")
        try cosign(
            "verify",
            "--key",
            key,
            "--insecure-ignore-tlog=true",
            "--allow-http-registry",
            "\(scene.host)/acme/copy:v1"
        )
    }
}

extension String {
    fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> String {
        var text = self
        while let last = text.last, isTrimmed(last) { text.removeLast() }
        return text
    }
}
