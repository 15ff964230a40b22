import Glibc
package import HTTPExchange
import Synchronization

/// A TCP socket on 127.0.0.1, owned by one thread; only `interrupt` may come from another one.
final class StreamSocket: Sendable {
    /// `POLLRDHUP`, which the Glibc module leaves out: the peer will send no more.
    private static let peerEnded: Int16 = 0x2000

    /// -1 once it is closed, so that nobody interrupts a descriptor that already means something else.
    private let descriptor: Mutex<Int32>
    let localPort: Int

    private init(descriptor: Int32, localPort: Int) {
        self.descriptor = Mutex(descriptor)
        self.localPort = localPort
    }

    deinit { close() }

    static func listening(port: Int, backlog: Int32 = 1024) throws -> StreamSocket {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw LoopbackServerError(description: "No socket: errno \(errno)") }
        var yes: Int32 = 1
        _ = unsafe setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let done = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(socket, generic, length) == 0 && listen(socket, backlog) == 0
                    && getsockname(socket, generic, &length) == 0
            }
        }
        guard done else {
            defer { _ = Glibc.close(socket) }
            throw LoopbackServerError(description: "127.0.0.1:\(port) is not to be had: errno \(errno)")
        }
        return StreamSocket(descriptor: socket, localPort: Int(UInt16(bigEndian: address.sin_port)))
    }

    /// Whether somebody accepts connections to a port of 127.0.0.1.
    static func answers(on port: Int) -> Bool {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { _ = Glibc.close(socket) }
        return connect(socket, to: port)
    }

    /// Begins to connect and does not wait for the other side.
    static func connecting(to port: Int) throws -> StreamSocket {
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let socket = Glibc.socket(AF_INET, Int32(kind), 0)
        guard socket >= 0 else { throw LoopbackServerError(description: "No socket: errno \(errno)") }
        _ = connect(socket, to: port)
        return StreamSocket(descriptor: socket, localPort: port)
    }

    private static func connect(_ socket: Int32, to port: Int) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe Glibc.connect(socket, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    /// Nil once the socket was interrupted.
    func accept() -> StreamSocket? {
        while true {
            let socket = Glibc.accept(current, nil, nil)
            if socket >= 0 {
                _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
                // Head and body are separate writes; waiting for acknowledgements between them would cost 40 ms each.
                var yes: Int32 = 1
                _ = unsafe setsockopt(
                    socket,
                    Int32(IPPROTO_TCP),
                    TCP_NODELAY,
                    &yes,
                    socklen_t(MemoryLayout<Int32>.size)
                )
                return StreamSocket(descriptor: socket, localPort: localPort)
            }
            guard errno == EINTR || errno == ECONNABORTED else { return nil }
        }
    }

    /// The next bytes; empty at the end, nil after an error.
    func read() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 256 << 10)
        let count = unsafe recv(current, &bytes, bytes.count, 0)
        guard count >= 0 else { return nil }
        return Array(bytes.prefix(count))
    }

    /// Whether all bytes were taken by the kernel.
    func write(_ bytes: [UInt8]) -> Bool {
        unsafe bytes.withUnsafeBytes { buffer in
            var rest = unsafe buffer[...]
            while unsafe !rest.isEmpty {
                let piece = unsafe UnsafeRawBufferPointer(rebasing: rest)
                let count = unsafe send(current, piece.baseAddress, piece.count, Int32(MSG_NOSIGNAL))
                guard count > 0 else { return false }
                unsafe rest = unsafe rest.dropFirst(count)
            }
            return true
        }
    }

    /// Waits; false when the peer went away or the socket was interrupted meanwhile.
    func pause(_ duration: Duration) -> Bool {
        let (seconds, attoseconds) = duration.components
        var poller = pollfd(fd: current, events: Self.peerEnded, revents: 0)
        return unsafe poll(&poller, 1, Int32(seconds * 1000 + attoseconds / 1_000_000_000_000_000)) == 0
    }

    /// Waits, without reading, until the peer goes away or the socket is interrupted.
    func waitForEnd() {
        var poller = pollfd(fd: current, events: Self.peerEnded, revents: 0)
        while unsafe poll(&poller, 1, -1) < 0, errno == EINTR {}
    }

    /// Says that nothing more will come, and stays open until the peer has seen it: a plain close with unread bytes
    /// would be a reset, which can overtake what was written.
    func finish() {
        _ = shutdown(current, Int32(SHUT_WR))
        waitForEnd()
    }

    /// Makes the peer see a reset (RST) in place of an orderly end.
    func reset() {
        var lingering = linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(current, SOL_SOCKET, SO_LINGER, &lingering, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    /// Ends every wait on this socket, from any thread.
    func interrupt() {
        descriptor.withLock { if $0 >= 0 { _ = shutdown($0, Int32(SHUT_RDWR)) } }
    }

    func close() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { _ = Glibc.close(descriptor) }
            descriptor = -1
        }
    }

    private var current: Int32 { descriptor.withLock { $0 } }
}

/// A port of 127.0.0.1 that lets everybody wait: its queue of connections is full, and nobody takes one from it.
package final class DeafListener: Sendable {
    private let listener: StreamSocket
    private let waiting: [StreamSocket]

    /// - Throws: `LoopbackServerError` when a socket is not to be had.
    package init() throws {
        listener = try StreamSocket.listening(port: 0, backlog: 0)
        // The kernel takes one more than the backlog; what comes then is not even refused.
        waiting = try (0..<2).map { [listener] _ in try StreamSocket.connecting(to: listener.localPort) }
    }

    package var url: HTTPURL { HTTPURL(scheme: .http, host: "127.0.0.1", port: listener.localPort) }
}

/// A POSIX thread that somebody waits for.
final class JoinableThread: Sendable {
    private final class Work {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private let thread: Mutex<pthread_t?>

    init(_ run: @escaping @Sendable () -> Void) throws {
        let work = unsafe Unmanaged.passRetained(Work(run))
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                if let argument = unsafe argument {
                    unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            },
            work.toOpaque()
        )
        guard code == 0 else {
            unsafe work.release()
            throw LoopbackServerError(description: "No thread: error \(code)")
        }
        self.thread = Mutex(thread)
    }

    /// Returns when the thread has ended.
    func join() {
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        if let thread { _ = pthread_join(thread, nil) }
    }
}
