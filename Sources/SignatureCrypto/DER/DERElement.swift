/// The identifier octet of an element in the low-tag-number form, which is all that X.509 and CMS use.
package struct DERTag: Hashable, Sendable, CustomStringConvertible {
    package let octet: UInt8

    package init(octet: UInt8) { self.octet = octet }

    package static let boolean = DERTag(octet: 0x01)
    package static let integer = DERTag(octet: 0x02)
    package static let bitString = DERTag(octet: 0x03)
    package static let octetString = DERTag(octet: 0x04)
    package static let null = DERTag(octet: 0x05)
    package static let objectIdentifier = DERTag(octet: 0x06)
    package static let enumerated = DERTag(octet: 0x0A)
    package static let utf8String = DERTag(octet: 0x0C)
    package static let printableString = DERTag(octet: 0x13)
    package static let teletexString = DERTag(octet: 0x14)
    package static let ia5String = DERTag(octet: 0x16)
    package static let utcTime = DERTag(octet: 0x17)
    package static let generalizedTime = DERTag(octet: 0x18)
    package static let universalString = DERTag(octet: 0x1C)
    package static let bmpString = DERTag(octet: 0x1E)
    package static let sequence = DERTag(octet: 0x30)
    package static let set = DERTag(octet: 0x31)

    /// `[number]` as a primitive value (implicit tagging of a primitive type).
    package static func primitive(_ number: UInt8) -> DERTag { DERTag(octet: 0x80 | number & 0x1F) }

    /// `[number]` around other elements (explicit tagging, or implicit tagging of a sequence or set).
    package static func constructed(_ number: UInt8) -> DERTag { DERTag(octet: 0xA0 | number & 0x1F) }

    /// It holds other elements.
    package var isConstructed: Bool { octet & 0x20 != 0 }

    package var description: String {
        switch self {
        case .boolean: "a BOOLEAN"
        case .integer: "an INTEGER"
        case .bitString: "a BIT STRING"
        case .octetString: "an OCTET STRING"
        case .null: "NULL"
        case .objectIdentifier: "an OBJECT IDENTIFIER"
        case .sequence: "a SEQUENCE"
        case .set: "a SET"
        case .utcTime: "a UTCTime"
        case .generalizedTime: "a GeneralizedTime"
        default: octet & 0xC0 == 0x80 ? "[\(octet & 0x1F)]" : "tag \(octet)"
        }
    }
}

/// One element where it lies: its tag, its content, and both with the header.
package struct DERElement: Sendable {
    package let tag: DERTag
    package let content: ArraySlice<UInt8>
    /// Header and content.
    package let encoded: ArraySlice<UInt8>
}
