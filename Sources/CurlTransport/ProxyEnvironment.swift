import CoreModel
import Glibc
import HTTPExchange

/// The proxies that environment variables name, as curl and Go read them. A value: it looks nothing up.
///
/// `http_proxy` is for http URLs, `https_proxy` for https URLs, `all_proxy` for those that have none of their own, and
/// `no_proxy` names what needs none; each also in upper case, the lower case first. This machine itself never needs
/// a proxy.
package struct ProxyEnvironment: Hashable, Sendable {
    private let variables: [String: String]
    private let exemptions: ProxyExemptions

    /// Takes what it knows from the variables; the rest does not matter.
    package init(_ variables: [String: String]) {
        self.variables = variables
        exemptions = ProxyExemptions(variables["no_proxy"] ?? variables["NO_PROXY"] ?? "")
    }

    /// No proxy for anything.
    package static let none = ProxyEnvironment([:])

    /// This process's own environment, read once.
    package static let process: ProxyEnvironment = {
        let names = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"]
        var variables: [String: String] = [:]
        for name in names.flatMap({ [$0, $0.uppercased()] }) + [gatewayMark] {
            variables[name] = unsafe getenv(name).map { unsafe String(cString: $0) }
        }
        return ProxyEnvironment(variables)
    }()

    /// Set in programs that a web server runs; there a client's `Proxy:` header would become `HTTP_PROXY`.
    private static let gatewayMark = "REQUEST_METHOD"

    /// The proxy for a URL; nil for none.
    /// - Throws: `HTTPError.proxy` when the variable that counts holds no proxy. It names the variable, not its value.
    func proxy(for url: HTTPURL) throws -> ProxySettings? {
        guard let (name, value) = variable(for: url.scheme), !url.isLoopback, !exemptions.cover(url) else { return nil }
        guard let settings = Self.settings(value) else {
            throw HTTPError(
                .proxy,
                "The environment variable \(name) is not the URL of an http, https or socks5 proxy; correct or unset it"
            )
        }
        return settings
    }

    private func variable(for scheme: HTTPURL.Scheme) -> (name: String, value: String)? {
        for name in ["\(scheme.rawValue)_proxy", "all_proxy"] {
            if let value = variables[name], !value.isEmpty { return (name, value) }
            let upper = name.uppercased()
            if upper == "HTTP_PROXY", variables[Self.gatewayMark] != nil { continue }
            if let value = variables[upper], !value.isEmpty { return (upper, value) }
        }
        return nil
    }

    /// `[scheme://][user[:password]@]host[:port]`, user and password percent-encoded.
    private static func settings(_ text: String) -> ProxySettings? {
        let scheme = text.contains("://") ? text.prefix { $0 != ":" } : "http"
        let rest = text.contains("://") ? text.dropFirst(scheme.count + 3) : text[...]
        let authority = rest.prefix { $0 != "/" }
        let host = authority.lastIndex(of: "@").map { authority[$0...].dropFirst() } ?? authority
        let user = host.count == authority.count ? nil : authority.dropLast(host.count + 1)
        let name = user?.prefix { $0 != ":" }
        let password = user.flatMap { user in user.firstIndex(of: ":").map { user[$0...].dropFirst() } }
        let settings = ProxySettings(
            address: "\(scheme)://\(host)",
            username: name.map(HTTPURL.percentDecode),
            password: password.map { Redacted(HTTPURL.percentDecode($0)) }
        )
        return RequestRules.proxyAddress(settings.address).map { _ in settings }
    }
}
