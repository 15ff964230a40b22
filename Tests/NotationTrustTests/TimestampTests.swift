import CoreModel
import ManifestTree
import SignatureCrypto
import TestSupport
import Testing

@testable import NotationTrust

/// Whether a signature is proven to be of a time at which its certificates were valid.
struct TimestampTests {
    static let day: Int64 = 86_400
    /// The signer's certificate lives for these two days, which are long over.
    static let start = SignedArtifact.now.seconds - 100 * day
    static let end = start + 2 * day
    static let inside = start + day

    static func chain() throws -> TestChain {
        try TestChain(leaf: { ($0.notBefore, $0.notAfter) = (start, end) })
    }

    static func authority() throws -> SigningAuthority { try SigningAuthority.root("Sluice test timestamp root") }

    /// A signature with a timestamp, made as the plan says.
    static func stamped(
        _ time: Int64 = inside,
        format: EnvelopeFormat = .jws,
        change: @Sendable (inout TestTimestamp) -> Void = { _ in },
        certificate: @Sendable (inout TestCertificate) -> Void = { _ in }
    ) throws -> SignedArtifact {
        var signed = try SignedArtifact(format, chain: chain())
        // ECDSA is random: what is stamped has to be what is sent.
        let bytes = try SignatureEnvelope(parsing: signed.envelope(), as: format).signature
        signed.editSignature = { _ in bytes }
        var plan = TestTimestamp(time: time)
        change(&plan)
        let authority = try TestTimestamper(below: authority(), change: certificate)
        signed.timestamp = try authority.token(of: bytes, plan)
        return signed
    }

    static func stores(_ chain: TestChain, tsa: [UInt8]? = nil) throws -> NotationTrustStores {
        var stores = NotationTrustStores()
        stores.add([try Certificate(der: chain.root)], to: TrustStoreName(.ca, "acme"))
        stores.add([try Certificate(der: tsa ?? authority().der)], to: TrustStoreName(.tsa, "acme"))
        return stores
    }

    static let names: Tree = ["ca:acme", "tsa:acme"]

    @Test(arguments: EnvelopeFormat.allCases)
    func aTimestampKeepsASignatureGoodAfterItsCertificate(format: EnvelopeFormat) throws {
        let signed = try Self.stamped(format: format)
        let stores = try Self.stores(signed.chain)
        let result = try signed.result(TestStatement.parse(stores: Self.names), stores: stores)
        #expect(result.conclusion == .verified, "\(result)")
        #expect(result.signer?.provenTime == Timestamp(seconds: Self.inside))
        let without = try signed.result(TestStatement.parse(), stores: stores)
        guard case .refused(let reason) = without.conclusion else {
            Issue.record("a timestamp counted that nobody asked for")
            return
        }
        #expect(reason.contains("has expired at") && reason.contains("(authenticTimestamp)"), "\(reason)")
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let reason: String
        let why: String
        let build: @Sendable () throws -> SignedArtifact
        var testDescription: String { why }
    }

    static let rows = [
        Row(reason: "valid from", why: "before the certificate") { try stamped(start - 1) },
        Row(reason: "has expired", why: "after the certificate") { try stamped(end + 1) },
        Row(reason: "valid from", why: "perhaps before the certificate") {
            try stamped(start + 1, change: { $0.accuracy = DERWriter.sequence(DERWriter.integer(2)) })
        },
        Row(reason: "has expired", why: "perhaps after the certificate") {
            try stamped(end - 1, change: { $0.accuracy = DERWriter.sequence(DERWriter.integer(2)) })
        },
        Row(reason: "has expired", why: "a fraction of a second after the certificate") {
            try stamped(end, change: { $0.fraction = ".5" })
        },
        Row(reason: "has expired", why: "by an authority whose policy is right to the second") {
            try stamped(end, change: { $0.policy = "0.4.0.2023.1.1" })
        },
        Row(reason: "is of another signature", why: "a timestamp of something else") {
            try stamped(change: { $0.imprint = [UInt8](repeating: 1, count: 32) })
        },
        Row(reason: "its timestamp proves nothing", why: "a forged timestamp") {
            try stamped(change: { $0.editSignature = { $0.reversed() } })
        },
        Row(reason: "its timestamp proves nothing", why: "a certificate for signing code") {
            try stamped(certificate: { $0.extensions[1] = .purposes([KeyPurpose.codeSigning], critical: true) })
        },
        Row(reason: "its timestamp proves nothing", why: "a certificate for timestamps and more") {
            try stamped(certificate: {
                $0.extensions[1] = .purposes([KeyPurpose.timeStamping, KeyPurpose.codeSigning], critical: true)
            })
        },
        Row(reason: "does not say critically", why: "an authority's certificate without key usage") {
            try stamped(certificate: { $0.extensions.remove(at: 0) })
        },
        Row(reason: "its timestamp proves nothing", why: "an authority's certificate that had expired by then") {
            try stamped(certificate: { ($0.notBefore, $0.notAfter) = (start, start + 1) })
        },
        Row(reason: "its timestamp proves nothing", why: "not a timestamp at all") {
            var signed = try stamped()
            signed.timestamp = [0x30, 0]
            return signed
        },
        Row(reason: "it has no timestamp, which the policy 'acme' asks for", why: "no timestamp") {
            var signed = try stamped()
            signed.timestamp = nil
            return signed
        },
    ]

    @Test(arguments: rows)
    func refuses(_ row: Row) throws {
        let signed = try row.build()
        let result = try signed.result(
            TestStatement.parse(stores: Self.names),
            stores: Self.stores(signed.chain)
        )
        guard case .refused(let reason) = result.conclusion else {
            Issue.record("\(result.conclusion)")
            return
        }
        #expect(reason.contains(row.reason) && reason.contains("(authenticTimestamp)"), "\(reason)")
        #expect(result.signer?.provenTime == nil)
    }

    @Test func theAuthorityHasToBeInTheStore() throws {
        let signed = try Self.stamped()
        for other in [try SigningAuthority.root("Other").der, signed.chain.root] {
            let result = try signed.result(
                TestStatement.parse(stores: Self.names),
                stores: Self.stores(signed.chain, tsa: other)
            )
            guard case .refused(let reason) = result.conclusion else {
                Issue.record("\(result.conclusion)")
                return
            }
            #expect(reason.contains("its timestamp proves nothing"), "\(reason)")
        }
    }

    @Test func afterCertExpiryAsksForATimestampOnlyThen() throws {
        var signed = try SignedArtifact(chain: Self.chain())
        let statement = try TestStatement.parse(
            level: ["level": "strict", "verifyTimestamp": "afterCertExpiry"],
            stores: Self.names
        )
        let stores = try Self.stores(signed.chain)
        let alive = Timestamp(seconds: Self.end)
        #expect(try signed.result(statement, stores: stores, at: alive).conclusion == .verified)
        guard case .refused = try signed.result(statement, stores: stores).conclusion else {
            Issue.record("an expired certificate needs a timestamp")
            return
        }
        signed = try Self.stamped()
        let anew = try Self.stores(signed.chain)
        #expect(try signed.result(statement, stores: anew).conclusion == .verified)
        let always = try TestStatement.parse(stores: Self.names)
        signed.timestamp = nil
        guard case .refused = try signed.result(always, stores: anew, at: alive).conclusion else {
            Issue.record("always means always")
            return
        }
    }
}
