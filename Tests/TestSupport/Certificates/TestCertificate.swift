package import CoreModel
package import SignatureCrypto

/// What goes into a certificate; every field may be wrong.
package struct TestCertificate: Sendable {
    /// 2020-01-01 and 2040-01-01: a time in which tests and peers with the machine's clock both live.
    package static let start: Int64 = 1_577_836_800
    package static let end: Int64 = 2_208_988_800

    /// X.509's own count: 2 is version 3.
    package var version = 2
    /// Two's complement.
    package var serial: [UInt8]
    package var subject: TestName
    package var notBefore = start
    package var notAfter = end
    /// SubjectPublicKeyInfo in DER.
    package var publicInfo: [UInt8]
    package var extensions: [TestExtension]
    /// Identifiers of subject and authority are added.
    package var addsKeyIdentifiers = true
    /// Stands where the signature scheme is named inside, outside, or in both places.
    package var innerAlgorithm: [UInt8]?
    package var outerAlgorithm: [UInt8]?
    /// Changes what is signed, before it is signed.
    package var editTBS: @Sendable ([UInt8]) -> [UInt8] = { $0 }
    /// Changes the signature.
    package var editSignature: @Sendable ([UInt8]) -> [UInt8] = { $0 }
    /// Changes the finished certificate.
    package var edit: @Sendable ([UInt8]) -> [UInt8] = { $0 }

    package init(_ subject: TestName, key: TestKeyPair, extensions: [TestExtension]) {
        self.init(subject, publicInfo: key.publicInfo, extensions: extensions)
    }

    package init(_ subject: TestName, publicInfo: [UInt8], extensions: [TestExtension]) {
        self.subject = subject
        self.publicInfo = publicInfo
        self.extensions = extensions
        let digest = (try? Digest.of(subject.der + publicInfo).hex).flatMap { Hex.decode($0) } ?? []
        serial = [1] + digest.prefix(15)
    }

    /// A signer's: digital signatures, one purpose.
    package static func leaf(
        _ subject: TestName,
        key: TestKeyPair,
        purpose: String? = KeyPurpose.codeSigning,
        names: [[UInt8]] = []
    ) -> TestCertificate {
        var extensions: [TestExtension] = [.keyUsage(.digitalSignature)]
        if let purpose { extensions.append(.purposes([purpose], critical: purpose == KeyPurpose.timeStamping)) }
        if !names.isEmpty { extensions.append(.names(names, critical: subject.attributes.isEmpty)) }
        return TestCertificate(subject, key: key, extensions: extensions)
    }

    /// What is signed.
    func tbs(issuer: TestName, issuerInfo: [UInt8], algorithm: [UInt8]) throws -> [UInt8] {
        var extensions = extensions.map(\.der)
        if addsKeyIdentifiers {
            extensions.append(TestExtension("2.5.29.14", DERWriter.octets(try Self.identifier(publicInfo))).der)
            let authority = DERWriter.sequence(DERWriter.implicit(0, try Self.identifier(issuerInfo)))
            extensions.append(TestExtension("2.5.29.35", authority).der)
        }
        let list = extensions.isEmpty ? [] : DERWriter.explicit(3, DERWriter.sequence(of: extensions))
        return editTBS(
            DERWriter.sequence(
                version == 0 ? [] : DERWriter.explicit(0, DERWriter.integer(version)),
                DERWriter.rawInteger(serial),
                innerAlgorithm ?? algorithm,
                issuer.der,
                DERWriter.sequence(DERWriter.time(notBefore), DERWriter.time(notAfter)),
                subject.der,
                publicInfo,
                list
            )
        )
    }

    /// The certificate in DER, signed by this key in this name.
    package func signed(by key: TestKeyPair, as issuer: TestName) throws -> [UInt8] {
        let algorithm = TestAlgorithm.identifier(of: key.scheme)
        let tbs = try tbs(issuer: issuer, issuerInfo: key.publicInfo, algorithm: algorithm)
        let signature = editSignature(try key.signing.sign(tbs, scheme: key.scheme))
        return edit(DERWriter.sequence(tbs, outerAlgorithm ?? innerAlgorithm ?? algorithm, DERWriter.bits(signature)))
    }

    /// The first 20 bytes of the SHA-256 of the key: any bytes will do.
    private static func identifier(_ info: [UInt8]) throws -> [UInt8] {
        Array((Hex.decode(try Digest.of(info).hex) ?? []).prefix(20))
    }
}

/// AlgorithmIdentifiers of signatures and hashes.
package enum TestAlgorithm {
    package static func identifier(of scheme: SignatureScheme) -> [UInt8] {
        switch scheme {
        case .ecdsa(.sha256): DERWriter.sequence(DERWriter.oid("1.2.840.10045.4.3.2"))
        case .ecdsa(.sha384): DERWriter.sequence(DERWriter.oid("1.2.840.10045.4.3.3"))
        case .ecdsa(.sha512): DERWriter.sequence(DERWriter.oid("1.2.840.10045.4.3.4"))
        case .rsaPKCS1(.sha256): DERWriter.sequence(DERWriter.oid("1.2.840.113549.1.1.11"), DERWriter.null)
        case .rsaPKCS1(.sha384): DERWriter.sequence(DERWriter.oid("1.2.840.113549.1.1.12"), DERWriter.null)
        case .rsaPKCS1(.sha512): DERWriter.sequence(DERWriter.oid("1.2.840.113549.1.1.13"), DERWriter.null)
        case .rsaPSS(let hash):
            DERWriter.sequence(
                DERWriter.oid("1.2.840.113549.1.1.10"),
                DERWriter.sequence(
                    DERWriter.explicit(0, identifier(of: hash)),
                    DERWriter.explicit(
                        1,
                        DERWriter.sequence(DERWriter.oid("1.2.840.113549.1.1.8"), identifier(of: hash))
                    ),
                    DERWriter.explicit(2, DERWriter.integer(hash.byteCount))
                )
            )
        case .ed25519, .ed25519ph: DERWriter.sequence(DERWriter.oid("1.3.101.112"))
        }
    }

    package static func identifier(of hash: Digest.Algorithm) -> [UInt8] {
        let last =
            switch hash {
            case .sha256: 1
            case .sha384: 2
            case .sha512: 3
            }
        return DERWriter.sequence(DERWriter.oid("2.16.840.1.101.3.4.2.\(last)"), DERWriter.null)
    }
}
