/// A name of X.500 (RFC 5280 section 4.1.2.4): an ordered list of sets of attributes.
///
/// Two names are equal by the rules of RFC 5280 section 7.1 for text (letters without case, inner spaces collapsed);
/// chains are built on equal bytes, which is stricter.
package struct DistinguishedName: Hashable, Sendable, CustomStringConvertible {
    /// One attribute of a name.
    package struct Attribute: Hashable, Sendable {
        /// The type in dotted form.
        package let identifier: String
        /// The value as text; for a value that is not text, `#` and its DER in hexadecimal.
        package let value: String
        fileprivate let isText: Bool
        /// The type of the string matters not, its text does.
        fileprivate let folded: String

        /// The short name of the type as RFC 4514 and OpenSSL have it, else the dotted form.
        package var name: String { DistinguishedName.names[identifier] ?? identifier }

        package static func == (left: Attribute, right: Attribute) -> Bool {
            left.identifier == right.identifier && left.isText == right.isText && left.folded == right.folded
        }
        package func hash(into hasher: inout Hasher) {
            hasher.combine(identifier)
            hasher.combine(folded)
        }
    }

    /// The relative names in the order of the encoding, which is the reverse of RFC 4514's text.
    package let relativeNames: [Set<Attribute>]
    /// The attributes in the order of the encoding.
    package let attributes: [Attribute]
    /// The DER that it was read from.
    package let encoded: [UInt8]

    package static let commonName = "2.5.4.3"
    package static let emailAddress = "1.2.840.113549.1.9.1"
    /// More relative names than anybody has.
    private static let limit = 64

    private static let names = [
        "2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
        "2.5.4.9": "STREET", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.17": "postalCode",
        "2.5.4.42": "GN", "1.2.840.113549.1.9.1": "emailAddress", "0.9.2342.19200300.100.1.25": "DC",
        "0.9.2342.19200300.100.1.1": "UID",
    ]

    /// Reads the next element of the reader as a name.
    /// - Throws: `EvidenceProblem.malformed`.
    package init(reading reader: inout DERReader) throws {
        let element = try reader.next(.sequence)
        var rest = reader.reader(of: element)
        var relativeNames: [Set<Attribute>] = []
        var attributes: [Attribute] = []
        while !rest.isAtEnd {
            var parts = try rest.descend(.set)
            var relativeName: Set<Attribute> = []
            while !parts.isAtEnd {
                let attribute = try Self.attribute(&parts)
                guard attributes.count < Self.limit, relativeName.insert(attribute).inserted else {
                    throw reader.problem("it has a name with too many attributes or the same one twice")
                }
                attributes.append(attribute)
            }
            guard !relativeName.isEmpty else { throw reader.problem("it has a name with an empty part") }
            relativeNames.append(relativeName)
        }
        self.relativeNames = relativeNames
        self.attributes = attributes
        encoded = Array(element.encoded)
    }

    package var isEmpty: Bool { relativeNames.isEmpty }

    /// The values of all attributes of one type.
    package func values(of identifier: String) -> [String] {
        attributes.filter { $0.identifier == identifier }.map(\.value)
    }

    /// RFC 4514: the last part first, with its escapes.
    package var description: String {
        relativeNames.reversed().map { parts in
            parts.map { "\($0.name)=\($0.isText ? Self.escaped($0.value) : $0.value)" }.sorted().joined(separator: "+")
        }.joined(separator: ",")
    }

    /// This name begins with all parts of the other: it lies in the other's subtree.
    package func isWithin(_ base: DistinguishedName) -> Bool { relativeNames.starts(with: base.relativeNames) }

    package static func == (left: DistinguishedName, right: DistinguishedName) -> Bool {
        left.relativeNames == right.relativeNames
    }
    package func hash(into hasher: inout Hasher) { hasher.combine(relativeNames) }

    private static func attribute(_ parts: inout DERReader) throws -> Attribute {
        var fields = try parts.descend(.sequence)
        let identifier = try fields.objectIdentifier()
        let value = try fields.next()
        try fields.finish()
        let text = try Self.text(of: value, fields)
        let shown: String = text ?? "#" + value.encoded.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let folded = text.map { Self.folded($0) } ?? shown
        return Attribute(identifier: identifier, value: shown, isText: text != nil, folded: folded)
    }

    /// The text of a string type; nil for any other type.
    private static func text(of element: DERElement, _ reader: DERReader) throws -> String? {
        let content = element.content
        let text: String?
        switch element.tag {
        case .utf8String: text = String(validating: content, as: UTF8.self)
        case .printableString, .ia5String:
            text = content.allSatisfy { $0 < 0x80 } ? String(decoding: content, as: UTF8.self) : nil
        case .teletexString: text = String(String.UnicodeScalarView(content.map { Unicode.Scalar($0) }))
        case .bmpString:
            guard content.count.isMultiple(of: 2) else { throw reader.problem("it has a name that is not text") }
            let units = stride(from: content.startIndex, to: content.endIndex, by: 2)
                .map { UInt16(content[$0]) << 8 | UInt16(content[$0 + 1]) }
            text = String(validating: units, as: UTF16.self)
        default: return nil
        }
        guard let text, !text.unicodeScalars.contains("\0") else {
            throw reader.problem("it has a name that is not text")
        }
        return text
    }

    private static func folded(_ text: String) -> String {
        text.lowercased().split(separator: " ").joined(separator: " ")
    }

    private static func escaped(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            if "\",+;<>\\".unicodeScalars.contains(scalar) {
                result += "\\" + String(scalar)
            } else if scalar.value < 0x20 || scalar.value == 0x7F {
                result += "\\" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        if result.hasPrefix(" ") || result.hasPrefix("#") { result = "\\" + result }
        if result.hasSuffix(" "), result.count > 1 { result = result.dropLast() + "\\ " }
        return result
    }
}
