import Glibc
import SafeFiles

/// Sends bytes to a loopback port and reads what comes back, so that tests see the protocol itself.
final class RawClient: Sendable {
    private let socketNumber: Int32

    init(port: Int) throws {
        socketNumber = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let failure = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socketNumber, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard failure == 0 else { throw ConnectFailure(number: errno) }
    }

    deinit { close(socketNumber) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        unsafe bytes.withUnsafeBytes { _ = unsafe Glibc.send(socketNumber, $0.baseAddress, $0.count, 0) }
    }

    /// Some bytes; empty at the end.
    func receive(upTo count: Int = 1 << 16) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, unsafe recv(socketNumber, buffer.baseAddress, count, 0))
        }
    }

    /// A client that has sent a request and has got some bytes back.
    static func asking(_ line: String, port: Int) async throws -> RawClient {
        try await BlockingPool(threads: 1).run {
            let client = try RawClient(port: port)
            client.send("\(line) HTTP/1.1\r\nHost: test\r\n\r\n")
            guard !client.receive(upTo: 100).isEmpty else { throw ConnectFailure(number: 0) }
            return client
        }
    }

    struct ConnectFailure: Error { let number: Int32 }
}

/// A response as it came.
struct RawResponse: Sendable {
    let status: Int
    let headers: [String: String]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    /// Sends one request on a connection of its own and reads until the server closes it.
    ///
    /// Blocks a thread that is no one else's: on the cooperative pool it would starve the server.
    static func to(_ line: String, headers: [String] = [], port: Int) async throws -> RawResponse {
        try await pool.run { try exchange(line, headers, port) }
    }

    private static let pool = BlockingPool(threads: 8)

    private static func exchange(_ line: String, _ headers: [String], _ port: Int) throws -> RawResponse {
        let client = try RawClient(port: port)
        let fields = (headers + ["Host: test", "Connection: close"]).map { $0 + "\r\n" }.joined()
        client.send("\(line) HTTP/1.1\r\n\(fields)\r\n")
        var bytes: [UInt8] = []
        while true {
            let piece = client.receive()
            if piece.isEmpty { break }
            bytes += piece
        }
        return RawResponse(bytes)
    }

    private init(_ bytes: [UInt8]) {
        let end = bytes.indices.first { bytes[$0...].starts(with: Array("\r\n\r\n".utf8)) } ?? bytes.endIndex
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        status = lines.first.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        self.headers = headers
        body = Array(bytes[min(end + 4, bytes.endIndex)...])
    }
}
