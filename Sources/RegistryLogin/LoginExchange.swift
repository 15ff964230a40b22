import CoreModel
import HTTPExchange
import ManifestTree

/// One request to a token service.
struct LoginCall: Sendable {
    /// The subject of messages, such as `AWS STS (sts.eu-west-1.amazonaws.com)`.
    let service: String
    var request: HTTPRequest
    /// What must not be quoted, should the service send it back.
    var secrets: [String] = []
    /// A service of the machine itself: reached by plain HTTP, past every proxy, and at once or not at all.
    var isLocal = false

    /// A form (`application/x-www-form-urlencoded`).
    static func form(_ service: String, to url: HTTPURL, _ fields: [(String, String)]) -> LoginCall {
        var request = HTTPRequest(.post, url, headers: ["Accept": "application/json"])
        request.headers["Content-Type"] = "application/x-www-form-urlencoded"
        let text = fields.map { "\(HTTPURL.percentEncode($0.0))=\(HTTPURL.percentEncode($0.1))" }
        request.body = .bytes(Array(text.joined(separator: "&").utf8))
        return LoginCall(service: service, request: request)
    }

    /// A request to a metadata service or an agent on the machine.
    static func local(_ service: String, _ method: HTTPMethod, _ url: HTTPURL, _ headers: HTTPHeaders) -> LoginCall {
        var call = LoginCall(service: service, request: HTTPRequest(method, url, headers: headers))
        call.isLocal = true
        return call
    }

    func hiding(_ secrets: [String]) -> LoginCall {
        var call = self
        call.secrets += secrets
        return call
    }
}

/// What a token service answered with success.
struct LoginAnswer: Sendable {
    let service: String
    let headers: HTTPHeaders
    let body: [UInt8]

    /// The answer as a JSON object.
    /// - Throws: `LoginError.badAnswer`; the answer is never quoted, for it may hold a token.
    func json() throws -> Tree {
        guard let tree = try? JSONReader.parse(body, limits: DocumentLimits(bytes: 1 << 20, depth: 32)), tree.map != nil
        else { throw useless("is no JSON object") }
        return tree
    }

    /// The answer as one line of text.
    func line() throws -> String {
        guard let text = String(validating: body, as: UTF8.self)?.trimmingSpace(), !text.isEmpty,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw useless("is no line of text") }
        return text
    }

    /// A token in a field of the answer.
    func token(_ field: String, in tree: Tree) throws -> Redacted<String> {
        guard let text = tree[field]?.string, !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw useless("has no usable '\(field)'")
        }
        return Redacted(text)
    }

    func useless(_ reason: String) -> LoginError {
        LoginError(.badAnswer, "The answer of \(service) \(reason); check that the address is that of the service")
    }
}

/// Sends requests to token services, again after failures that may pass, and judges the answers.
struct LoginExchange: Sendable {
    let transport: any HTTPTransport
    let clock: any WallClock
    let settings: Settings
    /// The object's own proxy and trust; metadata services are never reached through them.
    var profile = ConnectionProfile.standard

    struct Settings: Sendable {
        var retry: RetryPolicy
        /// Bounds one request to a service.
        var timeout = Duration.seconds(10)
        /// Bounds one request to a metadata service: where there is none, nothing answers at all.
        var localTimeout = Duration.seconds(3)

        init() {
            retry = RetryPolicy(maximumAttempts: 3, baseDelay: .milliseconds(200), maximumDelay: .seconds(2))
            // Asking for a token twice gives two tokens and does no harm.
            retry.retriesEveryMethod = true
            retry.maximumRetryAfter = .seconds(5)
        }
    }

    /// The answer to a call that succeeded.
    /// - Throws: `LoginError` that says what the service said, without anything secret.
    func send(_ call: LoginCall) async throws -> LoginAnswer {
        let request = try prepared(call)
        var attempt = 1
        while true {
            let failure: Failure
            switch await answer(to: request, call) {
            case .success(let answer): return answer
            case .failure(let found): failure = found
            }
            guard let pause = pause(after: failure, attempt, call) else { throw failure.described }
            do {
                try await Task.sleep(for: pause)
            } catch {
                throw Self.cancelled(call, error)
            }
            attempt += 1
        }
    }

    /// A failure as the retry policy sees it and as the user does.
    private struct Failure: Error {
        let ended: RetryPolicy.Outcome
        let described: LoginError
    }

    private func answer(to request: HTTPRequest, _ call: LoginCall) async -> Result<LoginAnswer, Failure> {
        do {
            let (head, body) = try await transport.response(to: request, limit: 1 << 20)
            if head.isSuccess {
                return .success(LoginAnswer(service: call.service, headers: head.headers, body: body))
            }
            var error = LoginRefusal(head, body, hiding: call.secrets).error(of: call.service)
            error.retryAfter = RetryAfter.of(head, now: clock.now())
            return .failure(Failure(ended: .status(head.status, retryAfter: error.retryAfter), described: error))
        } catch {
            return .failure(Failure(ended: .failure(error), described: Self.described(error, call)))
        }
    }

    private static func described(_ error: any Error, _ call: LoginCall) -> LoginError {
        let code = (error as? HTTPError)?.code
        if code == .cancelled || error is CancellationError || Task.isCancelled { return cancelled(call, error) }
        if code == .tooLarge {
            return LoginError(.badAnswer, "The answer of \(call.service) is too long to be a token", cause: error)
        }
        return LoginError(.unreachable, "\(call.service) could not be reached", cause: error)
    }

    private static func cancelled(_ call: LoginCall, _ error: any Error) -> LoginError {
        LoginError(.cancelled, "The login at \(call.service) was cancelled", cause: error)
    }

    private func pause(after failure: Failure, _ attempt: Int, _ call: LoginCall) -> Duration? {
        var retry = settings.retry
        if call.isLocal { retry.maximumAttempts = min(retry.maximumAttempts, 2) }
        var random = SystemRandomNumberGenerator()
        let decision = retry.decision(after: failure.ended, of: call.request.method, attempt: attempt, using: &random)
        if case .retry(let pause) = decision { return pause }
        return nil
    }

    private func prepared(_ call: LoginCall) throws -> HTTPRequest {
        var request = call.request
        request.timeout = call.isLocal ? settings.localTimeout : settings.timeout
        request.idleTimeout = nil
        if call.isLocal {
            request.profile = ConnectionProfile(connectTimeout: .seconds(2))
            request.profile.ignoresEnvironmentProxy = true
            return request
        }
        guard request.url.scheme == .https || request.url.isLoopback else {
            throw LoginError(
                .configuration,
                "\(call.service) would be asked over plain http, and everybody on the way could read the token; "
                    + "give an https address"
            )
        }
        request.profile = profile
        // A token is worth more than the artifact that it opens: whoever takes it has to prove who they are.
        request.profile.tls.verifiesPeer = true
        return request
    }
}
