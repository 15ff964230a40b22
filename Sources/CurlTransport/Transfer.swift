import HTTPExchange
import Synchronization

/// One exchange as its task and the driver share it: two flows behind a lock, and who waits for them to move.
final class Transfer: Sendable {
    struct State {
        var response: ResponseFlow
        var upload: UploadFlow?
        /// libcurl holds nothing of this exchange any more.
        var isReleased = false
        fileprivate var waiters: [CheckedContinuation<Void, Never>] = []
    }

    let number: UInt64
    let request: PreparedRequest
    private let state: Mutex<State>

    init(number: UInt64, request: PreparedRequest) {
        self.number = number
        self.request = request
        state = Mutex(State(response: ResponseFlow(), upload: request.upload))
    }

    /// Looks at or changes the state without waking anybody.
    func withState<Result: Sendable>(_ body: (inout State) throws -> Result) rethrows -> Result {
        try state.withLock { try body(&$0) }
    }

    /// Lets everybody who waits look again.
    func wake() {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Ends the exchange for its reader at once; what libcurl still holds is ended by the driver.
    func abort(_ error: any Error) {
        withState { $0.response.abort(error) }
        wake()
    }

    /// Returns when `isReady` holds; it is asked again whenever the driver moved something.
    func wait(until isReady: @Sendable (borrowing State) -> Bool) async {
        while !(state.withLock { isReady($0) }) {
            await withCheckedContinuation { continuation in
                let isReadyNow = state.withLock { state in
                    if isReady(state) { return true }
                    state.waiters.append(continuation)
                    return false
                }
                if isReadyNow { continuation.resume() }
            }
        }
    }
}
