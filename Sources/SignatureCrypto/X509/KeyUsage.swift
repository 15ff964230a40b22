/// What a certificate says its key is for (RFC 5280 section 4.2.1.3).
package struct KeyUsage: OptionSet, Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let digitalSignature = KeyUsage(rawValue: 1)
    package static let contentCommitment = KeyUsage(rawValue: 2)
    package static let keyEncipherment = KeyUsage(rawValue: 4)
    package static let dataEncipherment = KeyUsage(rawValue: 8)
    package static let keyAgreement = KeyUsage(rawValue: 16)
    package static let certificateSigning = KeyUsage(rawValue: 32)
    package static let revocationListSigning = KeyUsage(rawValue: 64)
    package static let encipherOnly = KeyUsage(rawValue: 128)
    package static let decipherOnly = KeyUsage(rawValue: 256)

    init(_ bits: [Bool]) {
        var value: UInt16 = 0
        for (index, bit) in bits.prefix(9).enumerated() where bit { value |= 1 << UInt16(index) }
        rawValue = value
    }
}

/// The purposes of RFC 5280 section 4.2.1.12 that signatures need.
package enum KeyPurpose {
    package static let codeSigning = "1.3.6.1.5.5.7.3.3"
    package static let timeStamping = "1.3.6.1.5.5.7.3.8"
    package static let any = "2.5.29.37.0"
}
