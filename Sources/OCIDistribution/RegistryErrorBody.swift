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
        _ answer: RefusedAnswer,
        secrets: [String] = []
    ) -> RegistryError {
        let head = answer.head
        let reasons = ErrorBody(parsing: answer.body)
        var response = Response(status: head.status, code: reasons.code)
        response.retryAfter = RetryAfter.of(head, now: answer.time)
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
}

/// A response that is not what an operation needs.
struct RefusedAnswer {
    let head: HTTPResponseHead
    let body: [UInt8]
    /// When it came: what a `Retry-After` with a date is measured against.
    let time: Timestamp
}

/// The registry's own account of a failure: `{"errors":[{"code","message","detail"}]}` (distribution spec, "Error
/// codes"), or one of the forms that token services and the object stores behind registries use.
struct ErrorBody {
    var code: String?
    var text = ""

    /// Bytes of an error response that are read.
    static let limit = 64 << 10

    init(parsing bytes: [UInt8]) {
        guard let tree = try? JSONReader.parse(bytes, limits: DocumentLimits(depth: 32)) else {
            text = Self.xml(bytes)
            return
        }
        if let errors = tree["errors"]?.list {
            code = errors.first?["code"]?.string.map { Self.clean($0, limit: 60) }
            text = errors.prefix(3).map(Self.sentence).filter { !$0.isEmpty }.joined(separator: "; ")
        } else {
            // Google nests what others say at the top.
            let said = tree["error"]?.map == nil ? tree : tree["error"] ?? tree
            let names = ["details", "message", "error_description", "error"]
            text = Self.clean(names.lazy.compactMap { said[$0]?.string }.first ?? "", limit: 300)
        }
    }

    private static func sentence(_ error: Tree) -> String {
        let code = clean(error["code"]?.string ?? "", limit: 60)
        // Some say nothing but a code and put the reason into the detail.
        let message = error["message"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? error["detail"]?.string ?? ""
        return [code, clean(message, limit: 300)].filter { !$0.isEmpty }.joined(separator: ": ")
    }

    /// `<Error><Code>AccessDenied</Code><Message>…`, as object stores say it; empty for any other text.
    private static func xml(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes.prefix(4096), as: UTF8.self)
        guard text.contains("<Error>") else { return "" }
        let parts = ["Code", "Message"].compactMap { name -> String? in
            let pieces = text.split(separator: "<\(name)>", maxSplits: 1)
            return pieces.count == 2 ? clean(String(pieces[1].prefix { $0 != "<" }), limit: 200) : nil
        }
        return parts.filter { !$0.isEmpty }.joined(separator: ": ")
    }

    static func clean(_ text: String, limit: Int) -> String {
        let scalars = text.unicodeScalars.lazy.map { $0.properties.generalCategory == .control ? " " : $0 }
        var clean = ""
        clean.unicodeScalars.append(contentsOf: scalars.prefix(limit))
        return clean
    }
}
