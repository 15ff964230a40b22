import CLibcurl
import Glibc
import HTTPExchange

/// What the system watches sockets with; owns the descriptor.
final class Epoll: Sendable {
    let descriptor: Int32

    /// Every wait ends when `wakeDescriptor` is readable, which stays its owner's.
    /// - Throws: `connection` when the process has no descriptors left.
    init(wakeDescriptor: Int32) throws {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0, control(EPOLL_CTL_ADD, wakeDescriptor, EPOLLIN.rawValue) else {
            throw HTTPError(.connection, "The HTTP client cannot watch sockets (errno \(errno)): raise the file limit")
        }
    }

    deinit { close(descriptor) }

    /// Whether the kernel's table took the change.
    func control(_ operation: Int32, _ socket: Int32, _ events: UInt32) -> Bool {
        var event = unsafe epoll_event(events: events, data: epoll_data_t(fd: socket))
        return unsafe epoll_ctl(descriptor, operation, socket, &event) == 0
    }
}

/// The sockets that libcurl wants watched, and for what. Used by the driver thread only.
///
/// The kernel holds the table, too: a wait costs what is ready, however many connections are open and silent.
@safe final class SocketTable {
    private struct Interest {
        let events: UInt32
        let pool: ConnectionPool
    }

    /// The most sockets that one wait tells of; the next one tells the others.
    private static let roundLimit = 64

    private let epoll: Epoll
    private var interests: [Int32: Interest] = [:]
    private var ready = unsafe [epoll_event](repeating: epoll_event(), count: roundLimit)

    init(_ epoll: Epoll) { self.epoll = epoll }

    /// libcurl's wish for a socket (`CURL_POLL_IN` and so on).
    func watch(_ socket: Int32, _ wish: Int32, for pool: ConnectionPool) {
        let events = Self.events(of: wish)
        let isKnown = interests[socket] != nil
        interests[socket] = events == 0 ? nil : Interest(events: events, pool: pool)
        if events != 0 {
            // A socket that was closed has left the kernel's table by itself, and its number may be another's since.
            if isKnown, epoll.control(EPOLL_CTL_MOD, socket, events) { return }
            _ = epoll.control(EPOLL_CTL_ADD, socket, events)
        } else if isKnown {
            _ = epoll.control(EPOLL_CTL_DEL, socket, 0)
        }
    }

    /// Waits until a socket is ready, a command arrived or the time is over; nil waits without end.
    /// Returns the ready sockets with what they are ready for and whose they are.
    func wait(_ timeout: Duration?) -> [(socket: Int32, readiness: Int32, pool: ConnectionPool)] {
        let count = unsafe epoll_wait(
            epoll.descriptor,
            &ready,
            Int32(Self.roundLimit),
            Self.milliseconds(timeout)
        )
        guard count > 0 else { return [] }
        return (0..<Int(count)).compactMap { index in
            let (socket, told) = unsafe (ready[index].data.fd, ready[index].events)
            return interests[socket].map { (socket, Self.readiness(told, of: $0.events), $0.pool) }
        }
    }

    private static func events(of wish: Int32) -> UInt32 {
        switch wish {
        case CURL_POLL_IN: EPOLLIN.rawValue
        case CURL_POLL_OUT: EPOLLOUT.rawValue
        case CURL_POLL_INOUT: EPOLLIN.rawValue | EPOLLOUT.rawValue
        default: 0
        }
    }

    /// An error or a hang-up is told as readiness: libcurl then reads what is left and meets the error itself.
    private static func readiness(_ told: UInt32, of events: UInt32) -> Int32 {
        let meant = told & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 ? told | events : told
        var result: Int32 = 0
        if meant & EPOLLIN.rawValue != 0 { result |= CURL_CSELECT_IN }
        if meant & EPOLLOUT.rawValue != 0 { result |= CURL_CSELECT_OUT }
        return result
    }

    /// Rounded up, so that a wait never ends just before its time.
    private static func milliseconds(_ timeout: Duration?) -> Int32 {
        guard let timeout else { return -1 }
        guard timeout > .zero else { return 0 }
        let (seconds, attoseconds) = timeout.components
        let milliseconds = min(seconds, 3600) * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(milliseconds)
    }
}
