import HTTPExchange
import Synchronization
import ToolCommands

#if canImport(Glibc)
    import Glibc
#endif

/// One of the process's own streams; writers take turns.
final class StandardStream: Sendable {
    static let output = StandardStream(STDOUT_FILENO)
    static let error = StandardStream(STDERR_FILENO)

    private let descriptor: Int32
    private let turn = Mutex(())

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Writes everything; a stream that somebody closed is no reason to fail.
    func write(_ bytes: [UInt8]) {
        turn.withLock { _ in
            var sent = 0
            while sent < bytes.count {
                let count = unsafe bytes.withUnsafeBytes { buffer in
                    unsafe Glibc.write(descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent)
                }
                if count < 0, errno == EINTR { continue }
                if count <= 0 { return }
                sent += count
            }
        }
    }

    /// Everything up to the end of standard input.
    static func readInput() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe read(STDIN_FILENO, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return bytes }
            bytes += piece[..<count]
        }
    }
}

extension ToolContext {
    /// The context of this very process.
    static func process(transport: any HTTPTransport) -> ToolContext {
        var context = ToolContext(
            transport: transport,
            environment: ProcessEnvironment.all,
            standardOutput: StandardStream.output.write,
            standardError: StandardStream.error.write
        )
        context.standardInput = StandardStream.readInput
        context.askPassword = TerminalPassword.ask
        context.isTerminal = isatty(STDERR_FILENO) == 1
        return context
    }
}

/// The environment, read once.
enum ProcessEnvironment {
    static let all: [String: String] = {
        var variables: [String: String] = [:]
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let pair = unsafe String(cString: text).split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            if pair.count == 2 { variables[String(pair[0])] = String(pair[1]) }
            unsafe entry = unsafe entry.advanced(by: 1)
        }
        return variables
    }()
}
