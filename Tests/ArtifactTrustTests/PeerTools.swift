import Foundation
import TestSupport

/// The real tools of `hack/peers`, run in a folder of their own.
struct PeerTools: Sendable {
    /// Where the tools are; nil unless the environment says.
    static let tools = ProcessInfo.processInfo.environment["SLUICE_PEERS"].flatMap { $0.isEmpty ? nil : $0 }

    struct Failure: Error { let command: String, output: String }

    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-trust-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path(name)))) }

    func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

    /// Makes the folders above it.
    func write(_ bytes: [UInt8], to name: String) throws {
        let file = URL(fileURLWithPath: path(name))
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data(bytes).write(to: file)
    }

    /// Runs a tool to its end and returns what it said; fails with that when it does not succeed.
    @discardableResult
    func run(
        _ tool: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) throws -> String {
        let file = tool == "openssl" ? "/usr/bin/openssl" : "\(Self.tools ?? "")/\(tool)"
        var plan = ChildProcess.Plan(file, arguments)
        plan.directory = folder.path
        // Neither the user's own configuration nor a proxy may reach the tools.
        plan.environment = [
            "PATH": "/usr/bin:/bin", "HOME": folder.path, "COSIGN_PASSWORD": "", "SIGSTORE_NO_CACHE": "true",
        ].merging(environment) { $1 }
        plan.keepsErrors = true
        let (status, output) = try ChildProcess.outcome(of: plan)
        let text = String(decoding: output, as: UTF8.self)
        guard status == 0 else {
            throw Failure(command: "\(tool) \(arguments.joined(separator: " "))", output: text)
        }
        return text
    }
}
