import Foundation

/// Runs programs to their end and keeps what they print.
struct Tool {
    struct Result: CustomStringConvertible {
        let status: Int32
        let output: String
        let errors: String

        var description: String { "exit \(status)\n\(output)\(errors)" }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let path: String
    var environment: [String: String] = [:]
    var directory: URL?

    /// A tool of `hack/peers`.
    static func peer(_ name: String) throws -> Tool {
        Tool(path: "\(try setting("SLUICE_PEERS"))/\(name)", environment: ["HOME": NSTemporaryDirectory()])
    }

    /// A variable that `hack/test` sets.
    static func setting(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
            throw Failure(description: "\(name) is not set: run the cluster tests through hack/test")
        }
        return value
    }

    /// Whether `hack/test` runs these tests; a plain `swift test` skips them.
    static var isPrepared: Bool {
        let environment = ProcessInfo.processInfo.environment
        return ["SLUICE_PEERS", "SLUICE_BINARY", "SLUICE_REPOSITORY"].allSatisfy { environment[$0]?.isEmpty == false }
    }

    /// Runs and returns whatever the exit status is.
    /// - Throws: `Failure` when it cannot be started or takes more than two minutes.
    func run(_ arguments: [String], input: String? = nil) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-tool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func file(_ name: String) -> String { folder.appendingPathComponent(name).path }
        var streams = SpawnedProcess.Streams(output: file("out"), errors: file("err"))
        if let input {
            try Data(input.utf8).write(to: folder.appendingPathComponent("in"))
            streams.input = file("in")
        }
        let process = try SpawnedProcess(
            path,
            arguments,
            environment: environment,
            directory: directory?.path,
            streams
        )
        let status = try process.wait(within: 120)
        let texts = ["out", "err"].map { (try? String(contentsOfFile: file($0), encoding: .utf8)) ?? "" }
        return Result(status: status, output: texts[0], errors: texts[1])
    }

    /// Runs and returns what was printed.
    /// - Throws: `Failure` with everything it printed when the exit status is not 0.
    @discardableResult
    func succeed(_ arguments: [String], input: String? = nil) throws -> String {
        let result = try run(arguments, input: input)
        guard result.status == 0 else {
            throw Failure(description: "\(path) \(arguments.joined(separator: " ")): \(result)")
        }
        return result.output
    }
}
