import SignatureCrypto

/// A list of revoked certificates; every part may be wrong.
package struct TestRevocationList: Sendable {
    /// A serial number in two's complement, when it was revoked, and what else is said of it.
    package typealias Entry = (serial: [UInt8], date: Int64, extensions: [TestExtension])

    package var entries: [Entry] = []
    package var thisUpdate = TestCertificate.start
    package var nextUpdate: Int64? = TestCertificate.end
    package var extensions: [TestExtension] = []
    package var editSignature: @Sendable ([UInt8]) -> [UInt8] = { $0 }

    package init() {}

    /// The list in DER, signed by the authority.
    package func signed(by authority: SigningAuthority) throws -> [UInt8] {
        let key = authority.key
        let algorithm = TestAlgorithm.identifier(of: key.scheme)
        let revoked = entries.map { entry in
            let extra = entry.extensions.isEmpty ? [] : DERWriter.sequence(of: entry.extensions.map(\.der))
            return DERWriter.sequence(DERWriter.rawInteger(entry.serial), DERWriter.time(entry.date), extra)
        }
        let own = extensions + [TestExtension("2.5.29.20", DERWriter.integer(1))]
        let tbs = DERWriter.sequence(
            DERWriter.integer(1),
            algorithm,
            authority.name.der,
            DERWriter.time(thisUpdate),
            nextUpdate.map(DERWriter.time) ?? [],
            revoked.isEmpty ? [] : DERWriter.sequence(of: revoked),
            DERWriter.explicit(0, DERWriter.sequence(of: own.map(\.der)))
        )
        let signature = editSignature(try key.signing.sign(tbs, scheme: key.scheme))
        return DERWriter.sequence(tbs, algorithm, DERWriter.bits(signature))
    }
}
