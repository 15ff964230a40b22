import CoreModel
import SignatureCrypto
import TestSupport
import Testing

@testable import NotationTrust

/// What a signer refuses to sign with, since no verifier would take it.
struct SigningIdentityTests {
    static func identity(_ chain: TestChain, key: TestKeyPair? = nil, certificates: [[UInt8]]? = nil) throws
        -> SigningIdentity
    {
        let list = try (certificates ?? chain.certificates).map { try Certificate(der: $0) }
        return try SigningIdentity(key: (key ?? chain.key).signing, certificates: list)
    }

    static func refusal(_ body: () throws -> Void) -> String {
        let error = #expect(throws: NotationError.self) { try body() }
        #expect(error?.code == .invalidSigner)
        return error?.message ?? ""
    }

    @Test func refusesCertificatesThatNobodyWouldTake() throws {
        let chain = try TestChain()
        let other = try TestKeyPair("another key")
        let foreign = Self.refusal { _ = try Self.identity(chain, key: other) }
        #expect(foreign.contains("not the one of the key"), "\(foreign)")
        let none = Self.refusal { _ = try Self.identity(chain, certificates: []) }
        #expect(none.contains("not the one of the key"), "\(none)")
        let short = Array(chain.certificates.dropLast())
        let rootless = Self.refusal { _ = try Self.identity(chain, certificates: short) }
        #expect(rootless.contains("the whole chain"), "\(rootless)")
        let server = try TestChain(leaf: { $0.extensions[1] = .purposes(["1.3.6.1.5.5.7.3.1"]) })
        let wrong = Self.refusal { _ = try Self.identity(server) }
        #expect(wrong.contains("is for TLS servers"), "\(wrong)")
        let edwards = try TestChain(.ed25519)
        let unknown = Self.refusal { _ = try Self.identity(edwards) }
        #expect(unknown.contains("Ed25519"), "\(unknown)")
    }

    static let times: [(signed: Int64, expiry: Int64?, word: String)] = [
        (TestCertificate.end + 1, nil, "has expired at"), (TestCertificate.start - 1, nil, "is valid from"),
        (TestCertificate.start, TestCertificate.start, "let it expire later"),
    ]

    @Test(arguments: times)
    func refusesTimesThatMakeNoSense(signed: Int64, expiry: Int64?, word: String) throws {
        let identity = try Self.identity(TestChain())
        let payload = try SignedArtifact.target()
        let times = SigningTimes(
            signed: Timestamp(seconds: signed),
            expiry: expiry.map { Timestamp(seconds: $0) }
        )
        let message = Self.refusal { _ = try EnvelopeDraft(payload, as: .jws, by: identity, at: times) }
        #expect(message.contains(word), "\(message)")
    }

    @Test(arguments: EnvelopeFormat.allCases)
    func whatIsDraftedIsRead(format: EnvelopeFormat) throws {
        let chain = try TestChain(.p384)
        let target = try SignedArtifact.target()
        let times = SigningTimes(
            signed: Timestamp(seconds: SignedArtifact.now.seconds, nanoseconds: 7),
            expiry: Timestamp(seconds: SignedArtifact.now.seconds + 5, nanoseconds: 7)
        )
        var draft = try EnvelopeDraft(target, as: format, by: Self.identity(chain), at: times)
        #expect(draft.hash == .sha384)
        draft.add(timestamp: [1, 2])
        let signature = try SoundSignature(parsing: draft.encode(), as: format, of: target)
        #expect(signature.envelope.signature == draft.signature)
        #expect(signature.envelope.timestamp == [1, 2] && signature.envelope.agent == "sluice")
        #expect(signature.envelope.attributes.signingTime == SignedArtifact.now)
        #expect(signature.envelope.attributes.expiry == Timestamp(seconds: SignedArtifact.now.seconds + 5))
        #expect(signature.chain.certificates.map(\.der) == chain.certificates)
    }
}
