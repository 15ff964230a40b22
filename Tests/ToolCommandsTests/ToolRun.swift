import ArgumentParser
import CoreModel
import HTTPExchange
import SafeFiles
import Synchronization
import SystemPackage
import Testing

@testable import ToolCommands

/// One run of the tool in this process, and all that it wrote.
struct ToolRun {
    let status: Int32
    let output: String
    let errors: String

    private struct Root: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "sluice", subcommands: SluiceCommands.all)
    }

    struct Clock: WallClock {
        func now() -> Timestamp { Timestamp(seconds: 1_700_000_000) }
    }

    private final class Capture: Sendable {
        let bytes = Mutex<[UInt8]>([])
        var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
        func add(_ more: [UInt8]) { bytes.withLock { $0 += more } }
    }

    /// Never sends anything.
    struct NoNetwork: HTTPTransport {
        func withResponse<Result: Sendable>(
            to request: HTTPRequest,
            _ body: (HTTPResponseHead, HTTPResponseBody) async throws -> Result
        ) async throws -> Result {
            throw HTTPError(.connection, "The test has no network for \(request.url)")
        }
    }

    @discardableResult
    static func of(
        _ arguments: [String],
        over transport: any HTTPTransport = NoNetwork(),
        environment: [String: String] = [:],
        adjusting: (inout ToolContext) -> Void = { _ in }
    ) async -> ToolRun {
        let (output, errors) = (Capture(), Capture())
        var context = ToolContext(
            transport: transport,
            environment: environment,
            standardOutput: { output.add($0) },
            standardError: { errors.add($0) }
        )
        context.clock = Clock()
        context.sleep = { _ in await Task.yield() }
        adjusting(&context)
        let status = await ToolRunner.run(Root.self, arguments, context)
        return ToolRun(status: status, output: output.text, errors: errors.text)
    }
}

/// A directory for one test.
struct Scratch {
    let directory: TemporaryDirectory
    var path: String { directory.directory.path.string }

    init(_ files: [String: String] = [:]) throws {
        directory = try TemporaryDirectory(in: Directory.open("/tmp"))
        for (name, text) in files {
            let folder = name.split(separator: "/").dropLast().joined(separator: "/")
            _ = try directory.directory.directory(folder, creating: true)
            try directory.directory.writeAtomically(name, Array(text.utf8), mode: 0o644)
        }
    }

    func text(_ name: String) throws -> String {
        String(decoding: try directory.directory.read(name, limit: 1 << 20), as: UTF8.self)
    }
}
