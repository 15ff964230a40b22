import CoreModel
import HTTPExchange
import KubeModel
import ManifestTree

extension KubeError {
    /// Reads the refusal in an answer that came `now`: a `Status` where there is one, otherwise the HTTP status.
    init(_ head: HTTPResponseHead, body: [UInt8], now: Timestamp, doing action: String) {
        let tree = try? JSONReader.parse(body, source: "the API server's answer", text: .lenient)
        self.init(status: tree?["kind"]?.string == "Status" ? tree : nil, code: head.status, doing: action)
        retryAfter = RetryAfter.of(head, now: now) ?? retryAfter
    }

    /// Reads a `Status` object; `code` is the HTTP status for those that name none.
    init(status: Tree?, code given: Int, doing action: String) {
        let number = status?["code"]?.integer.map { Int($0) } ?? given
        let reason = status?["reason"]?.string ?? ""
        let text = status?["message"]?.string ?? ""
        let message = text.isEmpty ? "The API server answered \(action) with status \(number)" : text
        self.init(Self.code(of: number, reason), message)
        statusCode = number
        self.reason = reason
        details = (status?["details"]?["causes"]?.list ?? []).map { cause in
            Detail(
                field: cause["field"]?.string ?? "",
                reason: cause["reason"]?.string ?? "",
                message: cause["message"]?.string ?? ""
            )
        }
        if let seconds = status?["details"]?["retryAfterSeconds"]?.integer, seconds > 0 {
            retryAfter = .seconds(seconds)
        }
    }

    private static func code(of status: Int, _ reason: String) -> Code {
        switch status {
        case 401: .unauthorized
        case 403: .forbidden
        case 404: .notFound
        case 409: reason == "AlreadyExists" ? .alreadyExists : .conflict
        case 410: .expired
        case 422: .invalid
        case 429: .tooManyRequests
        case 504: .timeout
        case 500...: .unavailable
        default: .rejected
        }
    }
}
