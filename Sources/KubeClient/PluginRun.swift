import CoreModel
import ManifestTree
import Subprocess
import SystemPackage

/// One run of a credential plugin.
struct PluginRun {
    private let plugin: CredentialPlugin

    init(_ plugin: CredentialPlugin) { self.plugin = plugin }

    /// - Throws: `credentials`, naming the program and how it failed; never what it printed to its standard output.
    func credentials() async throws -> ClusterIdentity.Presented {
        let output = try await bounded()
        let source = "the output of \(plugin.command)"
        guard let tree = try? JSONReader.parse(output, source: source), let status = tree["status"] else {
            throw failure("did not print an ExecCredential with a status")
        }
        guard tree["apiVersion"]?.string == plugin.apiVersion else {
            throw failure("printed an ExecCredential of another version than \(plugin.apiVersion)")
        }
        var presented = ClusterIdentity.Presented()
        presented.token = status["token"]?.string.map { Redacted($0) }
        presented.certificate = status["clientCertificateData"]?.string
        presented.privateKey = status["clientKeyData"]?.string.map { Redacted($0) }
        presented.expires = status["expirationTimestamp"]?.string.flatMap { Timestamp($0) }
        guard presented.token != nil || (presented.certificate != nil && presented.privateKey != nil) else {
            throw failure("printed neither a token nor a client certificate with its key")
        }
        return presented
    }

    private func bounded() async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask { try await run() }
            group.addTask {
                try await Task.sleep(for: plugin.timeout)
                return nil
            }
            defer { group.cancelAll() }
            guard let output = try await group.next() ?? nil else {
                throw failure("did not end within \(GoDuration.format(plugin.timeout))")
            }
            return output
        }
    }

    private func run() async throws -> [UInt8] {
        let result: ExecutionResult<Void, BytesOutput, StringOutput<UTF8>>
        do {
            result = try await Subprocess.run(
                plugin.command.contains("/") ? .path(FilePath(plugin.command)) : .name(plugin.command),
                arguments: Arguments(plugin.arguments),
                environment: environment,
                output: .bytes(limit: 1 << 20),
                error: .string(limit: 1 << 16)
            )
        } catch let error as SubprocessError {
            let hint = plugin.installHint.map { "; \($0)" } ?? ""
            throw KubeError(.credentials, "The credential plugin \(plugin.command) cannot be run\(hint)", cause: error)
        }
        guard result.terminationStatus.isSuccess else {
            let words = result.standardError.trimmingASCIISpace().prefix(400)
            throw failure("failed (\(result.terminationStatus))\(words.isEmpty ? "" : ": \(words)")")
        }
        return result.standardOutput
    }

    private var environment: Environment {
        var changes: [Environment.Key: String?] = [:]
        for (name, value) in plugin.environment {
            if let key = Environment.Key(rawValue: name) { changes[key] = value }
        }
        var info: Tree = [
            "apiVersion": .string(plugin.apiVersion), "kind": "ExecCredential", "spec": ["interactive": false],
        ]
        if let cluster = plugin.clusterInfo.flatMap({ try? JSONReader.parse($0) }) {
            info[path: ["spec", "cluster"]] = cluster
        }
        changes["KUBERNETES_EXEC_INFO"] = info.jsonString()
        return .inherit.updating(changes)
    }

    private func failure(_ reason: String) -> KubeError {
        KubeError(.credentials, "The credential plugin \(plugin.command) \(reason)")
    }
}
