import CLibcurl
import HTTPExchange

/// What libcurl says about a transfer that failed, turned into our error.
struct CurlFailure {
    let code: CURLcode
    /// The text of this failure, more exact than that of its code.
    let detail: String
    /// What a proxy answered to CONNECT; 0 where there was none.
    let proxyStatus: Int
    /// The proxy's address where there is one: connections are then always to it.
    let proxy: String?

    /// A proxy that wants other credentials answers in the place of the server, unless a tunnel leads through it.
    static func proxyRefusal(_ head: HTTPResponseHead, _ request: PreparedRequest) -> HTTPError? {
        guard head.status == 407, request.proxy != nil else { return nil }
        return HTTPError(.proxy, "\(request.subject) failed: the proxy answered with status 407; \(proxyAdvice)")
    }

    /// The error for a request; `subject` is its method and URL.
    func error(for subject: String) -> HTTPError {
        let (kind, advice) = classified
        return HTTPError(kind, "\(subject) failed: \(reason); \(advice)")
    }

    private var reason: String {
        if code == CURLE_SSL_CERTPROBLEM {
            // libcurl's own texts name files that there are not.
            return detail.contains("private key")
                ? "the client's private key is unreadable or not that of the client certificate"
                : "the client certificate is no PEM certificate"
        }
        return detail.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : detail
    }

    private var classified: (HTTPError.Code, String) {
        if isProxyFailure { return (.proxy, Self.proxyAdvice) }
        if code == CURLE_SSL_CONNECT_ERROR, detail.contains("wrong version number") {
            return (.tls, "the server seems to speak plain HTTP on this port, which has to be allowed explicitly")
        }
        return Self.classes[code.rawValue] ?? receiveClass
    }

    private static let proxyAdvice = "check the proxy's address, credentials and rules"

    /// The server's own name is never looked up where there is a proxy, so a lookup that failed was the proxy's.
    private static let wayToProxy: Set<UInt32> = [
        CURLE_COULDNT_CONNECT.rawValue, CURLE_COULDNT_RESOLVE_PROXY.rawValue, CURLE_COULDNT_RESOLVE_HOST.rawValue,
        CURLE_PROXY.rawValue,
    ]

    /// What fails before a proxy has opened the tunnel fails because of it: its name, its port, its certificate.
    private var isProxyFailure: Bool {
        guard let proxy else { return false }
        if proxyStatus != 0 { return !(200...299).contains(proxyStatus) }
        if Self.wayToProxy.contains(code.rawValue) { return true }
        if detail.hasPrefix("Proxy CONNECT") { return true }
        return proxy.lowercased().hasPrefix("https:") && Self.classes[code.rawValue]?.0 == .tls
    }

    /// A certificate that the other side refuses shows up only at the first read (TLS 1.3).
    private var receiveClass: (HTTPError.Code, String) {
        if code == CURLE_RECV_ERROR, detail.contains("alert") {
            return (.tls, "the other side refused our certificate or our TLS settings: check them")
        }
        return (.connection, "check that the server is reachable; another attempt may succeed")
    }

    private static let classes: [UInt32: (HTTPError.Code, String)] = {
        let tls = (HTTPError.Code.tls, "check the server's certificate, the trusted authorities and the host name")
        let broken = (HTTPError.Code.incompleteBody, "the server or something before it broke the response off")
        let setting = (HTTPError.Code.invalidRequest, "correct the certificate, key or URL that was configured")
        let groups: [([CURLcode], (HTTPError.Code, String))] = [
            ([CURLE_COULDNT_RESOLVE_HOST], (.nameLookup, "check the host name and the name server")),
            ([CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY], (.proxy, proxyAdvice)),
            ([CURLE_OPERATION_TIMEDOUT], (.timeout, "check that the server is reachable, or allow more time")),
            (
                [
                    CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CIPHER, CURLE_USE_SSL_FAILED,
                    CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS,
                    CURLE_SSL_CLIENTCERT, CURLE_SSL_SHUTDOWN_FAILED,
                ], tls
            ),
            (
                [
                    CURLE_PARTIAL_FILE, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING,
                    CURLE_UNSUPPORTED_PROTOCOL,
                ], broken
            ),
            (
                [
                    CURLE_URL_MALFORMAT, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE,
                    CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION, CURLE_NOT_BUILT_IN,
                    CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED,
                ], setting
            ),
        ]
        return Dictionary(uniqueKeysWithValues: groups.flatMap { codes, kind in codes.map { ($0.rawValue, kind) } })
    }()
}
