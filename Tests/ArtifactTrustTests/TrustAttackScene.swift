import ArtifactTrust
import CoreModel
import ManifestTree
import OCIDistribution
import SignatureCrypto
import SigstoreTrust
import TestSupport

/// An artifact signed by a certificate, and the policy that it is held against: the whole way from the registry's
/// answers to the verdict. Each attack bends one thing.
struct TrustAttackScene {
    var revision: SignedRevision
    var mill: SigstoreMill
    var statement: String
    var bundle: TestSigstoreBundle
    /// `trusted_root.json`.
    var root: Tree
    var rules = EvidenceRules()
    var issuer = TextRule.exact(SigstoreMill.Identity().issuer)
    var subject = TextRule.exact(SigstoreMill.Identity.subject)
    var requirements = TrustRequirements()
    /// Changes the text of the bundle.
    var editText: @Sendable (String) -> String = { $0 }
    var editManifest: @Sendable (inout Manifest) -> Void = { _ in }
    var drops = false

    init() throws {
        revision = try SignedRevision()
        revision.answer = .nothing
        mill = try SigstoreMill()
        statement = Self.statement(of: revision.resolved.digest)
        bundle = try mill.bundle(statement)
        root = try mill.trustedRoot()
    }

    static func statement(of digest: Digest, type: String = "https://sigstore.dev/cosign/sign/v1") -> String {
        """
        {"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"\(digest.algorithm)":"\(digest.hex)"}}],\
        "predicateType":"\(type)","predicate":{}}
        """
    }

    /// Signs and logs again.
    mutating func sign(_ logging: SigstoreMill.Logging = .envelope, certificate: [UInt8]? = nil) throws {
        bundle = try mill.bundle(statement, logging: logging, certificate: certificate)
    }

    /// Signs again with a certificate that is bent before its authority signs it.
    mutating func certify(
        _ identity: SigstoreMill.Identity = SigstoreMill.Identity(),
        _ change: (inout TestCertificate) -> Void = { _ in }
    ) throws {
        try sign(certificate: mill.certificate(for: identity, change: change))
    }

    /// Builds the authorities anew, under the same names and keys.
    mutating func found(
        root changeRoot: (inout TestCertificate) -> Void = { _ in },
        authority changeAuthority: (inout TestCertificate) -> Void = { _ in }
    ) throws {
        mill.root = try .root("mill fulcio root", change: changeRoot)
        mill.authority = try mill.root.intermediate("mill fulcio") {
            $0.extensions.append(.purposes([KeyPurpose.codeSigning]))
            changeAuthority(&$0)
        }
        root = try mill.trustedRoot()
        try sign()
    }

    /// Puts a timestamp of the certificate log's, or none, into the certificate.
    mutating func stamp(_ stamps: (SigstoreMill, _ tbs: [UInt8]) throws -> [[UInt8]]) throws {
        var plan = TestCertificate.leaf(.empty, key: mill.signer, names: [SigstoreMill.Identity().name])
        plan.notBefore = SigstoreMill.time - 60
        plan.notAfter = SigstoreMill.time + 540
        plan.extensions.append(TestExtension("1.3.6.1.4.1.57264.1.8", DERWriter.utf8(SigstoreMill.Identity().issuer)))
        let bare = try Certificate(der: mill.authority.issue(plan))
        let list = try stamps(mill, bare.tbsBytes)
        if !list.isEmpty {
            plan.extensions.append(
                TestExtension(CertificateExtension.signedTimestamps, DERWriter.octets(SigstoreMill.list(list)))
            )
        }
        try sign(certificate: mill.authority.issue(plan))
    }

    func verdict() async throws -> TrustVerdict {
        var revision = revision
        if !drops {
            let text = editText(String(decoding: try bundle.bytes(), as: UTF8.self))
            try revision.attach(Array(text.utf8), editManifest)
        }
        let method = try KeylessMethod(
            identities: TrustedIdentities(listing: [IdentityMatcher(issuer: issuer, subject: subject)]),
            basis: SigstoreBasis(root: TrustedRoot(parsing: root.jsonBytes()), rules: rules)
        )
        let authority = TrustAuthority(name: "ci", method: .keyless(method))
        let rule = try TrustRule(name: "spec.verify", authorities: [authority], requirements: requirements)
        return try await ArtifactVerifier(source: MemorySource(revision: revision))
            .verify(revision.resolved, policy: TrustPolicy(rule), at: .test)
    }
}

extension SignedRevision {
    /// Stores a bundle as a referrer.
    mutating func attach(_ bytes: [UInt8], _ edit: (inout Manifest) -> Void = { _ in }) throws {
        let layer = try Descriptor(mediaType: TestBundle.mediaType, of: bytes)
        var manifest = Manifest(
            config: try Descriptor(mediaType: MediaType.ociEmpty, of: Array("{}".utf8)),
            layers: [layer],
            annotations: ["dev.sigstore.bundle.content": "dsse-envelope"],
            artifactType: TestBundle.mediaType
        )
        manifest.subject = Descriptor(mediaType: MediaType.ociManifest, digest: resolved.digest, size: 12)
        edit(&manifest)
        var referrer = try Descriptor(mediaType: MediaType.ociManifest, of: manifest.encode())
        referrer.artifactType = manifest.artifactType
        blobs[layer.digest] = bytes
        manifests[referrer.digest] = .manifest(manifest)
        referrers.append(referrer)
    }
}
