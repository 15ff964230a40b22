/// A timestamp token: a CMS SignedData (RFC 5652) by one timestamp authority over a `TimestampInfo` (RFC 3161, 5816).
///
/// Reading it proves nothing; `verify` does.
package struct TimestampToken: Hashable, Sendable {
    /// The DER of the ContentInfo.
    package let der: [UInt8]
    /// What is stated.
    package let info: TimestampInfo
    /// The certificates that came along and can be read. They are hints: nothing is trusted for standing here.
    package let certificates: [Certificate]
    /// The statement as it was signed.
    let content: [UInt8]
    let signer: TimestampSigner

    static let subject = "the timestamp"
    static let signedDataType = "1.2.840.113549.1.7.2"
    static let infoType = "1.2.840.113549.1.9.16.1.4"
    /// A token with a chain of three has about 6 KiB.
    package static let sizeLimit = 256 << 10
    private static let certificateLimit = 32

    /// - Throws: `EvidenceProblem` with what is wrong with it; `CryptoError.engine`.
    package init(der: [UInt8]) throws {
        var outer = try DERReader(whole: der, limit: Self.sizeLimit, subject: Self.subject)
        guard try outer.objectIdentifier() == Self.signedDataType else {
            throw outer.problem("it is not signed data")
        }
        var wrapped = try outer.descend(.constructed(0))
        try outer.finish()
        var data = try wrapped.descend(.sequence)
        try wrapped.finish()
        // RFC 5652 section 5.1: version 3 for content that is not plain data.
        guard try data.count() == 3 else { throw data.problem("it has an unknown version") }
        _ = try data.next(.set)
        content = try Self.content(&data)
        certificates = try Self.certificates(data.next(ifPresent: .constructed(0)).map(data.reader))
        _ = try data.next(ifPresent: .constructed(1))
        var signers = try data.descend(.set)
        try data.finish()
        signer = try TimestampSigner(reading: &signers)
        guard signers.isAtEnd else { throw signers.problem("it has more than one signer") }
        info = try TimestampInfo(der: content, subject: Self.subject)
        self.der = der
    }

    /// Seconds since 1970, without the fraction.
    package var time: Int64 { info.time.seconds }

    private static func content(_ data: inout DERReader) throws -> [UInt8] {
        var parts = try data.descend(.sequence)
        guard try parts.objectIdentifier() == infoType else { throw data.problem("it signs something else") }
        var wrapped = try parts.descend(.constructed(0))
        try parts.finish()
        let content = try wrapped.octetString()
        try wrapped.finish()
        return content
    }

    /// Certificates that are not up to our rules are left out; a chain that needs one of them does not come about.
    private static func certificates(_ list: DERReader?) throws -> [Certificate] {
        guard var list else { return [] }
        var found: [Certificate] = []
        var count = 0
        while !list.isAtEnd {
            let element = try list.next()
            count += 1
            guard count <= certificateLimit else {
                throw list.problem("it has more than \(certificateLimit) certificates")
            }
            guard element.tag == .sequence else { continue }
            do {
                found.append(try Certificate(der: Array(element.encoded)))
            } catch is EvidenceProblem { continue }
        }
        return found
    }
}
