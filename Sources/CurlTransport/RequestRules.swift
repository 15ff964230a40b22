import CoreModel
import HTTPExchange

/// What must not be put on a wire, because a line or a host smuggled into it would change its meaning.
enum RequestRules {
    /// The first fault of URL, headers, body or profile; nil for a sound request.
    static func fault(in request: HTTPRequest) -> String? {
        fault(in: request.url) ?? fault(in: request.headers) ?? fault(in: request.body) ?? fault(in: request.profile)
            ?? (request.url.scheme == .https ? fault(in: request.profile.tls) : nil)
    }

    /// A declared length that is not the body's.
    static func lengthFault(in headers: HTTPHeaders, length: Int64?) -> String? {
        for value in headers.all("Content-Length") where Int64(value) != length ?? 0 {
            return "the Content-Length header is not the length of the body"
        }
        return nil
    }

    private static func fault(in url: HTTPURL) -> String? {
        url.isSound ? nil : "the URL is malformed or holds control characters"
    }

    private static func fault(in headers: HTTPHeaders) -> String? {
        for field in headers.fields {
            guard isToken(field.name) else { return "a header name is not a token" }
            guard field.value.utf8.allSatisfy({ $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F }) else {
                return "the header \(field.name) holds control characters"
            }
            if field.name.isSameToken(as: "Transfer-Encoding") {
                return "the header Transfer-Encoding is the transport's own"
            }
        }
        return nil
    }

    private static func fault(in body: HTTPRequestBody) -> String? {
        if case .stream(let length, _) = body, length < 0 { return "the length of the body is negative" }
        return nil
    }

    private static func fault(in profile: ConnectionProfile) -> String? {
        if let name = profile.tls.serverName, HTTPURL("https://\(name)/")?.host != name.lowercased() {
            return "the TLS server name is not a host name"
        }
        guard let proxy = profile.proxy else { return nil }
        guard proxyAddress(proxy.address) != nil else {
            return "the proxy address is not an http, https or socks5 URL without user information"
        }
        let credentials = [proxy.username, proxy.password?.secret].compactMap { $0 }
        return credentials.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
            ? nil : "the proxy credentials hold control characters"
    }

    /// What libcurl would pass over in silence: it trusts or presents less than was asked for.
    private static func fault(in tls: TLSSettings) -> String? {
        if let authorities = tls.authorities, !authorities.contains("-----BEGIN ") {
            return "the trusted authorities are no PEM certificates"
        }
        switch (tls.certificate, tls.privateKey) {
        case (nil, .some): return "the client's private key is there without its certificate"
        case (.some, nil): return "the client certificate is there without its private key"
        default: return nil
        }
    }

    /// The address as libcurl takes it: names are resolved by a SOCKS proxy, not by us, and the port is the scheme's
    /// where none is named, not libcurl's 1080. Nil when it is malformed.
    static func proxyAddress(_ address: String) -> String? {
        let scheme = address.prefix { $0 != ":" }.lowercased()
        let rest = address.dropFirst(scheme.count)
        let schemes = ["http": ("http", 80), "https": ("https", 443), "socks5": ("socks5h", 1080)]
        guard let (name, port) = schemes[scheme == "socks5h" ? "socks5" : scheme] else { return nil }
        guard let parsed = HTTPURL("http\(rest)"), parsed.query == nil else { return nil }
        return "\(name)://\(parsed.host):\(parsed.port ?? port)"
    }

    /// RFC 9110 section 5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isTokenByte)
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        // ! # $ % & ' * + - . ^ _ ` | ~
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
        default: false
        }
    }
}
