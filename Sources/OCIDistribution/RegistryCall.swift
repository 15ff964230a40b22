import HTTPExchange

/// One request to a registry, before it has an address and a signature.
struct RegistryCall: Sendable {
    /// Where to: below the registry's API, or at an address that the registry gave.
    enum Target: Sendable {
        case path(String)
        case url(HTTPURL)
    }

    var method: HTTPMethod
    var target: Target
    var headers: HTTPHeaders
    var body: HTTPRequestBody
    /// The statuses that the operation understands; all others become errors.
    var accepted: Set<Int>

    init(_ method: HTTPMethod, _ path: String, headers: HTTPHeaders = [:], accepting accepted: Set<Int>) {
        self.init(method, .path(path), headers: headers, accepting: accepted)
    }

    init(_ method: HTTPMethod, _ target: Target, headers: HTTPHeaders = [:], accepting accepted: Set<Int>) {
        self.method = method
        self.target = target
        self.headers = headers
        body = .none
        self.accepted = accepted
    }

    func carrying(_ body: HTTPRequestBody) -> RegistryCall {
        var call = self
        call.body = body
        return call
    }
}

/// A response with its whole body, and the address that answered.
struct BufferedResponse: Sendable {
    let head: HTTPResponseHead
    let body: [UInt8]
    let url: HTTPURL
}
