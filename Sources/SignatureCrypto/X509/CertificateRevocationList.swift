internal import CoreModel

/// A list of revoked certificates of one issuer (RFC 5280 section 5). Complete lists only: delta lists, partitions and
/// indirect lists mark themselves critical and are refused.
package struct CertificateRevocationList: Hashable, Sendable {
    /// Why and when a certificate was revoked.
    package struct Revocation: Hashable, Sendable {
        /// Seconds since 1970.
        package let date: Int64
        /// CRLReason; nil where the list does not say.
        package let reason: Int?
        /// Since when the key is not to be trusted, where the list says.
        package let invalidSince: Int64?
    }

    package let issuer: DistinguishedName
    package let thisUpdate: Int64
    /// Nil where the list does not promise another one.
    package let nextUpdate: Int64?
    package let tbsBytes: [UInt8]
    package let signatureScheme: SignatureScheme
    package let signature: [UInt8]
    private let revocations: [[UInt8]: Revocation]

    private static let subject = "the revocation list"
    private static let reasonCode = "2.5.29.21"
    private static let invalidityDate = "2.5.29.24"

    /// - Throws: `EvidenceProblem` with what is wrong with it.
    package init(der: [UInt8]) throws {
        var outer = try DERReader(whole: der, subject: Self.subject)
        let tbs = try outer.next(.sequence)
        var algorithm = outer
        let outerAlgorithm = try outer.next(.sequence).encoded
        signatureScheme = try SignatureScheme(reading: &algorithm)
        signature = try outer.wholeBitString()
        try outer.finish()
        tbsBytes = Array(tbs.encoded)

        var fields = outer.reader(of: tbs)
        if fields.nextTag == .integer, try fields.count() != 1 {
            throw fields.problem("it has an unknown version")
        }
        guard try fields.next(.sequence).encoded.elementsEqual(outerAlgorithm) else {
            throw fields.problem("it names two signature schemes")
        }
        issuer = try DistinguishedName(reading: &fields)
        thisUpdate = try fields.time()
        nextUpdate = [.utcTime, .generalizedTime].contains(fields.nextTag) ? try fields.time() : nil
        revocations = try Self.revocations(fields.next(ifPresent: .sequence).map(fields.reader))
        if var wrapped = try fields.next(ifPresent: .constructed(0)).map(fields.reader) {
            try Self.refuseCritical(CertificateExtension.list(&wrapped))
            try wrapped.finish()
        }
        try fields.finish()
    }

    /// The entry of a certificate, by its serial number as `Certificate` has it.
    package func revocation(of serial: [UInt8]) -> Revocation? { revocations[serial] }

    package func isRevoked(_ certificate: Certificate) -> Bool {
        certificate.issuer == issuer && revocations[certificate.serialNumber] != nil
    }

    /// Proves that the list is the issuer's and of now.
    /// - Throws: `EvidenceProblem` with what is wrong; `CryptoError.engine`.
    package func verify(issuer authority: Certificate, at moment: Int64) throws {
        guard authority.subject == issuer else {
            throw EvidenceProblem(
                .revocationListIssuer,
                "the revocation list is of \"\(issuer)\" and not of \"\(authority)\""
            )
        }
        if let usage = authority.keyUsage, !usage.contains(.revocationListSigning) {
            throw EvidenceProblem(
                .revocationListIssuer,
                "the revocation list is by \"\(authority)\", whose key is not for revocation lists"
            )
        }
        guard try authority.publicKey.verify(signature, of: tbsBytes, scheme: signatureScheme) else {
            throw EvidenceProblem(.revocationListSignature, "the revocation list is not signed by \"\(authority)\"")
        }
        guard moment >= thisUpdate, let nextUpdate, moment <= nextUpdate else {
            let end = nextUpdate.map { Timestamp(seconds: $0).description } ?? "no end"
            throw EvidenceProblem(
                .revocationListOutdated,
                "the revocation list of \"\(issuer)\" is not for \(Timestamp(seconds: moment)): it runs from "
                    + "\(Timestamp(seconds: thisUpdate)) to \(end)"
            )
        }
    }

    private static func revocations(_ list: DERReader?) throws -> [[UInt8]: Revocation] {
        guard var list else { return [:] }
        var found: [[UInt8]: Revocation] = [:]
        while !list.isAtEnd {
            var fields = try list.descend(.sequence)
            let serial = Array(try fields.integer())
            let date = try fields.time()
            var reason: Int?
            var invalidSince: Int64?
            if !fields.isAtEnd {
                let extensions = try CertificateExtension.list(&fields)
                try refuseCritical(extensions.filter { $0.identifier != reasonCode && $0.identifier != invalidityDate })
                for item in extensions {
                    var value = DERReader(item.value[...], subject: subject)
                    if item.identifier == reasonCode { reason = try value.count(.enumerated) }
                    if item.identifier == invalidityDate { invalidSince = try value.time() }
                }
            }
            try fields.finish()
            found[serial] = Revocation(date: date, reason: reason, invalidSince: invalidSince)
        }
        return found
    }

    private static func refuseCritical(_ extensions: [CertificateExtension]) throws {
        if let unknown = extensions.first(where: \.isCritical) {
            throw EvidenceProblem(
                .unknownCritical,
                "the revocation list has the critical extension \(unknown.identifier), which is not understood"
            )
        }
    }
}
