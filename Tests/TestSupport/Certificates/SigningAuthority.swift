package import SignatureCrypto

/// A certification authority: a key, a name and its own certificate.
package struct SigningAuthority: Sendable {
    package let name: TestName
    package let key: TestKeyPair
    /// Its certificate in DER.
    package let der: [UInt8]

    package init(name: TestName, key: TestKeyPair, der: [UInt8]) {
        (self.name, self.key, self.der) = (name, key, der)
    }

    /// One that signs itself.
    package static func root(
        _ common: String = "Sluice test root",
        key kind: TestKeyPair.Kind = .p256,
        change: (inout TestCertificate) -> Void = { _ in }
    ) throws -> SigningAuthority {
        let key = try TestKeyPair(common, kind)
        var certificate = plan(TestName(common: common), key)
        change(&certificate)
        let name = certificate.subject
        return SigningAuthority(name: name, key: key, der: try certificate.signed(by: key, as: name))
    }

    /// One below this one.
    package func intermediate(
        _ common: String = "Sluice test intermediate",
        key kind: TestKeyPair.Kind = .p256,
        change: (inout TestCertificate) -> Void = { _ in }
    ) throws -> SigningAuthority {
        let key = try TestKeyPair(common, kind)
        var certificate = Self.plan(TestName(common: common), key)
        change(&certificate)
        return SigningAuthority(name: certificate.subject, key: key, der: try issue(certificate))
    }

    /// The certificate in DER, signed by this authority.
    package func issue(_ certificate: TestCertificate) throws -> [UInt8] {
        try certificate.signed(by: key, as: name)
    }

    /// Its certificate as the code under test reads it.
    package func certificate() throws -> Certificate { try Certificate(der: der) }

    package var pem: String { TestKeyPair.pem("CERTIFICATE", der) }

    private static func plan(_ name: TestName, _ key: TestKeyPair) -> TestCertificate {
        TestCertificate(
            name,
            key: key,
            extensions: [.authority(), .keyUsage([.certificateSigning, .revocationListSigning])]
        )
    }
}
