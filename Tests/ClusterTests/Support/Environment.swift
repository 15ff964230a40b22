import Foundation
import Testing

/// A whole installation in one temporary folder: API server and etcd, registry, controller. Everything is real,
/// everything listens on loopback, and everything is stopped when the test ends.
final class Environment: Sendable {
    let folder: URL
    let registry: Registry
    let kubectl: Kubectl
    let sluice: Tool
    private let controllers = ControllerSlot()

    /// Starts what a test needs, runs it, and stops all of it.
    static func with(controller: Bool = true, _ body: (Environment) async throws -> Void) async throws {
        let environment = try Environment()
        defer { environment.stop() }
        do {
            try environment.install()
            if controller { try environment.startController() }
            try await body(environment)
        } catch {
            environment.explain()
            throw error
        }
    }

    private init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-cluster-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        sluice = Tool(path: try Tool.setting("SLUICE_BINARY"), environment: ["HOME": folder.path])
        kubectl = try Kubectl(folder: folder.appendingPathComponent("cluster"))
        registry = try Registry(folder: folder.appendingPathComponent("registry"))
    }

    private func install() throws {
        try kubectl.cluster(["start"])
        let repository = try Tool.setting("SLUICE_REPOSITORY")
        for crd in [
            "ocirepositories.source.toolkit.fluxcd.io", "kustomizations.kustomize.toolkit.fluxcd.io",
            "verificationpolicies.sluice.dev", "clusterverificationpolicies.sluice.dev",
        ] {
            try kubectl.run(["apply", "--validate=false", "-f", "\(repository)/config/crd/\(crd).yaml"])
            try kubectl.run(["wait", "--for=condition=Established", "--timeout=30s", "crd/\(crd)"])
        }
    }

    /// Starts the controller with its store in the test's folder; a second call after a crash goes on with that store.
    func startController(
        _ extra: [String] = [],
        kubeconfig: String? = nil,
        variables: [String: String] = [:]
    ) throws {
        let store = folder.appendingPathComponent("store")
        try FileManager.default.createDirectory(at: store, withIntermediateDirectories: true)
        let ports = try (0..<3).map { _ in try freePort() }
        let arguments = [
            "controller", "--kubeconfig", kubeconfig ?? kubectl.kubeconfig, "--storage-path", store.path,
            "--storage-addr", "127.0.0.1:\(ports[0])", "--storage-adv-addr", "127.0.0.1:\(ports[0])",
            "--metrics-addr", "127.0.0.1:\(ports[1])", "--health-addr", "127.0.0.1:\(ports[2])",
            "--min-retry-delay", "200ms", "--max-retry-delay", "2s", "--requeue-dependency", "2s",
            "--log-level", "debug",
        ]
        let log = folder.appendingPathComponent("controller.log")
        controllers.controller = try Background(
            sluice.path,
            arguments + extra,
            environment: sluice.environment.merging(["HOSTNAME": "test"]) { $1 }.merging(variables) { $1 },
            log: log
        )
    }

    var controller: Background? { controllers.controller }

    private func stop() {
        controller?.stop()
        registry.stop()
        _ = try? kubectl.cluster(["stop"])
        try? FileManager.default.removeItem(at: folder)
    }

    /// What somebody who reads a failed run needs to see.
    private func explain() {
        let log = (try? String(contentsOf: folder.appendingPathComponent("controller.log"), encoding: .utf8)) ?? ""
        print("--- end of the controller's log\n\(log.suffix(6000))\n--- objects")
        for kind in ["ocirepositories", "kustomizations", "verificationpolicies", "clusterverificationpolicies"] {
            print((try? kubectl.tool.run(kubectl.prefix + ["get", kind, "-A", "-o", "yaml"]).output) ?? "")
        }
    }
}

/// Holds the controller of the moment.
private final class ControllerSlot: @unchecked Sendable {
    // Tests start and stop controllers from one task.
    var controller: Background?
}

/// Repeats a question until it is answered yes.
func eventually(
    within seconds: Double = 60,
    _ what: String,
    _ isTrue: () throws -> Bool,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
        if try isTrue() { return }
        try await Task.sleep(for: .milliseconds(150))
    }
    Issue.record("it did not happen within \(Int(seconds)) s: \(what)", sourceLocation: sourceLocation)
    throw Tool.Failure(description: what)
}
