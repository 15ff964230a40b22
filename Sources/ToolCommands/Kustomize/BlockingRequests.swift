import Dispatch
import Synchronization

/// Lets a thread that may block ask for things that only async code can do. The thread waits; a task serves.
///
/// Every question gets exactly one answer: from `serve`, or from its end.
final class BlockingRequests<Question: Sendable, Answer: Sendable>: Sendable {
    /// One question, and where its answer is awaited.
    private final class Exchange: Sendable {
        let question: Question
        private let answer = Mutex<Result<Answer, any Error>?>(nil)
        private let arrival = DispatchSemaphore(value: 0)

        init(_ question: Question) { self.question = question }

        func settle(_ result: Result<Answer, any Error>) {
            let isFirst = answer.withLock { held in
                guard held == nil else { return false }
                held = result
                return true
            }
            if isFirst { arrival.signal() }
        }

        func wait() throws -> Answer {
            arrival.wait()
            guard let result = answer.withLock({ $0 }) else { throw CancellationError() }
            return try result.get()
        }
    }

    private let questions: AsyncStream<Exchange>
    private let entry: AsyncStream<Exchange>.Continuation

    init() { (questions, entry) = AsyncStream.makeStream() }

    /// Asks, and blocks until there is an answer.
    /// - Throws: what serving throws; `CancellationError` when nobody serves any more.
    func ask(_ question: Question) throws -> Answer {
        let exchange = Exchange(question)
        if case .terminated = entry.yield(exchange) { throw CancellationError() }
        return try exchange.wait()
    }

    /// No further questions come.
    func finish() { entry.finish() }

    /// Answers questions until `finish`, or until the task is cancelled.
    func serve(_ body: @Sendable (Question) async throws -> Answer) async {
        for await exchange in questions {
            do {
                exchange.settle(.success(try await body(exchange.question)))
            } catch {
                exchange.settle(.failure(error))
            }
        }
        entry.finish()
    }
}
