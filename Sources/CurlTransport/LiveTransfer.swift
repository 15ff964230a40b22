import CLibcurl
import HTTPExchange

/// A transfer while libcurl has it: owns the easy handle and hears its callbacks. Used by the driver thread only.
@safe final class LiveTransfer {
    let transfer: Transfer
    let pool: ConnectionPool
    private(set) var easy: UnsafeMutableRawPointer
    private let round: DriverRound
    private let errorText: UnsafeMutablePointer<CChar>
    private var headerLines: UnsafeMutablePointer<curl_slist>?
    private var connectTo: UnsafeMutablePointer<curl_slist>?
    private var parser = ResponseHeadParser()
    private var hasHead = false
    private(set) var clock: TransferClock

    /// Makes and fills the handle; the pool is told by the caller.
    /// - Throws: `invalidRequest` for a setting that libcurl refuses.
    init(_ transfer: Transfer, pool: ConnectionPool, userAgent: String, round: DriverRound) throws {
        guard let easy = unsafe curl_easy_init() else {
            throw HTTPError(.connection, "libcurl could not provide a transfer: the process is out of memory")
        }
        let request = transfer.request
        self.transfer = transfer
        self.pool = pool
        self.round = round
        unsafe self.easy = easy
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        clock = TransferClock(timeout: request.timeout, idleTimeout: request.idleTimeout, start: round.now)
        for line in request.headerLines { unsafe headerLines = curl_slist_append(headerLines, line) }
        if let route = request.connectTo { unsafe connectTo = curl_slist_append(nil, route) }
        var options = unsafe EasyOptions(easy: easy, request: request, userAgent: userAgent)
        unsafe options.set(CURLOPT_HTTPHEADER, pointer: headerLines)
        unsafe options.set(CURLOPT_CONNECT_TO, pointer: connectTo)
        unsafe options.set(CURLOPT_ERRORBUFFER, pointer: errorText)
        unsafe options.setCallbacks(context: Unmanaged.passUnretained(self).toOpaque())
        try options.setAll()
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe curl_slist_free_all(headerLines)
        unsafe curl_slist_free_all(connectTo)
        unsafe errorText.deallocate()
    }

    /// The error of a transfer that libcurl ended with `code`; nil when it succeeded.
    func error(for code: CURLcode) -> HTTPError? {
        guard code != CURLE_OK else { return hasHead ? nil : endedBeforeHead }
        var proxyStatus = 0
        unsafe _ = sluice_easy_get_long(easy, CURLINFO_HTTP_CONNECTCODE, &proxyStatus)
        let failure = CurlFailure(
            code: code,
            detail: unsafe String(cString: errorText),
            proxyStatus: proxyStatus,
            proxy: transfer.request.proxy?.address
        )
        return failure.error(for: transfer.request.subject)
    }

    /// libcurl takes a head that breaks off for the whole.
    private var endedBeforeHead: HTTPError {
        let subject = transfer.request.subject
        return HTTPError(.incompleteBody, "\(subject) failed: the answer ended within its head; check the server")
    }

    func resumeReceiving() {
        guard clock.isReaderBehind else { return }
        clock.readerCaughtUp(round.now)
        applyPauses()
    }

    func resumeSending() {
        guard clock.isProducerBehind else { return }
        clock.producerCaughtUp(round.now)
        applyPauses()
    }

    /// Unpausing calls back with what libcurl kept, so the clock may pause again meanwhile.
    private func applyPauses() {
        let receiving = clock.isReaderBehind ? CURLPAUSE_RECV : 0
        let sending = clock.isProducerBehind ? CURLPAUSE_SEND : 0
        unsafe _ = curl_easy_pause(easy, receiving | sending)
        round.expect(clock.deadline)
    }
}

// MARK: - What libcurl calls

extension LiveTransfer {
    /// Only from here on there is a silence that can be too long.
    func requestBegins() {
        clock.note(round.now)
        round.expect(clock.deadline)
    }

    func receiveHeader(_ line: UnsafeRawBufferPointer) {
        clock.note(round.now)
        guard let head = unsafe parser.take(line) else { return }
        hasHead = true
        let refusal = CurlFailure.proxyRefusal(head, transfer.request)
        transfer.withState { state in
            if let refusal { state.response.end(refusal) } else { state.response.receive(head: head) }
        }
        round.noteMove(of: transfer)
    }

    /// False when the reader is behind; libcurl keeps the bytes.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        clock.note(round.now)
        let (isTaken, isMuch) = transfer.withState { state in
            (unsafe state.response.receive(bytes), state.response.hasWholePiece)
        }
        if !isTaken { clock.readerFellBehind() }
        // libcurl may go on reading for long: a reader that could work meanwhile does not wait for it.
        if isMuch { transfer.wake() } else { round.noteMove(of: transfer) }
        return isTaken
    }

    func send(into buffer: UnsafeMutableRawBufferPointer) -> UploadFlow.ReadStep {
        clock.note(round.now)
        let step = transfer.withState { unsafe $0.upload?.read(into: buffer) ?? .end }
        if step == .wait { clock.producerFellBehind() } else { round.noteMove(of: transfer) }
        return step
    }

    func rewind() -> Bool { transfer.withState { $0.upload?.rewind() ?? true } }
}
