import HTTPExchange
import Synchronization

/// A TUF repository behind a web server, which also answers as a proxy does.
package final class ServedUpdates: Sendable {
    package let server: LoopbackServer
    private let held: HeldFiles

    private final class HeldFiles: Sendable {
        let files: Mutex<[String: [UInt8]]>
        init(_ files: [String: [UInt8]]) { self.files = Mutex(files) }
    }

    /// Serves what the mill has published so far, below `/tuf/`.
    package init(_ mill: UpdateMill) throws {
        let held = HeldFiles(mill.files)
        self.held = held
        server = try LoopbackServer { request in
            // A proxy is given the whole URL.
            let path = HTTPURL(request.target)?.path ?? request.target
            let name = String(path.dropFirst("/tuf/".count))
            guard let bytes = held.files.withLock({ $0[name] }) else { return .text(404, "no such file") }
            return ScriptedReply(200, body: bytes)
        }
    }

    /// Serves what the mill has published since, and nothing else.
    package func publish(_ mill: UpdateMill) { held.files.withLock { $0 = mill.files } }

    package var url: String { "http://\(server.authority)/tuf" }
    /// What was asked for, in order.
    package var targets: [String] { server.requests.map(\.target) }
}
