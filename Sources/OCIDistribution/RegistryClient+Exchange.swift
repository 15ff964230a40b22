import CoreModel
import HTTPExchange
import Logging

/// What the first look at a response leads to.
private enum Step<Result: Sendable>: Sendable {
    case done(Result)
    case redirect(to: HTTPURL)
    case challenged([AuthChallenge], RegistryError)
}

extension RegistryClient {
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
        guard let error = error as? RegistryError else { return nil }
        let isPassing =
            switch error.code {
            case .rateLimited: true
            case .unavailable: error.status.map { [500, 502, 503, 504].contains($0) } ?? false
            case .timeout: error.status == 408
            case .unreachable:
                // A certificate does not become valid in a moment.
                (error.cause as? HTTPError).map { $0.code != .tls && $0.code != .invalidRequest } ?? false
            default: false
            }
        guard isPassing, let pause = retry.pause(afterFailures: failures, asked: error.retryAfter),
            context.allows(pause)
        else { return nil }
        return pause
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
        var url = signed.url
        for _ in 0...Redirect.limit {
            let step = try await send(signed, to: url, context, body)
            guard case .redirect(let next) = step else { return step }
            url = next
        }
        throw RegistryError(
            .protocolViolation,
            "Registry \(context.repository.registry) redirected the request for \(context.subject) more than "
                + "\(Redirect.limit) times"
        )
    }

    private func send<Result: Sendable>(
        _ signed: SignedCall,
        to url: HTTPURL,
        _ context: OperationContext,
        _ body: (HTTPResponseHead, HTTPResponseBody, HTTPURL) async throws -> Result
    ) async throws -> Step<Result> {
        let request = try context.bounded(signed.request(to: url, profile: context.access.profile))
        do {
            return try await transport.withResponse(to: request) { head, response in
                if signed.call.accepted.contains(head.status) {
                    return .done(try await body(head, response, url))
                }
                if let target = try Redirect.target(of: head, from: url, signed.call, context) {
                    return .redirect(to: target)
                }
                let said = (try? await response.collect(upTo: ErrorBody.limit)) ?? []
                let refusal = RegistryError.refusal(
                    url.origin == signed.home.origin ? context.repository.registry : url.host,
                    context.subject,
                    head,
                    body: said,
                    secrets: signed.secrets
                )
                guard head.status == 401, url.origin == signed.home.origin else { throw refusal }
                return .challenged(AuthChallenge.parse(head.headers.all("WWW-Authenticate")), refusal)
            }
        } catch {
            if let error = error as? HTTPError, [.connection, .tls, .nameLookup].contains(error.code) {
                memory.forget(context.endpoint)
            }
            throw context.describe(error)
        }
    }
}

/// A call with an address and what shows who we are.
struct SignedCall: Sendable {
    let call: RegistryCall
    /// The root of the registry's API: the only origin that sees the authorization.
    let home: HTTPURL
    let authorization: Authorization?

    var url: HTTPURL {
        switch call.target {
        case .url(let url): return url
        case .path(let target):
            var url = home
            let path = target.prefix { $0 != "?" }
            url.path = String(path)
            url.query = path.count == target.count ? nil : String(target.dropFirst(path.count + 1))
            return url
        }
    }

    var secrets: [String] {
        authorization.map { [$0.header.secret, String($0.header.secret.drop { $0 != " " }.dropFirst())] } ?? []
    }

    func request(to url: HTTPURL, profile: ConnectionProfile) -> HTTPRequest {
        var request = HTTPRequest(call.method, url, headers: call.headers, body: call.body, profile: profile)
        if url.origin == home.origin {
            request.headers["Authorization"] = authorization?.header.secret
        } else {
            // The expected name belongs to the registry, not to where it sends us.
            request.profile.tls.serverName = nil
        }
        return request
    }
}

/// The rules for redirects: few, never from TLS to plain HTTP, and only for calls that can be repeated elsewhere.
enum Redirect {
    static let limit = 10

    /// Where a response sends us; nil when it is no redirect.
    static func target(
        of head: HTTPResponseHead,
        from url: HTTPURL,
        _ call: RegistryCall,
        _ context: OperationContext
    ) throws -> HTTPURL? {
        let isRead = call.method == .get || call.method == .head
        let isFollowed = isRead ? [301, 302, 303, 307, 308].contains(head.status) : [307, 308].contains(head.status)
        guard isFollowed else { return nil }
        let registry = context.repository.registry
        guard let location = head.headers["Location"], let target = url.resolving(location) else {
            throw RegistryError(
                .protocolViolation,
                "Registry \(registry) redirected the request for \(context.subject) to no valid address"
            )
        }
        if url.scheme == .https, target.scheme == .http {
            throw RegistryError(
                .protocolViolation,
                "Registry \(registry) redirected the request for \(context.subject) from https to plain http at "
                    + "\(target.host), which is never followed"
            )
        }
        return target
    }
}
