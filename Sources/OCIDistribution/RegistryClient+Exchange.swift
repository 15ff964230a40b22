import CoreModel
import HTTPExchange
import Logging

/// What the first look at a response leads to.
private enum Step<Result: Sendable>: Sendable {
    case done(Result)
    case redirect(to: HTTPRequest)
    case challenged([AuthChallenge], RegistryError)
}

extension RegistryClient {
    /// Every body that we send can be read again.
    static let redirects = RedirectRule(repeatsEffects: true)

    /// Sends a call, and again after failures that may pass, and reads at most `limit` bytes of the response.
    func buffered(_ call: RegistryCall, _ context: OperationContext, limit: Int) async throws -> BufferedResponse {
        try await retrying(context) {
            try await exchange(call, context) { head, body, url in
                BufferedResponse(head: head, body: try await body.collect(upTo: limit), url: url)
            }
        }
    }

    /// Runs `work` until it does not fail, its failure will not pass, or there have been enough.
    func retrying<Result: Sendable>(
        _ context: OperationContext,
        _ work: () async throws -> Result
    ) async throws -> Result {
        var failures = 0
        while true {
            do {
                return try await work()
            } catch {
                failures += 1
                guard let pause = pause(after: error, failures: failures, context) else { throw error }
                logger.debug(
                    "registry request repeated",
                    metadata: ["subject": "\(context.subject)", "after": "\(pause)", "error": "\(error)"]
                )
                try await sleep(pause, context)
            }
        }
    }

    /// How long to wait before another attempt; nil when there is to be none.
    func pause(after error: any Error, failures: Int, _ context: OperationContext) -> Duration? {
        guard let error = error as? RegistryError, error.mayPass else { return nil }
        var random = SystemRandomNumberGenerator()
        let pause = retry.pause(afterFailures: failures, asked: error.retryAfter, using: &random)
        return pause.flatMap { context.allows($0) ? $0 : nil }
    }

    func sleep(_ pause: Duration, _ context: OperationContext) async throws {
        do {
            try await Task.sleep(for: pause)
        } catch {
            throw context.describe(error)
        }
    }

    /// Sends a call once: signs it, signs in again when that is refused, follows redirects, and gives `body` a response
    /// with an accepted status.
    func exchange<Result: Sendable>(
        _ call: RegistryCall,
        _ context: OperationContext,
        _ body: (HTTPResponseHead, HTTPResponseBody, HTTPURL) async throws -> Result
    ) async throws -> Result {
        let credentials = try await context.access.credentials.credentials(for: context.repository)
        let home = try await url("/v2/", context)
        var authorization = try await authorization(credentials, context)
        for isRepetition in [false, true] {
            let signed = SignedCall(call: call, home: home, authorization: authorization)
            let step = try await follow(signed, context, body)
            switch step {
            case .done(let result): return result
            case .redirect: break
            case .challenged(let challenges, let refusal):
                guard !isRepetition else { throw refusal }
                authorization = try await answer(challenges, refusal, credentials, context, refused: authorization)
            }
        }
        throw RegistryError(.unauthorized, "Registry \(context.repository.registry) refused \(context.subject)")
    }

    private func follow<Result: Sendable>(
        _ signed: SignedCall,
        _ context: OperationContext,
        _ body: (HTTPResponseHead, HTTPResponseBody, HTTPURL) async throws -> Result
    ) async throws -> Step<Result> {
        var request = signed.request(context.access.profile)
        var hop = 0
        while true {
            let step = try await send(request, signed, hop: hop, context, body)
            guard case .redirect(let next) = step else { return step }
            request = next
            hop += 1
        }
    }

    private func send<Result: Sendable>(
        _ request: HTTPRequest,
        _ signed: SignedCall,
        hop: Int,
        _ context: OperationContext,
        _ body: (HTTPResponseHead, HTTPResponseBody, HTTPURL) async throws -> Result
    ) async throws -> Step<Result> {
        let isHome = request.url.sharesOrigin(with: signed.home)
        do {
            return try await transmit(request, context) { head, response in
                if isHome { surface(WarningHeader.texts(in: head.headers.all("Warning")), context) }
                if signed.call.accepted.contains(head.status) {
                    return .done(try await body(head, response, request.url))
                }
                if let next = try Self.redirects.next(after: head, to: request, hop: hop) {
                    return .redirect(to: next)
                }
                let said = (try? await response.collect(upTo: ErrorBody.limit)) ?? []
                let refusal = RegistryError.refusal(
                    isHome ? context.repository.registry : request.url.host,
                    context.subject,
                    RefusedAnswer(head: head, body: said, time: clock.now()),
                    secrets: signed.secrets
                )
                guard head.status == 401, isHome else { throw refusal }
                return .challenged(AuthChallenge.parse(head.headers.all("WWW-Authenticate")), refusal)
            }
        } catch {
            if let cause = (error as? RegistryError)?.cause as? HTTPError,
                [.connection, .tls, .nameLookup].contains(cause.code)
            {
                memory.forget(context.endpoint)
            }
            throw error
        }
    }
}

extension RegistryError {
    /// Another attempt within seconds may go better.
    fileprivate var mayPass: Bool {
        switch code {
        case .rateLimited, .unavailable, .timeout: status.map(RetryPolicy.passingStatuses.contains) ?? false
        case .unreachable: (cause as? HTTPError)?.mayPass ?? false
        default: false
        }
    }
}

/// A call with an address and what shows who we are.
struct SignedCall: Sendable {
    let call: RegistryCall
    /// The root of the registry's API: the only origin that sees the authorization.
    let home: HTTPURL
    let authorization: Authorization?

    var secrets: [String] {
        authorization.map { [$0.header.secret, String($0.header.secret.drop { $0 != " " }.dropFirst())] } ?? []
    }

    func request(_ profile: ConnectionProfile) -> HTTPRequest {
        let url =
            switch call.target {
            case .url(let url): url
            case .path(let target): home.at(target)
            }
        var request = HTTPRequest(call.method, url, headers: call.headers, body: call.body, profile: profile)
        if url.sharesOrigin(with: home) {
            request.headers["Authorization"] = authorization?.header.secret
        } else {
            // The certificate and the expected name belong to the registry, not to where it has uploads sent.
            request.profile.tls.certificate = nil
            request.profile.tls.privateKey = nil
            request.profile.tls.serverName = nil
        }
        return request
    }
}
