import CoreModel
import ManifestTree
import SignatureCrypto
import TestSupport

@testable import NotationTrust

/// A chain of test certificates, each of which a test may spoil, and the key at its end.
struct TestChain: Sendable {
    typealias Change = @Sendable (inout TestCertificate) -> Void

    let key: TestKeyPair
    /// In DER, from the signer's own to the root.
    var certificates: [[UInt8]]

    static let organization: (String, String) = ("2.5.4.10", "Sluice test")

    /// Leaf, intermediate and root.
    init(
        _ kind: TestKeyPair.Kind = .p256,
        leaf: Change = { _ in },
        intermediate: Change = { _ in },
        root: Change = { _ in },
        rootName: String = "Sluice test root"
    ) throws {
        key = try TestKeyPair("notation signer \(kind)", kind)
        let top = try SigningAuthority.root(rootName, change: root)
        let middle = try top.intermediate("Sluice test intermediate of \(rootName)", change: intermediate)
        var plan = TestCertificate.leaf(TestName(common: "signer"), key: key)
        leaf(&plan)
        certificates = [try middle.issue(plan), middle.der, top.der]
    }

    /// A certificate that signs itself and code.
    static func selfSigned(_ kind: TestKeyPair.Kind = .p256, _ change: Change = { _ in }) throws -> TestChain {
        var chain = try TestChain(kind)
        var plan = TestCertificate.leaf(TestName(common: "alone"), key: chain.key)
        change(&plan)
        chain.certificates = [try plan.signed(by: chain.key, as: plan.subject)]
        return chain
    }

    var root: [UInt8] { certificates[certificates.count - 1] }
}

/// An artifact with a signature, every part of which a test may replace before it is signed.
struct SignedArtifact: Sendable {
    static let now = Timestamp(seconds: 1_900_000_000)
    /// When it was signed, by its own word.
    static let signed = Timestamp(seconds: 1_899_000_000)
    /// What is signed, unless a test says otherwise.
    static func target() throws -> NotationPayload {
        let digest = try Digest.of("the manifest".utf8)
        return NotationPayload(mediaType: "application/vnd.oci.image.manifest.v1+json", digest: digest, size: 123)
    }

    var format: EnvelopeFormat
    var chain: TestChain
    var attributes: SignedAttributes
    var payload: [UInt8]
    /// What the envelope carries as certificates; the chain's where nil.
    var certificates: [[UInt8]]?
    var timestamp: [UInt8]?
    /// Who signs; the chain's key where nil.
    var signer: TestKeyPair?
    /// Changes the signature.
    var editSignature: @Sendable ([UInt8]) -> [UInt8] = { $0 }
    /// Replaces what is signed, but not what is sent.
    var signedInstead: [UInt8]?

    init(_ format: EnvelopeFormat = .jws, chain: TestChain) throws {
        self.format = format
        self.chain = chain
        attributes = SignedAttributes(
            algorithm: try EnvelopeAlgorithm(for: chain.key.publicKey),
            scheme: .x509,
            signingTime: Self.signed,
            expiry: nil
        )
        payload = try Self.target().encode()
    }

    /// With other attributes.
    mutating func say(
        algorithm: EnvelopeAlgorithm? = nil,
        scheme: SigningScheme? = nil,
        time: Timestamp? = nil,
        expiry: Timestamp? = nil
    ) {
        attributes = SignedAttributes(
            algorithm: algorithm ?? attributes.algorithm,
            scheme: scheme ?? attributes.scheme,
            signingTime: time ?? attributes.signingTime,
            expiry: expiry ?? attributes.expiry
        )
    }

    func envelope() throws -> [UInt8] {
        let header = format == .jws ? JWSEnvelope.protectedHeader(attributes) : COSEEnvelope.protectedHeader(attributes)
        let bytes =
            format == .jws
            ? JWSEnvelope.signedBytes(header: header, payload: signedInstead ?? payload)
            : COSEEnvelope.signedBytes(header: header, payload: signedInstead ?? payload)
        let key = signer ?? chain.key
        let signature = try EnvelopeAlgorithm(for: key.publicKey).sign(bytes, by: key.signing)
        let parts = SignatureEnvelope.Parts(
            payload: payload,
            signature: editSignature(signature),
            signedBytes: bytes,
            certificates: certificates ?? chain.certificates,
            timestamp: timestamp,
            agent: "a test"
        )
        return format == .jws ? JWSEnvelope.encode(header: header, parts) : COSEEnvelope.encode(header: header, parts)
    }

    /// The verification against a statement and stores; those of the chain's own root where none are given.
    func result(
        _ statement: TrustPolicyStatement,
        stores: NotationTrustStores? = nil,
        at now: Timestamp = now
    ) throws -> NotationResult {
        var own = NotationTrustStores()
        if stores == nil { own.add([try Certificate(der: chain.root)], to: TrustStoreName(.ca, "acme")) }
        let verifier = NotationVerifier(statement: statement, stores: stores ?? own)
        return try verifier.verify(envelope(), as: format, of: Self.target(), at: now)
    }
}

/// One statement of a policy, as tests need it.
enum TestStatement {
    static func parse(
        level: Tree = ["level": "strict"],
        stores: Tree = ["ca:acme"],
        identities: Tree = ["*"]
    ) throws -> TrustPolicyStatement {
        let document: Tree = [
            "version": "1.0",
            "trustPolicies": [
                [
                    "name": "acme", "registryScopes": ["*"], "signatureVerification": level, "trustStores": stores,
                    "trustedIdentities": identities,
                ]
            ],
        ]
        return try TrustPolicyDocument(parsing: document.jsonBytes()).statements[0]
    }
}
