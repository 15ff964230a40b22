import HTTPExchange

/// Puts a response head together from the lines that libcurl hands out, one at a time.
///
/// Interim heads (1xx, RFC 9110 section 15.2) are dropped; what comes after the final head (trailers) is ignored.
struct ResponseHeadParser {
    private var status: Int?
    private var headers = HTTPHeaders()
    /// The field that the next line may still go on with.
    private var field: (name: String, value: String)?
    private var isDone = false

    /// Takes a line with or without its line end; returns the final head when this line completed it.
    mutating func take(_ line: some Collection<UInt8>) -> HTTPResponseHead? {
        guard !isDone else { return nil }
        let line = Self.trimmingLineEnd(line)
        guard let first = line.first else { return complete() }
        if status == nil || line.starts(with: "HTTP/".utf8) {
            begin(line)
        } else if Self.isBlank(first) {
            unfold(line)
        } else {
            add(line)
        }
        return nil
    }

    private mutating func begin(_ line: ArraySlice<UInt8>) {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
        status = words.dropFirst().first.flatMap { Int(String(decoding: $0, as: UTF8.self)) }
        headers = HTTPHeaders()
        field = nil
    }

    private mutating func add(_ line: ArraySlice<UInt8>) {
        flush()
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { return }
        field = (Self.trimmed(line[..<colon]), Self.trimmed(line[(colon + 1)...]))
    }

    /// A line that begins with white space goes on with the field above (RFC 9112 section 5.2).
    private mutating func unfold(_ line: ArraySlice<UInt8>) {
        field?.value += " " + Self.trimmed(line)
    }

    private mutating func flush() {
        if let field { headers.append(field.name, field.value) }
        field = nil
    }

    private mutating func complete() -> HTTPResponseHead? {
        flush()
        guard let status, !(100...199).contains(status) else {
            status = nil
            return nil
        }
        isDone = true
        return HTTPResponseHead(status: status, headers: headers)
    }

    private static func trimmingLineEnd(_ line: some Collection<UInt8>) -> ArraySlice<UInt8> {
        var bytes = Array(line)[...]
        if bytes.last == 0x0A { bytes.removeLast() }
        if bytes.last == 0x0D { bytes.removeLast() }
        return bytes
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        let start = bytes.drop(while: isBlank)
        let end = start.lastIndex { !isBlank($0) }
        return end.map { String(decoding: start[...$0], as: UTF8.self) } ?? ""
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
