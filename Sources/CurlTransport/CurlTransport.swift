package import HTTPExchange
import Synchronization

/// The only HTTP client: libcurl, driven by one thread that owns every libcurl handle.
///
/// Requests of equal profiles share connections (HTTP/2 over TLS where the server has it), those of different profiles
/// never do. Response bodies are bounded in memory and slow readers hold the sender back. Bytes are handed out as they
/// came: no redirect is followed, nothing is decompressed. Names come from the machine's resolver; requests that
/// name no proxy go by `ProxyEnvironment`.
package final class CurlTransport: HTTPTransport {
    private let proxies: ProxyEnvironment
    private let mailbox: Mailbox
    private let thread: DriverThread
    private let numbers = Atomic<UInt64>(0)
    private let live: LiveCount

    /// Nothing of libcurl is there before the first request.
    /// - Parameters:
    ///   - userAgent: the `User-Agent` of requests that bring none.
    ///   - proxies: for requests that name no proxy.
    ///   - poolLifetime: how long connections of a profile that nobody uses stay open.
    /// - Throws: `HTTPError.connection` when the system has no descriptor left.
    package init(
        userAgent: String,
        proxies: ProxyEnvironment = .process,
        poolLifetime: Duration = .seconds(120)
    ) throws {
        let mailbox = try Mailbox()
        let epoll = try Epoll(wakeDescriptor: mailbox.wakeDescriptor)
        let live = LiveCount()
        self.proxies = proxies
        self.mailbox = mailbox
        self.live = live
        let settings = CurlDriver.Settings(userAgent: userAgent, poolLifetime: poolLifetime)
        thread = DriverThread {
            LibcurlSetup.once
            CurlDriver(mailbox: mailbox, epoll, settings) { live.value.subtract(1, ordering: .releasing) }.run()
        }
    }

    deinit { shutdown() }

    /// How many transfers libcurl holds now. None is left of an exchange once its `withResponse` has returned.
    package var liveTransferCount: Int { live.value.load(ordering: .acquiring) }

    /// Ends every exchange with the error `cancelled`, closes every connection and waits for the thread. Further
    /// requests fail with `cancelled`; further calls do nothing.
    package func shutdown() {
        mailbox.close()
        thread.join()
    }

    package func withResponse<Result: Sendable>(
        to request: HTTPRequest,
        _ body: (HTTPResponseHead, HTTPResponseBody) async throws -> Result
    ) async throws -> Result {
        let transfer = Transfer(
            number: numbers.add(1, ordering: .relaxed).newValue,
            request: try PreparedRequest(request, proxies)
        )
        return try await withTaskCancellationHandler {
            try start(transfer)
            do {
                let result = try await exchange(transfer, request.body, body)
                await end(transfer)
                return result
            } catch {
                await end(transfer)
                throw error
            }
        } onCancel: {
            transfer.abort(
                HTTPError(.cancelled, "\(transfer.request.subject) was given up because its task was cancelled")
            )
        }
    }

    private func exchange<Result: Sendable>(
        _ transfer: Transfer,
        _ requestBody: HTTPRequestBody,
        _ body: (HTTPResponseHead, HTTPResponseBody) async throws -> Result
    ) async throws -> Result {
        guard case .stream(_, let open) = requestBody else { return try await respond(transfer, body) }
        let mailbox = mailbox
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await UploadPump(transfer: transfer, mailbox: mailbox).run(open) }
            defer {
                transfer.abort(HTTPError(.cancelled, "\(transfer.request.subject) is over"))
                group.cancelAll()
            }
            return try await respond(transfer, body)
        }
    }

    private func respond<Result: Sendable>(
        _ transfer: Transfer,
        _ body: (HTTPResponseHead, HTTPResponseBody) async throws -> Result
    ) async throws -> Result {
        let head = try await Self.head(of: transfer)
        let mailbox = mailbox
        return try await body(head, HTTPResponseBody { try await Self.nextPiece(of: transfer, mailbox) })
    }

    private static func head(of transfer: Transfer) async throws -> HTTPResponseHead {
        while true {
            if let head = try transfer.withState({ try $0.response.takeHead() }) { return head }
            await transfer.wait { $0.response.hasHead }
        }
    }

    private static func nextPiece(of transfer: Transfer, _ mailbox: Mailbox) async throws -> [UInt8]? {
        while true {
            switch try transfer.withState({ try $0.response.takePiece() }) {
            case .piece(let bytes, let resumes):
                if resumes { _ = mailbox.post(.resumeReceiving(transfer.number)) }
                return bytes
            case .end:
                return nil
            case .wait:
                await transfer.wait { $0.response.hasPiece }
            }
        }
    }

    private func start(_ transfer: Transfer) throws {
        try thread.start()
        live.value.add(1, ordering: .relaxed)
        guard mailbox.post(.start(transfer)) else {
            live.value.subtract(1, ordering: .relaxed)
            throw HTTPError(.cancelled, "\(transfer.request.subject) was not sent: the HTTP client was shut down")
        }
    }

    /// Returns when libcurl holds nothing of the transfer any more.
    private func end(_ transfer: Transfer) async {
        transfer.abort(HTTPError(.cancelled, "The response of \(transfer.request.subject) was read after its end"))
        if transfer.withState({ $0.isReleased }) { return }
        _ = mailbox.post(.end(transfer.number))
        await transfer.wait { $0.isReleased }
    }
}

/// The number of transfers that libcurl holds, or is about to be given.
private final class LiveCount: Sendable {
    let value = Atomic<Int>(0)
}
