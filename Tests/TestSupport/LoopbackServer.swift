package import HTTPExchange
import Synchronization

/// A plain HTTP/1.1 server on 127.0.0.1 that answers by script and can break the protocol in every way that a network
/// or a broken peer can.
///
/// It owns its socket and its threads (one for each connection). `stop()` or the last reference going away closes
/// everything and waits for the threads; a handler must therefore not hold the server strongly.
///
/// ```swift
/// let server = try LoopbackServer { request in
///     request.path == "/v2/" ? .text(200, "{}") : .text(404, "no").delivered(.closing(after: 1))
/// }
/// let response = try await transport.response(to: HTTPRequest(.get, server.url("/v2/")), limit: 1 << 20)
/// #expect(server.requests.map(\.target) == ["/v2/"])
/// ```
package final class LoopbackServer: Sendable {
    /// Answers a request whose body was read to its end. Called on the connection's thread, which it may block.
    package typealias Handler = @Sendable (ReceivedRequest) -> ScriptedReply

    /// How the server treats requests before the handler sees them.
    package struct Options: Sendable {
        /// Asked when the head is there and before the body is read: a reply here is sent at once, the body stays
        /// unread, and the connection ends with the reply. Nil reads the body and asks the handler.
        package var early: @Sendable (ReceivedRequest) -> ScriptedReply? = { _ in nil }
        /// The port to listen on; 0 takes a free one. For servers that come back at the same address.
        package var port = 0

        package init() {}
    }

    /// The port it listens on.
    package let port: Int
    private let core: LoopbackServerCore
    private let acceptor: JoinableThread

    /// Listens at once.
    /// - Throws: `LoopbackServerError` when the port or a thread is not to be had.
    package init(options: Options = Options(), _ handler: @escaping Handler) throws {
        let listener = try StreamSocket.listening(port: options.port)
        let core = LoopbackServerCore(listener: listener, handler: handler, early: options.early)
        port = listener.localPort
        self.core = core
        acceptor = try JoinableThread { core.acceptConnections() }
    }

    deinit { stop() }

    /// An address of this server; `target` is path and query.
    package func url(_ target: String = "/") -> HTTPURL {
        let path = target.prefix { $0 != "?" }
        let query = target.dropFirst(path.count)
        return HTTPURL(
            scheme: .http,
            host: "127.0.0.1",
            port: port,
            path: path.isEmpty ? "/" : String(path),
            query: query.isEmpty ? nil : String(query.dropFirst())
        )
    }

    /// `127.0.0.1:port`, as a registry's host is written.
    package var authority: String { "127.0.0.1:\(port)" }

    /// Every request so far, in the order in which they were complete (for an early reply: in which its head was).
    package var requests: [ReceivedRequest] { core.state.withLock { $0.requests } }

    /// How many connections were ever accepted.
    package var connectionCount: Int { core.state.withLock { $0.connectionCount } }

    /// How many connections are open now.
    package var openConnectionCount: Int { core.state.withLock { $0.open.count } }

    /// Ends every connection and every thread; returns when they have ended. Further calls do nothing.
    package func stop() {
        core.shutDown()
        acceptor.join()
        core.joinConnections()
    }
}

/// Why a server could not be set up.
package struct LoopbackServerError: Error, CustomStringConvertible {
    package let description: String
}

/// What the threads of one server share: it lives as long as they do, the server itself only as long as the test.
final class LoopbackServerCore: Sendable {
    struct State {
        var requests: [ReceivedRequest] = []
        var connectionCount = 0
        var open: [Int: StreamSocket] = [:]
        var threads: [Int: JoinableThread] = [:]
        var ended: [Int] = []
        var isStopping = false
    }

    let state = Mutex(State())
    let handler: LoopbackServer.Handler
    let early: @Sendable (ReceivedRequest) -> ScriptedReply?
    private let listener: StreamSocket

    init(
        listener: StreamSocket,
        handler: @escaping LoopbackServer.Handler,
        early: @escaping @Sendable (ReceivedRequest) -> ScriptedReply?
    ) {
        self.listener = listener
        self.handler = handler
        self.early = early
    }

    func acceptConnections() {
        while let socket = listener.accept() {
            guard let number = admit(socket) else { break }
            serve(socket, number: number)
            joinEnded()
        }
        listener.close()
    }

    func shutDown() {
        let sockets = state.withLock { state in
            state.isStopping = true
            return Array(state.open.values)
        }
        listener.interrupt()
        for socket in sockets { socket.interrupt() }
    }

    func joinConnections() {
        let threads = state.withLock { state in
            defer { state.threads = [:] }
            return Array(state.threads.values)
        }
        for thread in threads { thread.join() }
    }

    /// Nil when the server is being stopped.
    private func admit(_ socket: StreamSocket) -> Int? {
        state.withLock { state in
            guard !state.isStopping else { return nil }
            state.connectionCount += 1
            state.open[state.connectionCount] = socket
            return state.connectionCount
        }
    }

    private func serve(_ socket: StreamSocket, number: Int) {
        let thread = try? JoinableThread {
            LoopbackConnection(socket: socket, number: number, core: self).run()
            self.state.withLock { state in
                state.open[number] = nil
                state.ended.append(number)
            }
            socket.close()
        }
        guard let thread else {
            state.withLock { $0.open[number] = nil }
            return socket.close()
        }
        state.withLock { $0.threads[number] = thread }
    }

    private func joinEnded() {
        let threads = state.withLock { state in
            let numbers = state.ended.filter { state.threads[$0] != nil }
            state.ended.removeAll { numbers.contains($0) }
            return numbers.compactMap { state.threads.removeValue(forKey: $0) }
        }
        for thread in threads { thread.join() }
    }
}
