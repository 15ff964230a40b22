import CLibcurl
import HTTPExchange

/// The connections of one profile: one multi handle, so that no connection can ever serve another profile.
///
/// Owns the handle; used by the driver thread only. libcurl's own rules for sharing would compare certificates but not
/// keys, so they do not decide here.
@safe final class ConnectionPool {
    private let multi: UnsafeMutableRawPointer
    private let sockets: SocketTable
    private let round: DriverRound
    private var members: [UnsafeMutableRawPointer: LiveTransfer] = unsafe [:]
    private var timerDue: ContinuousClock.Instant?
    /// Since when no transfer is here; nil while there is one.
    private(set) var idleSince: ContinuousClock.Instant?

    init(sockets: SocketTable, round: DriverRound) throws {
        guard let multi = unsafe curl_multi_init() else {
            throw HTTPError(.connection, "libcurl could not provide a connection pool: the process is out of memory")
        }
        unsafe self.multi = multi
        self.sockets = sockets
        self.round = round
        idleSince = round.now
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe _ = sluice_multi_set_callbacks(multi, Self.socketCallback, Self.timerCallback, context)
        for (option, value) in Self.limits { unsafe _ = sluice_multi_set_long(multi, option, value) }
    }

    /// Bounds on connections. HTTP/1.1 watches hold one connection each, so one host gets many.
    private static let limits: [(CURLMoption, Int)] = [
        (CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX)),
        (CURLMOPT_MAX_HOST_CONNECTIONS, 64),
        (CURLMOPT_MAX_TOTAL_CONNECTIONS, 256),
        (CURLMOPT_MAXCONNECTS, 64),
    ]

    /// Ends all connections. All members have to be gone.
    func close() { unsafe _ = curl_multi_cleanup(multi) }

    func add(_ live: LiveTransfer) throws {
        let code = unsafe curl_multi_add_handle(multi, live.easy)
        guard code == CURLM_OK else {
            throw HTTPError(
                .connection,
                unsafe "libcurl refused a transfer: \(String(cString: curl_multi_strerror(code)))"
            )
        }
        unsafe members[live.easy] = live
        idleSince = nil
    }

    func remove(_ live: LiveTransfer) {
        unsafe _ = curl_multi_remove_handle(multi, live.easy)
        unsafe members[live.easy] = nil
        if unsafe members.isEmpty { idleSince = round.now }
    }

    /// When libcurl wants to be called again; nil for never.
    var nextTimer: ContinuousClock.Instant? { timerDue }

    func runTimer() {
        guard let due = timerDue, due <= round.now else { return }
        timerDue = nil
        act(on: sluice_socket_timeout, 0)
    }

    /// Lets libcurl work on a socket that is ready.
    func act(on socket: Int32, _ readiness: Int32) {
        var running: Int32 = 0
        unsafe _ = curl_multi_socket_action(multi, socket, readiness, &running)
    }

    /// The transfers that came to their end, each once.
    func takeFinished() -> [(LiveTransfer, CURLcode)] {
        var finished: [(LiveTransfer, CURLcode)] = []
        var result = CURLE_OK
        while let easy = unsafe sluice_multi_next_done(multi, &result) {
            if let live = unsafe members[easy] { finished.append((live, result)) }
        }
        return finished
    }

    private static let socketCallback: curl_socket_callback = { _, socket, wish, context, _ in
        if let context = unsafe context {
            let pool = unsafe Unmanaged<ConnectionPool>.fromOpaque(context).takeUnretainedValue()
            pool.sockets.watch(socket, wish, for: pool)
        }
        return 0
    }

    private static let timerCallback: curl_multi_timer_callback = { _, milliseconds, context in
        if let context = unsafe context {
            let pool = unsafe Unmanaged<ConnectionPool>.fromOpaque(context).takeUnretainedValue()
            pool.timerDue = milliseconds < 0 ? nil : pool.round.now + .milliseconds(milliseconds)
        }
        return 0
    }
}
