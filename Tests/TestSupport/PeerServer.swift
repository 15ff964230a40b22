import Glibc

/// A real server or proxy on 127.0.0.1, from the programs that `hack/peers` provides. It ends with the last reference.
package final class PeerServer: Sendable {
    /// Where the programs are; nil outside `hack/test`, where tests that need them are switched off.
    package static let programs: String? = unsafe getenv("SLUICE_PEERS").map { unsafe String(cString: $0) }

    /// The port it listens on.
    package let port: Int
    let folder: ScratchFolder
    private let process: ChildProcess

    /// Starts a program with the arguments for its port and its folder, and waits until it listens.
    ///
    /// Servers that are told their port cannot be told to take a free one; one that was taken meanwhile is given up.
    /// - Throws: `LoopbackServerError` when it does not start, or whatever `arguments` throws.
    init(_ program: String, arguments: (_ port: Int, _ folder: ScratchFolder) throws -> [String]) throws {
        guard let programs = Self.programs else { throw LoopbackServerError(description: "SLUICE_PEERS is not set") }
        let folder = try ScratchFolder()
        for _ in 0..<5 {
            let port = try Self.freePort()
            let process = try ChildProcess("\(programs)/\(program)", try arguments(port, folder))
            guard Self.waits(until: { StreamSocket.answers(on: port) }, for: process) else { continue }
            self.folder = folder
            self.port = port
            self.process = process
            return
        }
        throw LoopbackServerError(description: "\(program) does not listen")
    }

    /// `127.0.0.1:port`.
    package var authority: String { "127.0.0.1:\(port)" }

    /// Ends it at once, as a crash would.
    package func kill() { process.kill() }

    private static func freePort() throws -> Int {
        let socket = try StreamSocket.listening(port: 0)
        defer { socket.close() }
        return socket.localPort
    }

    /// Whether the condition comes to hold before the process ends or ten seconds are over.
    private static func waits(until condition: () -> Bool, for process: ChildProcess) -> Bool {
        for _ in 0..<2000 {
            if condition() { return process.isRunning }
            guard process.isRunning else { return false }
            usleep(5000)
        }
        return false
    }
}

/// A folder below /tmp that goes away with the last reference.
final class ScratchFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/sluice-test-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw LoopbackServerError(description: "No temporary folder") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        // Only what was made below a folder of its own.
        _ = try? ChildProcess.run("rm", ["-r", path])
    }

    func path(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ name: String, _ bytes: some Collection<UInt8>) throws {
        let file = unsafe open(path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        defer { close(file) }
        let bytes = Array(bytes)
        guard file >= 0, unsafe Glibc.write(file, bytes, bytes.count) == bytes.count else {
            throw LoopbackServerError(description: "\(name) cannot be written")
        }
    }

    /// The text of a file; empty where there is none.
    func text(of name: String) -> String { (try? ChildProcess.run("cat", [path(name)])) ?? "" }
}
