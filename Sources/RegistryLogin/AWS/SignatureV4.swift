import CoreModel
import HTTPExchange
import SignatureCrypto

/// Signs a request with AWS Signature Version 4 in its `Authorization` header.
struct SignatureV4: Sendable {
    let keys: AWSKeys
    let region: String
    let service: String

    /// Adds date, session token and signature. Every header that the request has by then is signed.
    /// - Throws: `CryptoError.engine` when OpenSSL fails.
    func sign(_ request: HTTPRequest, body: [UInt8], at time: Timestamp) throws -> HTTPRequest {
        var request = request
        request.headers["X-Amz-Date"] = Self.compact(time)
        request.headers["X-Amz-Security-Token"] = keys.sessionToken?.secret
        let names = Self.signedHeaders(request).map(\.name).joined(separator: ";")
        let signature = try signature(of: canonical(request, body), at: time)
        request.headers["Authorization"] =
            "AWS4-HMAC-SHA256 Credential=\(keys.accessKey)/\(scope(time)), SignedHeaders=\(names), "
            + "Signature=\(signature)"
        return request
    }

    /// The request in the one form that both sides compute.
    func canonical(_ request: HTTPRequest, _ body: [UInt8]) throws -> String {
        let headers = Self.signedHeaders(request)
        return [
            request.method.rawValue,
            Self.canonicalPath(request.url.path),
            Self.canonicalQuery(request.url.query ?? ""),
            headers.map { "\($0.name):\($0.value)\n" }.joined(),
            headers.map(\.name).joined(separator: ";"),
            try Digest.of(body).hex,
        ].joined(separator: "\n")
    }

    private func signature(of canonical: String, at time: Timestamp) throws -> String {
        let digest = try Digest.of(Array(canonical.utf8)).hex
        let text = "AWS4-HMAC-SHA256\n\(Self.compact(time))\n\(scope(time))\n\(digest)"
        var key = Array("AWS4\(keys.secretKey.secret)".utf8)
        for part in [Self.day(time), region, service, "aws4_request"] {
            key = try MessageAuthentication.sha256(Array(part.utf8), key: key)
        }
        return Hex.encode(try MessageAuthentication.sha256(Array(text.utf8), key: key))
    }

    private func scope(_ time: Timestamp) -> String { "\(Self.day(time))/\(region)/\(service)/aws4_request" }

    /// `20150830T123600Z`
    static func compact(_ time: Timestamp) -> String { time.description.filter { $0 != "-" && $0 != ":" } }

    private static func day(_ time: Timestamp) -> String { String(compact(time).prefix(8)) }

    /// Lower-case names in order, with their values' outer and repeated spaces removed, and `host`.
    private static func signedHeaders(_ request: HTTPRequest) -> [(name: String, value: String)] {
        var values: [String: [String]] = [:]
        if request.headers["Host"] == nil { values["host"] = [request.url.authority] }
        for field in request.headers.fields where !field.name.isSameToken(as: "Authorization") {
            let words = field.value.split { $0 == " " || $0 == "\t" }
            values[field.name.lowercased(), default: []].append(words.joined(separator: " "))
        }
        return values.map { ($0.key, $0.value.joined(separator: ",")) }.sorted { $0.0 < $1.0 }
    }

    /// Every component is encoded once more, but for S3.
    private static func canonicalPath(_ path: String) -> String {
        var components: [Substring] = []
        for component in path.split(separator: "/") where component != "." {
            if component == ".." { _ = components.popLast() } else { components.append(component) }
        }
        let joined = components.map { "/" + HTTPURL.percentEncode(String($0)) }.joined()
        return joined.isEmpty ? "/" : path.hasSuffix("/") ? joined + "/" : joined
    }

    /// The parameters, as they travel, in the order of their names and values.
    private static func canonicalQuery(_ query: String) -> String {
        let pairs = query.split(separator: "&").map { item -> (String, String) in
            let name = item.prefix { $0 != "=" }
            return (String(name), String(item.dropFirst(name.count + 1)))
        }
        return pairs.sorted { $0 < $1 }.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }
}
