package import CoreModel
import SignatureCrypto

/// What a timestamp states and how it is signed; every part may be wrong.
package struct TestTimestamp: Sendable {
    package var time: Int64
    /// Like `.25`.
    package var fraction = ""
    package var hash: Digest.Algorithm = .sha256
    package var policy = "1.2.3.4.1"
    package var serial: [UInt8] = [1]
    /// Two's complement.
    package var nonce: [UInt8]?
    /// The DER of Accuracy.
    package var accuracy: [UInt8] = []
    /// The name that the authority calls itself; encoded as GeneralName.
    package var authority: [UInt8] = []
    package var extensions: [TestExtension] = []
    package var hasCertificates = true
    /// Replaces the digest that is stated.
    package var imprint: [UInt8]?
    /// Replaces the certificate that the signer names under its signature.
    package var namedCertificate: [UInt8]?
    /// Replaces the statement after it was digested and signed.
    package var editInfo: @Sendable ([UInt8]) -> [UInt8] = { $0 }
    /// Changes the list of signed attributes.
    package var editAttributes: @Sendable ([[UInt8]]) -> [[UInt8]] = { $0 }
    package var editSignature: @Sendable ([UInt8]) -> [UInt8] = { $0 }

    package init(time: Int64) { self.time = time }
}

/// A timestamp authority (RFC 3161): makes tokens as `openssl ts` makes them.
package struct TestTimestamper: Sendable {
    package let issuer: SigningAuthority
    package let key: TestKeyPair
    /// Its own certificate in DER.
    package let certificate: [UInt8]

    package init(
        below issuer: SigningAuthority,
        name: String = "Sluice test timestamps",
        key kind: TestKeyPair.Kind = .p256,
        change: (inout TestCertificate) -> Void = { _ in }
    ) throws {
        self.issuer = issuer
        key = try TestKeyPair(name, kind)
        var plan = TestCertificate.leaf(TestName(common: name), key: key, purpose: KeyPurpose.timeStamping)
        change(&plan)
        certificate = try issuer.issue(plan)
    }

    /// A token (ContentInfo) over the message.
    package func token(of message: [UInt8], _ plan: TestTimestamp) throws -> [UInt8] {
        let imprint = try plan.imprint ?? Self.digest(message, plan.hash)
        let info = DERWriter.sequence(
            DERWriter.integer(1),
            DERWriter.oid(plan.policy),
            DERWriter.sequence(TestAlgorithm.identifier(of: plan.hash), DERWriter.octets(imprint)),
            DERWriter.rawInteger(plan.serial),
            DERWriter.generalizedTime(plan.time, fraction: plan.fraction),
            plan.accuracy,
            plan.nonce.map(DERWriter.rawInteger) ?? [],
            plan.authority.isEmpty ? [] : DERWriter.explicit(0, plan.authority),
            plan.extensions.isEmpty ? [] : DERWriter.explicit(1, plan.extensions.flatMap(\.der))
        )
        let data = DERWriter.sequence(
            DERWriter.integer(3),
            DERWriter.set(TestAlgorithm.identifier(of: digestAlgorithm)),
            DERWriter.sequence(
                DERWriter.oid("1.2.840.113549.1.9.16.1.4"),
                DERWriter.explicit(0, DERWriter.octets(plan.editInfo(info)))
            ),
            plan.hasCertificates ? DERWriter.explicit(0, certificate + issuer.der) : [],
            DERWriter.set(try signerInfo(info, plan))
        )
        return DERWriter.sequence(DERWriter.oid("1.2.840.113549.1.7.2"), DERWriter.explicit(0, data))
    }

    /// What the authority answers: a status and the token.
    package func response(of message: [UInt8], _ plan: TestTimestamp) throws -> [UInt8] {
        DERWriter.sequence(DERWriter.sequence(DERWriter.integer(0)), try token(of: message, plan))
    }

    /// The answer to a request as it comes over the wire.
    package func answer(_ request: [UInt8], at time: Int64) throws -> [UInt8] {
        var fields = try DERReader(whole: request, subject: "the request")
        _ = try fields.count()
        var imprint = try fields.descend(.sequence)
        var plan = TestTimestamp(time: time)
        plan.hash = try Digest.Algorithm(reading: &imprint)
        plan.imprint = try imprint.octetString()
        if fields.nextTag == .objectIdentifier { plan.policy = try fields.objectIdentifier() }
        if fields.nextTag == .integer { plan.nonce = Array(try fields.integer()) }
        plan.hasCertificates = try fields.booleanOrFalse()
        return try response(of: [], plan)
    }

    private func signerInfo(_ info: [UInt8], _ plan: TestTimestamp) throws -> [UInt8] {
        func attribute(_ identifier: String, _ value: [UInt8]) -> [UInt8] {
            DERWriter.sequence(DERWriter.oid(identifier), DERWriter.set(value))
        }
        let named = try Self.digest(plan.namedCertificate ?? certificate, .sha256)
        // SHA-256 is the default of ESSCertIDv2 and left out.
        let certificates = DERWriter.sequence(DERWriter.sequence(DERWriter.sequence(DERWriter.octets(named))))
        let attributes = plan.editAttributes([
            attribute("1.2.840.113549.1.9.3", DERWriter.oid("1.2.840.113549.1.9.16.1.4")),
            attribute("1.2.840.113549.1.9.4", DERWriter.octets(try Self.digest(info, digestAlgorithm))),
            attribute("1.2.840.113549.1.9.16.2.47", certificates),
        ])
        let signed = DERWriter.sortedSet(attributes)
        let own = try Certificate(der: certificate)
        return DERWriter.sequence(
            DERWriter.integer(1),
            DERWriter.sequence(issuer.name.der, DERWriter.rawInteger(own.serialNumber)),
            TestAlgorithm.identifier(of: digestAlgorithm),
            [0xA0] + signed.dropFirst(),
            TestAlgorithm.identifier(of: key.scheme),
            DERWriter.octets(plan.editSignature(try key.signing.sign(signed, scheme: key.scheme)))
        )
    }

    /// RFC 8419 section 3.1 wants SHA-512 beside Ed25519.
    private var digestAlgorithm: Digest.Algorithm { key.scheme.digestAlgorithm ?? .sha512 }

    private static func digest(_ bytes: [UInt8], _ hash: Digest.Algorithm) throws -> [UInt8] {
        Hex.decode(try Digest.of(bytes, hash).hex) ?? []
    }
}
