import CoreModel
import ManifestTree
import SignatureCrypto
import TestSupport

@testable import SigstoreTrust

/// A bundle and the trusted root that it is held against; each test bends one part of either.
struct KeylessScene {
    static let statement = """
        {"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"00"}}],"predicateType":"p"}
        """

    var mill: SigstoreMill
    var bundle: TestSigstoreBundle
    var root: Tree
    var rules = EvidenceRules()
    /// Changes what was read, where a document cannot say it.
    var editMaterial: @Sendable (inout VerificationMaterial) -> Void = { _ in }

    init(_ logging: SigstoreMill.Logging = .envelope, certificate: [UInt8]? = nil) throws {
        mill = try SigstoreMill()
        bundle = try mill.bundle(Self.statement, logging: logging, certificate: certificate)
        root = try mill.trustedRoot()
    }

    /// Signs and logs again with a certificate that is bent before its authority signs it.
    mutating func recertify(
        _ identity: SigstoreMill.Identity = SigstoreMill.Identity(),
        change: (inout TestCertificate) -> Void
    ) throws {
        let certificate = try mill.certificate(for: identity, change: change)
        bundle = try mill.bundle(Self.statement, certificate: certificate)
    }

    func verification() throws -> SigstoreVerification {
        let read = try SigstoreBundle(parsing: bundle.bytes())
        var material = try read.material()
        editMaterial(&material)
        return SigstoreVerification(
            read.signedContent,
            material,
            root: try TrustedRoot(parsing: root.jsonBytes()),
            rules: rules
        )
    }

    func signer() throws -> CertifiedSigner { try verification().certifiedSigner() }
}
