package import CoreModel

/// What a timestamp authority states: this digest was there at this time (TSTInfo, RFC 3161 section 2.4.2).
package struct TimestampInfo: Hashable, Sendable {
    /// The authority's policy, in dotted form.
    package let policy: String
    /// The digest that was there.
    package let imprint: Digest
    package let serialNumber: [UInt8]
    package let time: DERTime
    /// How far the time may be off, in whole seconds rounded up; zero where the authority does not say.
    package let accuracy: Int64
    /// The two's complement of the number from the request.
    package let nonce: [UInt8]?
    /// The authority's own name, where it is an X.500 one.
    let authority: DistinguishedName?

    init(der: [UInt8], subject: String) throws {
        var fields = try DERReader(whole: der, subject: subject)
        guard try fields.count() == 1 else { throw fields.problem("it has an unknown version") }
        policy = try fields.objectIdentifier()
        imprint = try Self.imprint(&fields)
        serialNumber = Array(try fields.integer())
        time = try fields.preciseTime()
        accuracy = try Self.accuracy(&fields)
        _ = try fields.booleanOrFalse()
        nonce = fields.nextTag == .integer ? Array(try fields.integer()) : nil
        authority = try Self.authority(&fields)
        if let element = try fields.next(ifPresent: .constructed(1)) {
            var list = DERReader(DEREncoding.element(.sequence, element.content)[...], subject: subject)
            if let unknown = try CertificateExtension.list(&list).first(where: \.isCritical) {
                throw EvidenceProblem(
                    .unknownCritical,
                    "\(subject) has the critical extension \(unknown.identifier), which is not understood"
                )
            }
        }
        try fields.finish()
    }

    static func imprint(_ fields: inout DERReader) throws -> Digest {
        var parts = try fields.descend(.sequence)
        let hash = try Digest.Algorithm(reading: &parts)
        guard let digest = Digest(algorithm: hash, bytes: try parts.octetString()) else {
            throw fields.problem("it has a digest of another length than its hash has")
        }
        try parts.finish()
        return digest
    }

    private static func accuracy(_ fields: inout DERReader) throws -> Int64 {
        guard var parts = try fields.next(ifPresent: .sequence).map(fields.reader) else { return 0 }
        let seconds = parts.nextTag == .integer ? try parts.count() : 0
        let millis = parts.nextTag == .primitive(0) ? try parts.count(.primitive(0)) : 0
        let micros = parts.nextTag == .primitive(1) ? try parts.count(.primitive(1)) : 0
        try parts.finish()
        guard millis < 1000, micros < 1000 else { throw fields.problem("it has an accuracy that is none") }
        return Int64(seconds) + (millis + micros > 0 ? 1 : 0)
    }

    private static func authority(_ fields: inout DERReader) throws -> DistinguishedName? {
        guard var wrapped = try fields.next(ifPresent: .constructed(0)).map(fields.reader) else { return nil }
        let name = try AlternativeName(reading: &wrapped)
        try wrapped.finish()
        guard case .directory(let authority) = name else { return nil }
        return authority
    }
}
