/// One form of a GeneralName (RFC 5280 section 4.2.1.6).
package enum AlternativeName: Hashable, Sendable, CustomStringConvertible {
    case email(String)
    case dns(String)
    case uri(String)
    /// 4 or 16 bytes; in a name constraint 8 or 32, the address and its mask.
    case ip([UInt8])
    case directory(DistinguishedName)
    /// The type in dotted form and the DER of the value.
    case other(String, [UInt8])
    /// A form that nobody uses, by its tag number.
    case unsupported(UInt8, [UInt8])

    /// Reads the next element of the reader as a name.
    /// - Throws: `EvidenceProblem.malformed`, also for text with anything but visible ASCII.
    package init(reading reader: inout DERReader) throws {
        let element = try reader.next()
        switch element.tag {
        case .primitive(1): self = .email(try Self.text(element, reader))
        case .primitive(2): self = .dns(try Self.text(element, reader))
        case .primitive(6): self = .uri(try Self.text(element, reader))
        case .primitive(7):
            guard [4, 8, 16, 32].contains(element.content.count) else {
                throw reader.problem("it has an IP address of \(element.content.count) bytes")
            }
            self = .ip(Array(element.content))
        case .constructed(4):
            var inner = reader.reader(of: element)
            self = .directory(try DistinguishedName(reading: &inner))
            try inner.finish()
        case .constructed(0):
            var inner = reader.reader(of: element)
            let identifier = try inner.objectIdentifier()
            let value = try inner.next(.constructed(0))
            try inner.finish()
            self = .other(identifier, Array(value.content))
        case let tag where tag.octet & 0xC0 == 0x80 && tag.octet & 0x1F <= 8:
            self = .unsupported(tag.octet & 0x1F, Array(element.content))
        default: throw reader.problem("it has a name of an unknown form")
        }
    }

    /// Reads GeneralNames: a SEQUENCE of at least one.
    /// - Throws: `EvidenceProblem.malformed`.
    package static func list(_ bytes: [UInt8], subject: String) throws -> [AlternativeName] {
        var reader = try DERReader(whole: bytes, subject: subject)
        var names: [AlternativeName] = []
        while !reader.isAtEnd { names.append(try AlternativeName(reading: &reader)) }
        guard !names.isEmpty else { throw reader.problem("it has an empty list of names") }
        return names
    }

    package var description: String {
        switch self {
        case .email(let text): "email \(text)"
        case .dns(let text): "DNS name \(text)"
        case .uri(let text): "URI \(text)"
        case .ip(let bytes): "IP address \(bytes.map(String.init).joined(separator: "."))"
        case .directory(let name): "name \(name)"
        case .other(let identifier, _): "name of type \(identifier)"
        case .unsupported(let number, _): "name of form \(number)"
        }
    }

    private static func text(_ element: DERElement, _ reader: DERReader) throws -> String {
        guard element.content.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw reader.problem("it has a name with characters that do not belong in one")
        }
        return String(decoding: element.content, as: UTF8.self)
    }
}
