import CoreModel
import HTTPExchange
import ManifestTree

extension RegistryError {
    /// Makes an error of a response that was not what the operation needs.
    ///
    /// The registry's own words are shortened, and freed of control characters and of `secrets`.
    static func refusal(
        _ registry: String,
        _ subject: String,
        _ head: HTTPResponseHead,
        body: [UInt8],
        secrets: [String] = []
    ) -> RegistryError {
        let reasons = ErrorBody(parsing: body)
        var response = Response(status: head.status, code: reasons.code)
        response.retryAfter = retryAfter(head)
        let code = code(for: head.status)
        var said = reasons.text
        if secrets.contains(where: { !$0.isEmpty && said.contains($0) }) { said = "" }
        let detail = said.isEmpty ? "HTTP \(head.status)" : said
        let message =
            switch code {
            case .unauthorized, .denied:
                "Registry \(registry) refused \(subject): \(detail); check the credentials (secretRef or docker login)"
            case .notFound: "Registry \(registry) does not have \(subject): \(detail)"
            case .rateLimited: "Registry \(registry) has had too many requests for \(subject): \(detail)"
            case .unavailable: "Registry \(registry) failed on \(subject): \(detail)"
            case .rejected where head.status == 407:
                "The proxy before registry \(registry) refused \(subject): \(detail); check the proxy's credentials"
            default: "Registry \(registry) did not accept the request for \(subject): \(detail)"
            }
        return RegistryError(code, message, response: response)
    }

    private static func code(for status: Int) -> Code {
        switch status {
        case 401: .unauthorized
        case 403: .denied
        case 404: .notFound
        case 408: .timeout
        case 429: .rateLimited
        case 500...599: .unavailable
        default: .rejected
        }
    }

    /// `Retry-After` in seconds; the form with a date is left to our own back-off.
    private static func retryAfter(_ head: HTTPResponseHead) -> Duration? {
        head.headers["Retry-After"].flatMap { Int64($0) }.flatMap { $0 >= 0 ? .seconds(min($0, 86_400)) : nil }
    }
}

/// The registry's own account of a failure: `{"errors":[{"code","message","detail"}]}` (distribution spec, "Error
/// codes"), or the one-line forms that token services use.
struct ErrorBody {
    var code: String?
    var text = ""

    /// Bytes of an error response that are read.
    static let limit = 64 << 10

    init(parsing bytes: [UInt8]) {
        guard let tree = try? JSONReader.parse(bytes, limits: DocumentLimits(depth: 32)) else { return }
        if let errors = tree["errors"]?.list {
            code = errors.first?["code"]?.string.map { Self.clean($0, limit: 60) }
            text = errors.prefix(3).map(Self.sentence).filter { !$0.isEmpty }.joined(separator: "; ")
        } else {
            let said = ["details", "message", "error_description", "error"].lazy.compactMap { tree[$0]?.string }.first
            text = Self.clean(said ?? "", limit: 300)
        }
    }

    private static func sentence(_ error: Tree) -> String {
        let code = clean(error["code"]?.string ?? "", limit: 60)
        let message = clean(error["message"]?.string ?? "", limit: 300)
        return [code, message].filter { !$0.isEmpty }.joined(separator: ": ")
    }

    private static func clean(_ text: String, limit: Int) -> String {
        let scalars = text.unicodeScalars.lazy.map { $0.properties.generalCategory == .control ? " " : $0 }
        var clean = ""
        clean.unicodeScalars.append(contentsOf: scalars.prefix(limit))
        return clean
    }
}
