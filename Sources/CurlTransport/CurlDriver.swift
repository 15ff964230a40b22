import CLibcurl
import CoreModel
import HTTPExchange

/// The driver thread's loop: it alone touches libcurl.
///
/// One round: do what the mailbox says, run what is due, end what is finished or late, wake the tasks, wait for
/// sockets.
final class CurlDriver {
    struct Settings: Sendable {
        let userAgent: String
        /// How long connections of a profile that nobody uses stay open.
        let poolLifetime: Duration
    }

    private let mailbox: Mailbox
    private let settings: Settings
    private let round = DriverRound()
    private let sockets: SocketTable
    private var pools: [ConnectionProfile: ConnectionPool] = [:]
    private var transfers: [UInt64: LiveTransfer] = [:]
    private let released: @Sendable () -> Void

    /// `released` is called once for each transfer that was posted.
    init(mailbox: Mailbox, _ epoll: Epoll, _ settings: Settings, released: @escaping @Sendable () -> Void) {
        self.mailbox = mailbox
        self.settings = settings
        self.released = released
        sockets = SocketTable(epoll)
    }

    /// Returns when the mailbox is closed and everything is released.
    func run() {
        var isClosed = false
        while !isClosed {
            round.now = .now
            let mail = mailbox.take()
            isClosed = mail.isClosed
            for command in mail.commands { perform(command) }
            for pool in pools.values { pool.runTimer() }
            finishTransfers()
            endLateTransfers()
            round.wakeMoved()
            if isClosed { break }
            closeIdlePools()
            let ready = sockets.wait(waitingTime)
            round.now = .now
            for (socket, readiness, pool) in ready { pool.act(on: socket, readiness) }
        }
        shutDown()
    }

    private func perform(_ command: DriverCommand) {
        switch command {
        case .start(let transfer): start(transfer)
        case .resumeReceiving(let number): transfers[number]?.resumeReceiving()
        case .resumeSending(let number): transfers[number]?.resumeSending()
        case .end(let number): if let live = transfers[number] { release(live) }
        }
    }

    private func start(_ transfer: Transfer) {
        do {
            let pool = try pool(for: transfer.request.profile)
            let live = try LiveTransfer(transfer, pool: pool, userAgent: settings.userAgent, round: round)
            try pool.add(live)
            transfers[transfer.number] = live
            round.expect(live.clock.deadline)
        } catch {
            release(transfer, error)
        }
    }

    private func finishTransfers() {
        for pool in pools.values {
            for (live, code) in pool.takeFinished() { release(live, live.error(for: code)) }
        }
    }

    /// Takes a transfer from libcurl. Where it was not finished, libcurl closes its connection or resets its stream.
    private func release(_ live: LiveTransfer, _ error: (any Error)? = nil) {
        transfers[live.transfer.number] = nil
        live.pool.remove(live)
        release(live.transfer, error)
    }

    private func release(_ transfer: Transfer, _ error: (any Error)?) {
        released()
        transfer.withState { state in
            state.response.end(error)
            state.isReleased = true
        }
        round.noteMove(of: transfer)
    }

    private func shutDown() {
        for live in Array(transfers.values) {
            let subject = live.transfer.request.subject
            release(live, HTTPError(.cancelled, "\(subject) was given up: the HTTP client was shut down"))
        }
        for pool in pools.values { pool.close() }
        pools = [:]
        round.wakeMoved()
    }
}

// MARK: - Time

extension CurlDriver {
    private func endLateTransfers() {
        guard round.takeDueDeadline() else { return }
        for live in Array(transfers.values) {
            if let expiry = live.clock.expiry(at: round.now) {
                release(live, Self.error(for: expiry, live.transfer.request.subject))
            } else {
                round.expect(live.clock.deadline)
            }
        }
    }

    private static func error(for expiry: TransferClock.Expiry, _ subject: String) -> HTTPError {
        switch expiry {
        case .total(let time):
            HTTPError(
                .timeout,
                "\(subject) failed: it was not done after \(GoDuration.format(time)); allow more time or "
                    + "check the server"
            )
        case .silence(let time):
            HTTPError(
                .timeout,
                "\(subject) failed: the other side was silent for \(GoDuration.format(time)); check the server"
            )
        }
    }

    /// Until the next thing that has to happen by itself; nil when there is none.
    private var waitingTime: Duration? {
        let idleEnds = pools.values.compactMap { $0.idleSince.map { $0 + settings.poolLifetime } }
        let moments = pools.values.compactMap(\.nextTimer) + idleEnds + [round.nextDeadline].compactMap { $0 }
        return moments.min().map { $0 - .now }
    }
}

// MARK: - Pools

extension CurlDriver {
    private func pool(for profile: ConnectionProfile) throws -> ConnectionPool {
        if let pool = pools[profile] { return pool }
        let pool = try ConnectionPool(sockets: sockets, round: round)
        pools[profile] = pool
        return pool
    }

    private func closeIdlePools() {
        for (profile, pool) in pools {
            guard let since = pool.idleSince, since + settings.poolLifetime <= round.now else { continue }
            pools[profile] = nil
            pool.close()
        }
    }
}
