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
    func run(_ arguments: [String], input: String? = nil) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = directory
        // Files instead of pipes: nothing can fill up, and a child that lives on holds nothing open.
        let files = try ["out", "err"].map { try Self.temporaryFile($0) }
        process.standardOutput = files[0].handle
        process.standardError = files[1].handle
        if let input {
            let file = try Self.temporaryFile("in")
            try Data(input.utf8).write(to: file.url)
            process.standardInput = try FileHandle(forReadingFrom: file.url)
        } else {
            process.standardInput = FileHandle.nullDevice
        }
        try process.run()
        process.waitUntilExit()
        let texts = files.map { file in
            let text = (try? String(contentsOf: file.url, encoding: .utf8)) ?? ""
            try? FileManager.default.removeItem(at: file.url)
            return text
        }
        return Result(status: process.terminationStatus, output: texts[0], errors: texts[1])
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

    static func temporaryFile(_ name: String) throws -> (url: URL, handle: FileHandle) {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-\(UUID().uuidString).\(name)")
        _ = FileManager.default.createFile(atPath: url.path, contents: nil)
        return (url, try FileHandle(forWritingTo: url))
    }
}
