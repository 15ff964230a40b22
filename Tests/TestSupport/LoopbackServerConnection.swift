import HTTPExchange
import Synchronization

/// One connection of a `LoopbackServer`: reads requests and sends what the script says, until either side ends it.
final class LoopbackConnection {
    private let socket: StreamSocket
    private let number: Int
    private let core: LoopbackServerCore
    private var buffer: [UInt8] = []
    private var start = 0

    init(socket: StreamSocket, number: Int, core: LoopbackServerCore) {
        self.socket = socket
        self.number = number
        self.core = core
    }

    func run() {
        while let head = readHead() {
            if let reply = core.early(head) {
                record(head)
                if send(reply, to: head) { socket.finish() }
                return
            }
            guard let body = readBody(of: head) else { return }
            var request = head
            request.body = body
            record(request)
            guard send(core.handler(request), to: request), request.headers["Connection"]?.lowercased() != "close"
            else { return }
        }
    }

    private func record(_ request: ReceivedRequest) {
        core.state.withLock { $0.requests.append(request) }
    }
}

// MARK: - Reading

extension LoopbackConnection {
    private func readHead() -> ReceivedRequest? {
        guard let requestLine = readLine() else { return nil }
        let parts = requestLine.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        var headers = HTTPHeaders()
        while let line = readLine() {
            if line.isEmpty {
                return ReceivedRequest(
                    method: String(parts[0]),
                    target: String(parts[1]),
                    headers: headers,
                    body: [],
                    connection: number
                )
            }
            let name = line.prefix { $0 != ":" }
            headers.append(String(name), String(line.dropFirst(name.count + 1).drop { $0 == " " }))
        }
        return nil
    }

    private func readBody(of head: ReceivedRequest) -> [UInt8]? {
        if head.headers["Transfer-Encoding"]?.lowercased() == "chunked" { return readChunks(head) }
        guard let length = head.headers["Content-Length"].flatMap({ Int($0) }), length > 0 else { return [] }
        sendContinueIfAsked(head)
        return read(count: length)
    }

    private func readChunks(_ head: ReceivedRequest) -> [UInt8]? {
        sendContinueIfAsked(head)
        var body: [UInt8] = []
        while let line = readLine(), let size = Int(line.prefix { $0 != ";" }, radix: 16) {
            guard size > 0 else { return readLine().map { _ in body } }
            guard let chunk = read(count: size), readLine() != nil else { return nil }
            body += chunk
        }
        return nil
    }

    private func sendContinueIfAsked(_ head: ReceivedRequest) {
        guard head.headers["Expect"]?.lowercased() == "100-continue" else { return }
        _ = socket.write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }

    /// The next line without its CRLF; nil at the end of the connection.
    private func readLine() -> String? {
        while true {
            if let end = buffer[start...].firstIndex(of: 0x0A) {
                let line = buffer[start..<end]
                start = end + 1
                return String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
            }
            guard fill() else { return nil }
        }
    }

    private func read(count: Int) -> [UInt8]? {
        while buffer.count - start < count {
            guard fill() else { return nil }
        }
        defer { start += count }
        return Array(buffer[start..<start + count])
    }

    private func fill() -> Bool {
        guard let bytes = socket.read(), !bytes.isEmpty else { return false }
        buffer.removeFirst(start)
        start = 0
        buffer += bytes
        return true
    }
}

// MARK: - Replying

extension LoopbackConnection {
    /// Whether the connection may carry another request.
    private func send(_ reply: ScriptedReply, to request: ReceivedRequest) -> Bool {
        if reply.delay > .zero, !socket.pause(reply.delay) { return false }
        for head in reply.interim {
            guard socket.write(Self.head(head.status, head.headers)) else { return false }
        }
        let carriesBody = request.method != "HEAD" && reply.status != 204 && reply.status != 304
        return deliver(reply, body: carriesBody ? reply.body : [])
    }

    private func deliver(_ reply: ScriptedReply, body: [UInt8]) -> Bool {
        switch reply.delivery {
        case .complete:
            return sendHead(reply, length: reply.body.count) && socket.write(body)
        case .chunked(let size):
            return sendHead(reply, length: nil) && sendChunks(body, size: size)
        case .trickling(let size, let interval):
            return sendHead(reply, length: reply.body.count) && trickle(body, size: size, every: interval)
        case .declaring(let length):
            _ = sendHead(reply, length: length) && socket.write(body)
            return false
        case .closing(let count):
            _ = sendHead(reply, length: reply.body.count) && socket.write(Array(body.prefix(count)))
            return false
        case .resetting(let count):
            if sendHead(reply, length: reply.body.count) && socket.write(Array(body.prefix(count))) { socket.reset() }
            return false
        case .hanging(let count):
            if sendHead(reply, length: reply.body.count) && socket.write(Array(body.prefix(count))) {
                socket.waitForEnd()
            }
            return false
        default:
            deliverWithoutFraming(reply, body: body)
            return false
        }
    }

    private func deliverWithoutFraming(_ reply: ScriptedReply, body: [UInt8]) {
        switch reply.delivery {
        case .untilClose:
            _ = socket.write(Self.head(reply.status, reply.headers)) && socket.write(body)
        case .raw(let bytes):
            _ = socket.write(bytes)
        case .silent:
            socket.waitForEnd()
        case .resettingAtOnce:
            socket.reset()
        default:
            break
        }
    }

    private func sendHead(_ reply: ScriptedReply, length: Int?) -> Bool {
        var headers = reply.headers
        if headers["Content-Length"] == nil, headers["Transfer-Encoding"] == nil, reply.status != 204 {
            if let length {
                headers["Content-Length"] = String(length)
            } else {
                headers["Transfer-Encoding"] = "chunked"
            }
        }
        return socket.write(Self.head(reply.status, headers))
    }

    private func sendChunks(_ body: [UInt8], size: Int) -> Bool {
        for piece in Self.pieces(of: body, size: size) {
            guard socket.write(Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [0x0D, 0x0A]) else {
                return false
            }
        }
        return socket.write(Array("0\r\n\r\n".utf8))
    }

    private func trickle(_ body: [UInt8], size: Int, every interval: Duration) -> Bool {
        for piece in Self.pieces(of: body, size: size) {
            guard socket.write(Array(piece)), socket.pause(interval) else { return false }
        }
        return true
    }

    private static func pieces(of body: [UInt8], size: Int) -> [ArraySlice<UInt8>] {
        stride(from: 0, to: body.count, by: max(size, 1)).map { body[$0..<min($0 + max(size, 1), body.count)] }
    }

    private static func head(_ status: Int, _ headers: HTTPHeaders) -> [UInt8] {
        let fields = headers.fields.map { "\($0.name): \($0.value)\r\n" }.joined()
        return Array("HTTP/1.1 \(status) Scripted\r\n\(fields)\r\n".utf8)
    }
}
