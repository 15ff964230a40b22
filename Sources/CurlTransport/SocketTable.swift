import CLibcurl
import Glibc

/// The sockets that libcurl wants watched, and for what. Used by the driver thread only.
final class SocketTable {
    private struct Interest {
        let events: Int16
        let pool: ConnectionPool
    }

    private let wakeDescriptor: Int32
    private var interests: [Int32: Interest] = [:]
    private var polls: [pollfd] = []

    init(wakeDescriptor: Int32) { self.wakeDescriptor = wakeDescriptor }

    /// libcurl's wish for a socket (`CURL_POLL_IN` and so on).
    func watch(_ socket: Int32, _ wish: Int32, for pool: ConnectionPool) {
        let events = Self.events(of: wish)
        interests[socket] = events == 0 ? nil : Interest(events: events, pool: pool)
        polls = []
    }

    /// Waits until a socket is ready, a command arrived or the time is over; nil waits without end.
    /// Returns the ready sockets with what they are ready for and whose they are.
    func wait(_ timeout: Duration?) -> [(socket: Int32, readiness: Int32, pool: ConnectionPool)] {
        if polls.isEmpty {
            polls = interests.map { pollfd(fd: $0.key, events: $0.value.events, revents: 0) }
            polls.append(pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0))
        }
        guard unsafe poll(&polls, nfds_t(polls.count), Self.milliseconds(timeout)) > 0 else { return [] }
        return polls.compactMap { entry in
            guard entry.revents != 0, let interest = interests[entry.fd] else { return nil }
            return (entry.fd, Self.readiness(entry.revents, of: interest.events), interest.pool)
        }
    }

    private static func events(of wish: Int32) -> Int16 {
        switch wish {
        case CURL_POLL_IN: Int16(POLLIN)
        case CURL_POLL_OUT: Int16(POLLOUT)
        case CURL_POLL_INOUT: Int16(POLLIN | POLLOUT)
        default: 0
        }
    }

    /// An error or a hang-up is told as readiness: libcurl then reads what is left and meets the error itself.
    private static func readiness(_ revents: Int16, of events: Int16) -> Int32 {
        let broken = revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0
        var result: Int32 = 0
        if revents & Int16(POLLIN) != 0 || broken && events & Int16(POLLIN) != 0 { result |= CURL_CSELECT_IN }
        if revents & Int16(POLLOUT) != 0 || broken && events & Int16(POLLOUT) != 0 { result |= CURL_CSELECT_OUT }
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
