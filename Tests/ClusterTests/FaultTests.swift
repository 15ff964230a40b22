import Foundation
import Testing

extension WholeInstallation {
    /// Parts that go away and come back, at any time.
    @Suite struct FaultTests {
        @Test func everyPartMayRestart() async throws {
            try await Environment.with { environment in
                let artifacts = Artifacts(environment: environment)
                let kubectl = environment.kubectl
                let map = ["configmap", "sturdy", "-n", "default"]
                try artifacts.push(["a.yaml": Manifests.configMap("sturdy", ["v": "0"])], "sturdy", "latest")
                try kubectl.apply(Manifests.source(environment, "sturdy"))
                try kubectl.apply(Manifests.kustomization("sturdy"))
                try await eventually("the first revision is applied") { try kubectl.read(map, ".data.v") == "0" }

                environment.registry.stop()
                try await eventually("the lost registry shows") {
                    try kubectl.condition(["ocirepository", "sturdy", "-n", "default"], "Ready") == "False"
                }
                #expect(try kubectl.condition(["kustomization", "sturdy", "-n", "default"], "Ready") == "True")
                try environment.registry.start()
                try artifacts.push(["a.yaml": Manifests.configMap("sturdy", ["v": "1"])], "sturdy", "latest")
                try await eventually("it recovers from the registry's restart") {
                    try kubectl.read(map, ".data.v") == "1"
                }

                try kubectl.cluster(["kill-apiserver"])
                try artifacts.push(["a.yaml": Manifests.configMap("sturdy", ["v": "2"])], "sturdy", "latest")
                try kubectl.cluster(["start-apiserver"])
                try await eventually("it recovers from the API server's restart") {
                    try kubectl.read(map, ".data.v") == "2"
                }

                try kubectl.cluster(["kill-etcd"])
                try artifacts.push(["a.yaml": Manifests.configMap("sturdy", ["v": "3"])], "sturdy", "latest")
                try await Task.sleep(for: .seconds(2))
                try kubectl.cluster(["start-etcd"])
                try await eventually("it recovers from etcd's restart") { try kubectl.read(map, ".data.v") == "3" }
                #expect(environment.controller?.isRunning == true)
            }
        }

        /// The controller is killed at random moments while revisions with changing sets of objects go by.
        @Test func killsNeverOrphanAnything() async throws {
            try await Environment.with { environment in
                let artifacts = Artifacts(environment: environment)
                let kubectl = environment.kubectl
                var random = SystemRandomNumberGenerator()
                let revisions = 100
                try kubectl.apply(
                    Manifests.source(environment, "killed").replacing("interval: 2s", with: "interval: 1s")
                )
                try kubectl.apply(Manifests.kustomization("killed"))
                let inspector = StoreInspector(environment: environment)
                for revision in 1...revisions {
                    try artifacts.push(Self.files(revision), "killed", "latest")
                    try await Task.sleep(for: .milliseconds(Int.random(in: 50...1200, using: &random)))
                    environment.controller?.kill()
                    try inspector.checkServedFiles()
                    try environment.startController()
                }
                try await eventually(within: 90, "the last revision is applied exactly") {
                    let names = try kubectl.run([
                        "get", "configmaps", "-n", "default", "-l", "kustomize.toolkit.fluxcd.io/name=killed", "-o",
                        "jsonpath={range .items[*]}{.metadata.name}={.data.revision} {end}",
                    ])
                    return Set(names.split(separator: " ").map(String.init))
                        == Set(Self.names(revisions).map { "\($0)=\(revisions)" })
                }
                let all = try kubectl.run([
                    "get", "configmaps", "-n", "default", "-o", "jsonpath={.items[*].metadata.name}",
                ])
                let ours = all.split(separator: " ").filter { $0.hasPrefix("map-") }
                #expect(Set(ours.map(String.init)) == Set(Self.names(revisions)))
            }
        }

        /// Each revision has three objects, one of which the next one no longer has.
        static func names(_ revision: Int) -> [String] { (0..<3).map { "map-\(revision + $0)" } }

        static func files(_ revision: Int) -> [String: String] {
            Dictionary(
                uniqueKeysWithValues: names(revision).map {
                    ("\($0).yaml", Manifests.configMap($0, ["revision": "\(revision)"]))
                }
            )
        }
    }
}

/// Looks at what a crashed controller left in its store.
struct StoreInspector {
    let environment: Environment

    /// Every artifact that has a name is whole: it unpacks to the three objects of one revision.
    func checkServedFiles() throws {
        let folder = environment.folder.appendingPathComponent("store/ocirepository/default/killed")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for name in names where name.hasPrefix("sha256:") && name.hasSuffix(".tar.gz") {
            let list = try Tool(path: "/bin/tar").run(["tzf", folder.appendingPathComponent(name).path])
            // Retention may have taken it between the two looks.
            if list.status != 0, !FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path) {
                continue
            }
            #expect(list.status == 0, "\(name): \(list)")
            #expect(list.output.split(separator: "\n").filter { $0.hasSuffix(".yaml") }.count == 3)
        }
    }
}
