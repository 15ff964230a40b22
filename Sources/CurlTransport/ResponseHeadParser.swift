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
        let text = String(decoding: Self.trimmingLineEnd(line), as: UTF8.self)
        if text.isEmpty { return complete() }
        if status == nil || text.hasPrefix("HTTP/") {
            begin(text)
        } else if text.hasPrefix(" ") || text.hasPrefix("\t") {
            unfold(text)
        } else {
            add(text)
        }
        return nil
    }

    private mutating func begin(_ line: String) {
        status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        headers = HTTPHeaders()
        field = nil
    }

    private mutating func add(_ line: String) {
        flush()
        let name = line.prefix { $0 != ":" }
        guard name.count < line.count, !name.isEmpty else { return }
        field = (Self.trimmed(name), Self.trimmed(line.dropFirst(name.count + 1)))
    }

    /// A line that begins with white space goes on with the field above (RFC 9112 section 5.2).
    private mutating func unfold(_ line: String) {
        field?.value += " " + Self.trimmed(line[...])
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

    private static func trimmingLineEnd(_ line: some Collection<UInt8>) -> [UInt8] {
        var bytes = Array(line)
        if bytes.last == 0x0A { bytes.removeLast() }
        if bytes.last == 0x0D { bytes.removeLast() }
        return bytes
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop { $0 == " " || $0 == "\t" }
        let end = start.lastIndex { $0 != " " && $0 != "\t" }
        return end.map { String(start[...$0]) } ?? ""
    }
}
