internal import ManifestTree

/// One data item of CBOR (RFC 8949), as far as COSE envelopes need it.
enum CBORValue: Hashable, Sendable {
    case integer(Int64)
    case bytes([UInt8])
    case text(String)
    case array([CBORValue])
    case map(CBORMap)
    indirect case tagged(UInt64, CBORValue)
    case bool(Bool)
    case null
    case float(Double)

    /// The text, or nil for any other item.
    var text: String? {
        if case .text(let value) = self { value } else { nil }
    }

    /// The byte string, or nil for any other item.
    var bytes: [UInt8]? {
        if case .bytes(let value) = self { value } else { nil }
    }

    /// The elements, or nil for any other item.
    var array: [CBORValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The entries, or nil for any other item.
    var map: CBORMap? {
        if case .map(let value) = self { value } else { nil }
    }
}

/// The key of an entry: COSE uses integers and text only (RFC 9052 section 1.5).
enum CBORLabel: Hashable, Sendable, CustomStringConvertible {
    case integer(Int64)
    case text(String)

    var description: String {
        switch self {
        case .integer(let value): String(value)
        case .text(let value): value.quotedForMessage
        }
    }
}

/// The entries of a map in the order they were written, none twice.
struct CBORMap: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    private(set) var labels: [CBORLabel] = []
    private var values: [CBORLabel: CBORValue] = [:]

    init() {}

    init(dictionaryLiteral elements: (CBORLabel, CBORValue)...) {
        for (label, value) in elements { add(label, value) }
    }

    /// False when the label was there, which keeps its value.
    @discardableResult
    mutating func add(_ label: CBORLabel, _ value: CBORValue) -> Bool {
        guard values[label] == nil else { return false }
        labels.append(label)
        values[label] = value
        return true
    }

    subscript(label: CBORLabel) -> CBORValue? { values[label] }
    subscript(name: String) -> CBORValue? { values[.text(name)] }
    subscript(number: Int64) -> CBORValue? { values[.integer(number)] }
}
