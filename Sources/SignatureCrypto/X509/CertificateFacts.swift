/// What the well-known extensions of a certificate say (RFC 5280 section 4.2.1).
package struct CertificateFacts: Hashable, Sendable {
    package private(set) var isCA = false
    package private(set) var pathLength: Int?
    package private(set) var keyUsage: KeyUsage?
    package private(set) var extendedKeyUsages: [String] = []
    package private(set) var alternativeNames: [AlternativeName] = []
    package private(set) var subjectKeyIdentifier: [UInt8]?
    package private(set) var authorityKeyIdentifier: [UInt8]?
    package private(set) var nameConstraints: NameConstraints?
    /// The critical extensions that are not read here, in dotted form.
    package private(set) var unknownCritical: [String] = []

    init(_ extensions: [CertificateExtension], name: String) throws {
        for item in extensions { try read(item, name) }
    }

    private mutating func read(_ item: CertificateExtension, _ name: String) throws {
        switch item.identifier {
        case CertificateExtension.basicConstraints: try readBasicConstraints(item.value, name)
        case CertificateExtension.keyUsage:
            var reader = DERReader(item.value[...], subject: name)
            keyUsage = KeyUsage(try reader.namedBits())
            try reader.finish()
        case CertificateExtension.extendedKeyUsage:
            var reader = try DERReader(whole: item.value, subject: name)
            while !reader.isAtEnd { extendedKeyUsages.append(try reader.objectIdentifier()) }
            guard !extendedKeyUsages.isEmpty else { throw reader.problem("it has an empty list of purposes") }
        case CertificateExtension.alternativeName:
            alternativeNames = try AlternativeName.list(item.value, subject: name)
            for case .ip(let address) in alternativeNames where address.count != 4 && address.count != 16 {
                throw DERReader([], subject: name).problem("it has an IP address of \(address.count) bytes")
            }
        case CertificateExtension.subjectKeyIdentifier:
            var reader = DERReader(item.value[...], subject: name)
            subjectKeyIdentifier = try reader.octetString()
            try reader.finish()
        case CertificateExtension.authorityKeyIdentifier:
            var reader = try DERReader(whole: item.value, subject: name)
            authorityKeyIdentifier = try reader.next(ifPresent: .primitive(0)).map { Array($0.content) }
        case CertificateExtension.nameConstraints:
            nameConstraints = try NameConstraints(item.value, subject: name)
        case CertificateExtension.policies: break  // No policy is asked for, so that every one will do.
        default: if item.isCritical { unknownCritical.append(item.identifier) }
        }
    }

    private mutating func readBasicConstraints(_ value: [UInt8], _ name: String) throws {
        var reader = try DERReader(whole: value, subject: name)
        isCA = try reader.booleanOrFalse()
        if !reader.isAtEnd { pathLength = try reader.count() }
        try reader.finish()
        guard isCA || pathLength == nil else { throw reader.problem("it limits a path without being an authority") }
    }
}
