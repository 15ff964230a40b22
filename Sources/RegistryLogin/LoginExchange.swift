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
    /// The way to services of the Internet: the object's own proxy, which metadata services are never reached through.
    ///
    /// Of its trust nothing counts: with an authority of his own, and a proxy, whoever writes an object would read the
    /// controller's tokens.
    var proxy: ProxySettings?

    struct Settings: Sendable {
        /// Asking for a token twice gives two tokens and does no harm, whatever the method.
        var retry = RetryPolicy(attempts: 3, firstPause: .milliseconds(200), longestPause: .seconds(2))
        /// Bounds one request to a service.
        var timeout = Duration.seconds(10)
        /// Bounds one request to a metadata service: where there is none, nothing answers at all.
        var localTimeout = Duration.seconds(3)
    }

    /// The answer to a call that succeeded.
    /// - Throws: `LoginError` that says what the service said, without anything secret.
    func send(_ call: LoginCall) async throws -> LoginAnswer {
        let request = try prepared(call)
        var failures = 0
        while true {
            let failure: Failure
            switch await answer(to: request, call) {
            case .success(let answer): return answer
            case .failure(let found): failure = found
            }
            failures += 1
            guard let pause = pause(after: failure, failures: failures) else { throw failure.described }
            do {
                try await Task.sleep(for: pause)
            } catch {
                throw Self.cancelled(call, error)
            }
        }
    }

    private struct Failure: Error {
        let described: LoginError
        /// Another attempt within seconds may go better.
        let mayPass: Bool
    }

    private func answer(to request: HTTPRequest, _ call: LoginCall) async -> Result<LoginAnswer, Failure> {
        do {
            let (head, body) = try await transport.response(to: request, limit: 1 << 20)
            if head.isSuccess {
                return .success(LoginAnswer(service: call.service, headers: head.headers, body: body))
            }
            var error = LoginRefusal(head, body, hiding: call.secrets).error(of: call.service)
            error.retryAfter = RetryAfter.of(head, now: clock.now())
            let mayPass = RetryPolicy.passingStatuses.contains(head.status)
            return .failure(Failure(described: error, mayPass: mayPass))
        } catch {
            let mayPass = (error as? HTTPError)?.mayPass ?? false
            return .failure(Failure(described: Self.described(error, call), mayPass: mayPass))
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

    private func pause(after failure: Failure, failures: Int) -> Duration? {
        var random = SystemRandomNumberGenerator()
        let asked = failure.described.retryAfter
        return failure.mayPass ? settings.retry.pause(afterFailures: failures, asked: asked, using: &random) : nil
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
        request.profile = ConnectionProfile(proxy: proxy)
        return request
    }
}
