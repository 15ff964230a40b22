/// Where a redirect leads, and what must not travel there (RFC 9110 section 15.4). It decides; the caller sends.
package struct RedirectRule: Hashable, Sendable {
    /// More redirects than this in a row are a loop.
    package var maximumHops: Int
    /// Requests with effects follow 307 and 308 too, with method and body as they were: for callers whose body can be
    /// read again. The answer meant that nothing had been done yet.
    package var repeatsEffects: Bool

    package init(maximumHops: Int = 10, repeatsEffects: Bool = false) {
        self.maximumHops = maximumHops
        self.repeatsEffects = repeatsEffects
    }

    /// The request that follows `head`, the answer to `request`; nil when that answer is no redirect and so final.
    ///
    /// `hop` counts the redirects that were followed before this one. Towards another origin the request loses its
    /// `Authorization` and `Cookie` headers, the client certificate, the expected server name, and `If-None-Match`,
    /// whose entity tags are those of the origin before.
    /// - Throws: `HTTPError.redirect` for one too many, a malformed target, a step from https to http, and for a
    ///   request with effects that would have to be sent again.
    package func next(after head: HTTPResponseHead, to request: HTTPRequest, hop: Int) throws -> HTTPRequest? {
        guard [301, 302, 303, 307, 308].contains(head.status), let location = head.headers["Location"] else {
            return nil
        }
        guard hop < maximumHops else { throw refusal(request, "redirects more than \(maximumHops) times") }
        guard let target = request.url.resolving(location) else {
            throw refusal(request, "redirects to a malformed address or another protocol")
        }
        if request.url.scheme == .https, target.scheme == .http {
            throw refusal(request, "redirects from https to http")
        }
        let keepsMethod = request.method.isSafe || (repeatsEffects && head.status >= 307)
        guard keepsMethod || head.status == 303 else {
            throw refusal(request, "redirects a \(request.method.rawValue), which is not sent twice")
        }
        return Self.following(request, to: target, keepsMethod: keepsMethod)
    }

    private static func following(_ request: HTTPRequest, to target: HTTPURL, keepsMethod: Bool) -> HTTPRequest {
        var next = request
        next.url = target
        next.headers["Host"] = nil
        next.headers["Proxy-Authorization"] = nil
        if !keepsMethod {
            next.method = .get
            next.body = .none
            next.headers["Content-Type"] = nil
            next.headers["Content-Length"] = nil
        }
        if !target.sharesOrigin(with: request.url) {
            removeCredentials(&next)
            next.headers["If-None-Match"] = nil
        }
        return next
    }

    private static func removeCredentials(_ request: inout HTTPRequest) {
        request.headers["Authorization"] = nil
        request.headers["Cookie"] = nil
        request.profile.tls.certificate = nil
        request.profile.tls.privateKey = nil
        request.profile.tls.serverName = nil
    }

    private func refusal(_ request: HTTPRequest, _ reason: String) -> HTTPError {
        HTTPError(
            .redirect,
            "\(request.url.origin)\(request.url.path) \(reason): it is not followed; use the address that is meant"
        )
    }
}

extension HTTPMethod {
    /// It asks and changes nothing (RFC 9110 section 9.2.1).
    package var isSafe: Bool { self == .get || self == .head }
}
