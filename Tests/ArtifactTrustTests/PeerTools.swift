import Foundation

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

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
    }

    /// Runs a tool to its end and returns what it said; fails with that when it does not succeed.
    @discardableResult
    func run(
        _ tool: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) throws -> String {
        let process = process(tool, arguments)
        process.environment?.merge(environment) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: said, as: UTF8.self)
        guard process.terminationStatus == 0 else {
            throw Failure(command: "\(tool) \(arguments.joined(separator: " "))", output: text)
        }
        return text
    }

    /// A tool that is not started yet.
    func process(_ tool: String, _ arguments: [String]) -> Process {
        let process = Process()
        let file = tool == "openssl" ? "/usr/bin/openssl" : "\(Self.tools ?? "")/\(tool)"
        process.executableURL = URL(fileURLWithPath: file)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        // Neither the user's own configuration nor a proxy may reach the tools.
        process.environment = [
            "PATH": "/usr/bin:/bin", "HOME": folder.path, "COSIGN_PASSWORD": "", "SIGSTORE_NO_CACHE": "true",
        ]
        process.standardInput = FileHandle.nullDevice
        return process
    }
}

/// A docker-registry on loopback with its content in memory.
final class PeerRegistry {
    private let process: Process
    /// `127.0.0.1:port`
    let host: String

    /// Starts it and waits until it listens.
    init(_ tools: PeerTools) throws {
        try tools.write(
            """
            version: 0.1
            log: {level: info}
            storage: {inmemory: {}}
            http: {addr: "127.0.0.1:0"}
            """,
            to: "registry.yml"
        )
        process = tools.process("docker-registry", ["serve", tools.path("registry.yml")])
        let log = Pipe()
        process.standardError = log
        process.standardOutput = log
        try process.run()
        var said = ""
        while true {
            let piece = log.fileHandleForReading.availableData
            guard !piece.isEmpty else { throw PeerTools.Failure(command: "docker-registry", output: said) }
            said += String(decoding: piece, as: UTF8.self)
            if let found = said.firstMatch(of: /listening on (127\.0\.0\.1:[0-9]+)/) {
                host = String(found.1)
                break
            }
        }
        // Somebody has to go on reading, or the registry stops at a full pipe.
        log.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
    }
}
