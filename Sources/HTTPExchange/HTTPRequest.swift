import CoreModel

/// A request method.
package enum HTTPMethod: String, Hashable, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
}

/// One request: what to send and within which bounds. A value; it sends nothing by itself.
package struct HTTPRequest: Sendable {
    package var method: HTTPMethod
    package var url: HTTPURL
    package var headers: HTTPHeaders
    package var body: HTTPRequestBody
    /// How to connect; requests with equal profiles share connections.
    package var profile: ConnectionProfile
    /// Bounds the whole exchange, from the first attempt to connect to the last byte of the body; nil for no bound.
    package var timeout: Duration?
    /// The longest silence of the other side while a response is awaited or under way; nil for no bound. Time during
    /// which the reader of the body is slow does not count.
    package var idleTimeout: Duration?

    package init(
        _ method: HTTPMethod,
        _ url: HTTPURL,
        headers: HTTPHeaders = [:],
        body: HTTPRequestBody = .none,
        profile: ConnectionProfile = .standard
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.profile = profile
        timeout = nil
        idleTimeout = .seconds(60)
    }
}

/// What a request carries.
package enum HTTPRequestBody: Sendable {
    case none
    case bytes([UInt8])
    /// A body that is read while it is sent. `open` is called once for each attempt and returns a function that yields
    /// the next piece, or nil at the end; `length` is exact.
    case stream(length: Int64, open: @Sendable () async throws -> @Sendable () async throws -> [UInt8]?)
}

/// The first part of a response.
package struct HTTPResponseHead: Sendable {
    package let status: Int
    package let headers: HTTPHeaders

    package init(status: Int, headers: HTTPHeaders) {
        self.status = status
        self.headers = headers
    }

    /// The status is 200 to 299.
    package var isSuccess: Bool { (200...299).contains(status) }

    /// `Content-Length`, where it is there and a number.
    package var contentLength: Int64? { headers["Content-Length"].flatMap { Int64($0) } }
}

/// The body of a response, to be read once and only inside the closure that was given it.
///
/// Reading slowly holds the sender back; the pieces are as they came, never decoded.
package struct HTTPResponseBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    private let read: @Sendable () async throws -> [UInt8]?

    package init(next: @escaping @Sendable () async throws -> [UInt8]?) {
        read = next
    }

    /// A body that is already in memory.
    package init(bytes: [UInt8]) {
        let once = Once(bytes)
        read = { once.take() }
    }

    /// The next piece, never empty; nil at the end.
    package func next() async throws -> [UInt8]? { try await read() }

    /// The whole body, or the error `tooLarge` once it is longer than `limit` bytes.
    package func collect(upTo limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try await read() {
            guard bytes.count + piece.count <= limit else {
                throw HTTPError(.tooLarge, "The response is longer than the \(ByteCount(Int64(limit))) that are read")
            }
            bytes += piece
        }
        return bytes
    }

    package struct Iterator: AsyncIteratorProtocol {
        let read: @Sendable () async throws -> [UInt8]?
        package mutating func next() async throws -> [UInt8]? { try await read() }
    }

    package func makeAsyncIterator() -> Iterator { Iterator(read: read) }
}
