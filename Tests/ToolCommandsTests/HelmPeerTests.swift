import CurlTransport
import Foundation
import SafeFiles
import TestSupport
import Testing

@testable import ToolCommands

/// Charts as the real helm makes, pushes and pulls them.
@Suite(.enabled(if: Helm.isThere, "hack/peers fetch helm was not run"))
struct HelmPeerTests {
    private static let content = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
    private static let provenance = "application/vnd.cncf.helm.chart.provenance.v1.prov"
    private static let tarball = "app-1.2.3.tgz"

    private let scene: PeerScene

    /// A packed chart in the scene's folder, and in its registry as `charts/app:1.2.3`.
    /// - Parameter withProvenance: whether helm finds one beside it, which it pushes unread.
    private init(withProvenance: Bool) throws {
        scene = try PeerScene()
        try scene.run("helm", "create", "app")
        try scene.run("helm", "package", "app", "--version", "1.2.3")
        if withProvenance { try scene.write("\(Self.tarball).prov", "-----BEGIN PGP SIGNED MESSAGE-----\n") }
        try scene.run("helm", "push", Self.tarball, "oci://\(scene.host)/charts", "--plain-http")
    }

    init() throws { try self.init(withProvenance: false) }

    /// What `tar` finds in the packed chart.
    private func unpacked() throws -> [String: String] {
        let target = try Scratch()
        try scene.run("/usr/bin/tar", "-xzf", Self.tarball, "-C", target.path)
        return try texts(below: target.path)
    }

    private func sluice(_ arguments: [String]) async throws {
        let run = await ToolRun.of(
            arguments + ["--insecure-registry"],
            over: try CurlTransport(userAgent: "sluice-test")
        )
        try #require(run.status == 0, "\(run.errors)")
    }

    @Test(arguments: [false, true])
    func aChartIsUnpacked(withProvenance: Bool) async throws {
        let test = try Self(withProvenance: withProvenance)
        let target = try Scratch()
        try await test.sluice(["pull", "artifact", "oci://\(test.scene.host)/charts/app:1.2.3", "-o", target.path])
        let expected = try test.unpacked()
        #expect(expected["app/Chart.yaml"]?.contains("1.2.3") == true)
        #expect(try texts(below: target.path) == expected)
    }

    @Test(arguments: [(content, tarball), (provenance, "\(tarball).prov")])
    func aLayerIsKeptAsItIs(mediaType: String, name: String) async throws {
        let test = try Self(withProvenance: true)
        let target = try Scratch()
        try await test.sluice([
            "pull", "artifact", "oci://\(test.scene.host)/charts/app:1.2.3", "-o", target.path, "--copy",
            "--layer-media-type", mediaType,
        ])
        let pulled = try texts(below: target.path)
        #expect(Array(pulled.values) == [try texts(below: test.scene.folder.path)[name]], "\(pulled.keys)")
    }

    @Test func helmPullsWhatWeCopied() async throws {
        let test = try Self(withProvenance: true)
        let scene = test.scene
        try await test.sluice([
            "copy", "oci://\(scene.host)/charts/app:1.2.3", "oci-layout:\(scene.folder.path)/disk:1.2.3",
        ])
        try await test.sluice([
            "copy", "oci-layout:\(scene.folder.path)/disk:1.2.3", "oci://\(scene.host)/mirror/app:1.2.3",
        ])
        _ = try scene.folder.directory.directory.directory("pulled", creating: true)
        try scene.run(
            "helm",
            "pull",
            "oci://\(scene.host)/mirror/app",
            "--version",
            "1.2.3",
            "--plain-http",
            "--prov",
            "-d",
            "pulled"
        )
        let files = try texts(below: scene.folder.path)
        for name in [Self.tarball, "\(Self.tarball).prov"] {
            #expect(files["pulled/\(name)"] == files[name])
            #expect(files[name] != nil)
        }
    }
}

private enum Helm {
    static let isThere = FileManager.default.isExecutableFile(atPath: "\(Command.peers ?? "")/helm")
}
