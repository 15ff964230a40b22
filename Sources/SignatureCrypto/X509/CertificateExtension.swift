/// One extension of a certificate or of a revocation list, not interpreted.
package struct CertificateExtension: Hashable, Sendable {
    package let identifier: String
    package let isCritical: Bool
    /// What the OCTET STRING holds.
    package let value: [UInt8]

    package static let subjectKeyIdentifier = "2.5.29.14"
    package static let keyUsage = "2.5.29.15"
    package static let alternativeName = "2.5.29.17"
    package static let basicConstraints = "2.5.29.19"
    package static let nameConstraints = "2.5.29.30"
    package static let policies = "2.5.29.32"
    package static let authorityKeyIdentifier = "2.5.29.35"
    package static let extendedKeyUsage = "2.5.29.37"
    /// The list of signed certificate timestamps (RFC 6962 section 3.3).
    package static let signedTimestamps = "1.3.6.1.4.1.11129.2.4.2"
    /// The mark of a precertificate, which is not a certificate (RFC 6962 section 3.1).
    package static let precertificatePoison = "1.3.6.1.4.1.11129.2.4.3"

    /// More than any certificate has.
    private static let limit = 64

    /// Reads Extensions: a SEQUENCE of at least one, none of them twice.
    /// - Throws: `EvidenceProblem.malformed`.
    static func list(_ reader: inout DERReader) throws -> [CertificateExtension] {
        var items = try reader.descend(.sequence)
        var extensions: [CertificateExtension] = []
        var seen: Set<String> = []
        while !items.isAtEnd {
            var fields = try items.descend(.sequence)
            let identifier = try fields.objectIdentifier()
            let isCritical = try fields.booleanOrFalse()
            let value = try fields.octetString()
            try fields.finish()
            guard seen.insert(identifier).inserted else {
                throw reader.problem("it has the extension \(identifier) twice")
            }
            guard seen.count <= limit else { throw reader.problem("it has more than \(limit) extensions") }
            extensions.append(CertificateExtension(identifier: identifier, isCritical: isCritical, value: value))
        }
        guard !extensions.isEmpty else { throw reader.problem("it has an empty list of extensions") }
        return extensions
    }
}
