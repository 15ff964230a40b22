/// Reads CBOR strictly: one item and nothing after it, every head in its shortest form, no indefinite lengths, valid
/// UTF-8, no label twice, and bounds on depth and on the number of items. What it does not need, it refuses.
///
/// The order of a map's entries is free: COSE signs the bytes as they were sent (RFC 9052 section 4.4).
struct CBORReader {
    /// Levels of nested items; envelopes have six.
    static let depthLimit = 16
    /// Items in the whole input; envelopes have some dozens.
    static let itemLimit = 4096

    private let input: [UInt8]
    private var position = 0
    private var items = 0

    private init(_ input: [UInt8]) { self.input = input }

    /// - Throws: a problem that ends a sentence about the input.
    static func read(_ bytes: [UInt8]) throws(NotationProblem) -> CBORValue {
        var reader = CBORReader(bytes)
        let value = try reader.item(depth: 0)
        guard reader.position == bytes.count else {
            throw NotationProblem("has \(bytes.count - reader.position) bytes after its end")
        }
        return value
    }

    private mutating func item(depth: Int) throws(NotationProblem) -> CBORValue {
        items += 1
        guard depth < Self.depthLimit, items <= Self.itemLimit else {
            throw NotationProblem("is nested or filled beyond what an envelope needs")
        }
        let first = try byte()
        let (major, additional) = (first >> 5, first & 0x1F)
        if major == 7 { return try simple(additional) }
        let argument = try argument(additional)
        switch major {
        case 0, 1:
            guard let value = Int64(exactly: argument) else {
                throw NotationProblem("holds an integer beyond 63 bits")
            }
            return .integer(major == 0 ? value : -1 - value)
        case 2: return .bytes(Array(try take(argument)))
        case 3: return .text(try text(argument))
        case 4: return .array(try array(argument, depth))
        case 5: return .map(try map(argument, depth))
        default: return .tagged(argument, try item(depth: depth + 1))
        }
    }

    private mutating func array(_ count: UInt64, _ depth: Int) throws(NotationProblem) -> [CBORValue] {
        try checkCount(count, bytesEach: 1)
        var elements: [CBORValue] = []
        for _ in 0..<count { elements.append(try item(depth: depth + 1)) }
        return elements
    }

    private mutating func map(_ count: UInt64, _ depth: Int) throws(NotationProblem) -> CBORMap {
        try checkCount(count, bytesEach: 2)
        var entries = CBORMap()
        for _ in 0..<count {
            let label: CBORLabel
            switch try item(depth: depth + 1) {
            case .integer(let value): label = .integer(value)
            case .text(let value): label = .text(value)
            default: throw NotationProblem("has a map whose keys are neither integers nor text")
            }
            guard entries.add(label, try item(depth: depth + 1)) else {
                throw NotationProblem("has the key \(label) twice in one map")
            }
        }
        return entries
    }

    private mutating func text(_ count: UInt64) throws(NotationProblem) -> String {
        guard let text = String(validating: try take(count), as: UTF8.self) else {
            throw NotationProblem("holds text that is not UTF-8")
        }
        return text
    }

    private mutating func simple(_ additional: UInt8) throws(NotationProblem) -> CBORValue {
        switch additional {
        case 20: return .bool(false)
        case 21: return .bool(true)
        case 22: return .null
        case 25: return .float(Double(Float16(bitPattern: UInt16(truncatingIfNeeded: try number(bytes: 2)))))
        case 26: return .float(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try number(bytes: 4)))))
        case 27: return .float(Double(bitPattern: try number(bytes: 8)))
        default: throw NotationProblem("holds a simple value or a break that has no place in an envelope")
        }
    }

    /// The number in a head, in its shortest form.
    private mutating func argument(_ additional: UInt8) throws(NotationProblem) -> UInt64 {
        switch additional {
        case 0..<24: return UInt64(additional)
        case 24...27:
            let width = 1 << Int(additional - 24)
            let value = try number(bytes: width)
            let least: UInt64 = width == 1 ? 24 : 1 << UInt64(width * 4)
            guard value >= least else { throw NotationProblem("writes a number longer than it needs to be") }
            return value
        case 31: throw NotationProblem("uses an indefinite length")
        default: throw NotationProblem("has a malformed head")
        }
    }

    private mutating func number(bytes count: Int) throws(NotationProblem) -> UInt64 {
        try take(UInt64(count)).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func byte() throws(NotationProblem) -> UInt8 {
        guard position < input.count else { throw NotationProblem("is cut off") }
        defer { position += 1 }
        return input[position]
    }

    private mutating func take(_ count: UInt64) throws(NotationProblem) -> ArraySlice<UInt8> {
        guard count <= UInt64(input.count - position) else { throw NotationProblem("is cut off") }
        let end = position + Int(count)
        defer { position = end }
        return input[position..<end]
    }

    /// Refuses a count that the rest of the input cannot hold, before anything is read for it.
    private func checkCount(_ count: UInt64, bytesEach: UInt64) throws(NotationProblem) {
        guard count <= UInt64(input.count - position) / bytesEach else { throw NotationProblem("is cut off") }
    }
}
