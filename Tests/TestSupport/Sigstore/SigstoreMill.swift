import CoreModel
package import ManifestTree
import SignatureCrypto

/// A whole Sigstore instance of tests: certificate authority, logs of certificates and of signatures, and the trusted
/// root that names them. The same keys in every run; they protect nothing.
package struct SigstoreMill: Sendable {
    /// Whom a certificate is for.
    package struct Identity: Sendable {
        package var issuer = "https://token.actions.githubusercontent.com"
        /// One alternative name, as `TestGeneralName` encodes it.
        package var name: [UInt8] = TestGeneralName.uri(subject)
        /// What else is in the certificate.
        package var extensions: [TestExtension] = []

        package static let subject = "https://github.com/acme/app/.github/workflows/release.yaml@refs/heads/main"

        package init() {}
    }

    /// When everything is signed, unless a test says otherwise: 2023-11-14.
    package static let time: Int64 = 1_700_000_000
    /// From when on the instance is trusted.
    package static let start: Int64 = 1_650_000_000

    package var root: SigningAuthority
    package var authority: SigningAuthority
    package var certificateLog: TestKeyPair
    package var log: TestSignatureLog
    package var tiledLog: TestSignatureLog
    /// The key of whoever signs.
    package var signer: TestKeyPair
    package var timestamper: TestTimestamper

    /// - Parameter name: tells instances apart; they do not trust each other.
    package init(_ name: String = "mill") throws {
        root = try .root("\(name) fulcio root")
        authority = try root.intermediate("\(name) fulcio") {
            $0.extensions.append(.purposes([KeyPurpose.codeSigning]))
        }
        certificateLog = try TestKeyPair("\(name) certificate log")
        let host = name.replacing(" ", with: "-")
        log = TestSignatureLog(host: "rekor.\(host).test", key: try TestKeyPair("\(name) rekor"), isTiled: false)
        tiledLog = TestSignatureLog(
            host: "log2025.rekor.\(host).test",
            key: try TestKeyPair("\(name) tiles", .ed25519),
            isTiled: true
        )
        signer = try TestKeyPair("\(name) signer")
        timestamper = try TestTimestamper(below: .root("\(name) timestamp root"), name: "\(name) timestamps")
    }

    /// `trusted_root.json`.
    package func trustedRoot() throws -> Tree {
        let certificates: Tree = .list([authority, root].map { ["rawBytes": .base64($0.der)] })
        return [
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [try log.instance(from: Self.start), try tiledLog.instance(from: Self.start)],
            "certificateAuthorities": [
                [
                    "subject": ["organization": "Sluice test", "commonName": "fulcio"],
                    "uri": "https://fulcio.mill.test", "certChain": ["certificates": certificates],
                    "validFor": .window(from: Self.start, to: nil),
                ]
            ],
            "ctlogs": [
                .logInstance(
                    url: "https://ctfe.mill.test",
                    key: certificateLog,
                    identifier: certificateLog.identifier,
                    from: Self.start,
                    to: nil
                )
            ],
            "timestampAuthorities": [
                [
                    "uri": "https://timestamp.mill.test",
                    "certChain": [
                        "certificates": .list(
                            [timestamper.certificate, timestamper.issuer.der].map { ["rawBytes": .base64($0)] }
                        )
                    ], "validFor": .window(from: Self.start, to: nil),
                ]
            ],
        ]
    }

    /// A certificate for ten minutes, with a timestamp of the log of certificates in it.
    package func certificate(
        for identity: Identity = Identity(),
        at time: Int64 = time,
        change: (inout TestCertificate) -> Void = { _ in }
    ) throws -> [UInt8] {
        var certificate = TestCertificate.leaf(.empty, key: signer, names: [identity.name])
        certificate.notBefore = time - 60
        certificate.notAfter = time + 540
        let issuer = Array(identity.issuer.utf8)
        certificate.extensions += [
            TestExtension("1.3.6.1.4.1.57264.1.1", issuer),
            TestExtension("1.3.6.1.4.1.57264.1.8", DERWriter.utf8(identity.issuer)),
        ]
        certificate.extensions += identity.extensions
        change(&certificate)
        return try authority.issue(logged(certificate, at: time))
    }

    /// Lets the owner of any certificate pose as the certificate authority.
    package mutating func pose(as certificate: [UInt8], key: TestKeyPair) {
        authority = SigningAuthority(name: .empty, key: key, der: certificate)
    }

    /// The certificate with a timestamp that promises to log it (RFC 6962 section 3).
    package func logged(_ certificate: TestCertificate, at time: Int64) throws -> TestCertificate {
        let algorithm = TestAlgorithm.identifier(of: authority.key.scheme)
        let tbs = try certificate.tbs(
            issuer: authority.name,
            issuerInfo: authority.key.publicInfo,
            algorithm: algorithm
        )
        let stamp = try timestamp(tbs, at: time)
        var logged = certificate
        logged.extensions.append(TestExtension("1.3.6.1.4.1.11129.2.4.2", DERWriter.octets(Self.list([stamp]))))
        return logged
    }

    /// A timestamp of a signature, as bundles and cosign's annotations hold it: the authority's whole answer.
    package func stamp(_ signature: [UInt8], at time: Int64 = time, _ change: (inout TestTimestamp) -> Void = { _ in })
        throws -> [UInt8]
    {
        var plan = TestTimestamp(time: time)
        change(&plan)
        return try timestamper.response(of: signature, plan)
    }

    /// A signed certificate timestamp over a TBSCertificate.
    package func timestamp(_ tbs: [UInt8], at time: Int64, by key: TestKeyPair? = nil) throws -> [UInt8] {
        let key = key ?? certificateLog
        let moment = Self.number(time * 1_000, 8)
        let issuer = try TestMerkleTree.sha256(authority.key.publicInfo)
        let signed = [0, 0] + moment + [0, 1] + issuer + Self.number(Int64(tbs.count), 3) + tbs + [0, 0]
        let signature = try key.signing.sign(signed, scheme: key.scheme)
        return [0] + key.identifier + moment + [0, 0, 4, 3] + Self.number(Int64(signature.count), 2) + signature
    }

    /// A SignedCertificateTimestampList.
    package static func list(_ timestamps: [[UInt8]]) -> [UInt8] {
        let items = timestamps.flatMap { number(Int64($0.count), 2) + $0 }
        return number(Int64(items.count), 2) + items
    }

    private static func number(_ value: Int64, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> Int64(8 * $0)) }
    }
}
