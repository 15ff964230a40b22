import CoreModel
import HTTPExchange

/// A request that was checked and written down in the form that libcurl takes.
struct PreparedRequest: Sendable {
    /// Method and URL without its query, for messages.
    let subject: String
    let method: HTTPMethod
    let url: String
    /// `Name: value`, and `Name;` for an empty value.
    let headerLines: [String]
    /// Nil where the request has no body and needs none.
    let upload: UploadFlow?
    let profile: ConnectionProfile
    let timeout: Duration?
    let idleTimeout: Duration?
    /// In libcurl's form, where the certificate is to name another host than the URL.
    let connectTo: String?
    /// The request's own or the environment's; nil for a direct connection.
    let proxy: ProxySettings?

    /// - Throws: `HTTPError.invalidRequest` for anything that must not be put on a wire, `proxy` for an environment
    ///   that names something else than a proxy.
    init(_ request: HTTPRequest, _ proxies: ProxyEnvironment) throws {
        subject = Self.subject(of: request)
        if let reason = RequestRules.fault(in: request) { throw Self.fault(subject, reason) }
        method = request.method
        upload = Self.upload(for: request)
        if request.method == .head, upload != nil { throw Self.fault(subject, "a HEAD request has no body") }
        if let reason = RequestRules.lengthFault(in: request.headers, length: upload?.length) {
            throw Self.fault(subject, reason)
        }
        profile = request.profile
        timeout = request.timeout
        idleTimeout = request.idleTimeout
        var address = request.url
        if address.scheme == .https, let name = request.profile.tls.serverName {
            // Any host and port of this one transfer leads to the real host; its port stays.
            connectTo = "::\(request.url.host):"
            address.host = name.lowercased()
        } else {
            connectTo = nil
        }
        url = address.description
        let own = request.profile.proxy
        proxy = try own ?? (request.profile.ignoresEnvironmentProxy ? nil : proxies.proxy(for: request.url))
        headerLines = Self.lines(of: request, naming: connectTo != nil)
    }

    private static func fault(_ subject: String, _ reason: String) -> HTTPError {
        HTTPError(.invalidRequest, "\(subject) cannot be sent: \(reason); correct the request")
    }

    /// `GET https://host/path`: a query may hold secrets.
    static func subject(of request: HTTPRequest) -> String {
        var url = request.url
        url.query = nil
        return "\(request.method.rawValue) \(url)"
    }

    private static func upload(for request: HTTPRequest) -> UploadFlow? {
        switch request.body {
        case .bytes(let bytes) where !bytes.isEmpty: UploadFlow(bytes: bytes)
        case .stream(let length, _): UploadFlow(length: length)
        default: [.post, .put, .patch].contains(request.method) ? UploadFlow(bytes: []) : nil
        }
    }

    /// The host header is ours only when libcurl would take another name from the URL.
    private static func lines(of request: HTTPRequest, naming namesHost: Bool) -> [String] {
        var lines = request.headers.fields
            .filter { !$0.name.isSameToken(as: "Content-Length") }
            .map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        if namesHost, request.headers["Host"] == nil { lines.append("Host: \(request.url.authority)") }
        // Without this libcurl waits up to a second for permission to send a large body.
        if request.headers["Expect"] == nil { lines.append("Expect:") }
        return lines
    }
}
