package import CoreModel
package import HTTPExchange
import SystemPackage

/// What commands get from outside: the network, the terminal, the clock. The composition root makes the real one, tests
/// make scripted ones; no command reaches around it.
package struct ToolContext: Sendable {
    package var transport: any HTTPTransport
    package var environment: [String: String]
    /// Takes what a script would read.
    package var standardOutput: @Sendable ([UInt8]) -> Void
    /// Takes status lines, progress and errors.
    package var standardError: @Sendable ([UInt8]) -> Void
    /// Reads standard input to its end; called on a thread that may block.
    package var standardInput: @Sendable () throws -> [UInt8] = { [] }
    /// Standard error is a terminal: progress is drawn.
    package var isTerminal = false
    package var clock: any WallClock = SystemWallClock()
    /// Waits between two looks at the cluster.
    package var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    package init(
        transport: any HTTPTransport,
        environment: [String: String],
        standardOutput: @escaping @Sendable ([UInt8]) -> Void,
        standardError: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.transport = transport
        self.environment = environment
        self.standardOutput = standardOutput
        self.standardError = standardError
    }

    /// The context of the command that runs.
    @TaskLocal static var current: ToolContext?

    /// The context of the command that runs.
    /// - Throws: `ToolError` when a command runs outside of `ToolRunner`.
    package static func required() throws -> ToolContext {
        guard let current else {
            throw ToolError(.usage, "The command has no context; run it through ToolRunner")
        }
        return current
    }

    /// Where temporary files go.
    var temporaryDirectory: FilePath {
        FilePath(environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp")
    }

    /// The same without progress on the terminal, for output that a script reads.
    func quiet(if condition: Bool) -> ToolContext {
        var context = self
        if condition { context.isTerminal = false }
        return context
    }

    func write(_ text: String) { standardOutput(Array(text.utf8)) }

    /// What is about to be done.
    func action(_ text: String) { note("►", text) }
    /// What was done.
    func success(_ text: String) { note("✔", text) }
    /// What is waited for.
    func waiting(_ text: String) { note("◎", text) }
    /// What went wrong.
    func failure(_ text: String) { note("✗", text) }

    private func note(_ mark: String, _ text: String) {
        standardError(Array("\(mark) \(PlainText.printable(text))\n".utf8))
    }
}
