internal import CoreModel

/// One line of git's wire format (gitprotocol-common, "pkt-line Format").
enum PacketLine: Hashable, Sendable {
    case data([UInt8])
    /// `0000`: the end of a message.
    case flush
    /// `0001`: the end of a section.
    case delimiter
    /// `0002`: the end of a response.
    case responseEnd

    /// The most bytes of one line, its four digits included.
    static let limit = 65_520

    /// The bytes that travel for a text, which ends in a line feed.
    static func encode(_ text: String) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        let count = text.utf8.count + 5
        let length = [12, 8, 4, 0].map { digits[count >> $0 & 15] }
        return length + text.utf8 + [0x0A]
    }

    static let flushBytes = Array("0000".utf8)
    static let delimiterBytes = Array("0001".utf8)

    /// The text of a data line without its line feed; nil for what is no text.
    var text: String? {
        guard case .data(let bytes) = self else { return nil }
        return String(validating: bytes.last == 0x0A ? bytes.dropLast() : bytes[...], as: UTF8.self)
    }
}

/// Takes bytes as they come and gives the lines they hold.
struct PacketLineParser: Sendable {
    private var bytes: [UInt8] = []
    private var position = 0

    /// What was taken and is no whole line yet.
    var pending: Int { bytes.count - position }

    mutating func append(_ piece: [UInt8]) {
        if position > 0 {
            bytes.removeFirst(position)
            position = 0
        }
        bytes += piece
    }

    /// The next line; nil when its bytes are not all there yet.
    /// - Throws: `GitError.protocolBroken`.
    mutating func next() throws -> PacketLine? {
        guard pending >= 4 else { return nil }
        let length = try Self.length(bytes[position..<position + 4])
        switch length {
        case 0...2:
            position += 4
            return [.flush, .delimiter, .responseEnd][length]
        case 4...PacketLine.limit:
            guard pending >= length else { return nil }
            let line = Array(bytes[position + 4..<position + length])
            position += length
            return .data(line)
        default: throw Self.broken
        }
    }

    private static func length(_ digits: ArraySlice<UInt8>) throws -> Int {
        try digits.reduce(0) { length, digit in
            guard let value = Hex.value(digit) else { throw broken }
            return length << 4 | Int(value)
        }
    }

    private static var broken: GitError {
        GitError(.protocolBroken, "The answer is not in git's protocol; check that the URL is that of a git repository")
    }
}
