import CoreModel
import KubeModel
import ManifestTree
import Testing

@testable import SluiceAPI

/// `spec.verify`: what may stand together, and what is refused before anything is fetched.
struct VerifySpecTests {
    typealias Signers = OCIRepository.Verification.Signers

    static func verification(_ verify: Tree) throws -> OCIRepository.Verification? {
        let spec: Tree = ["url": "oci://r.example/app", "interval": "1m", "verify": verify]
        return try OCIRepositorySpecTests.source(spec).spec().verification
    }

    static let identity: Tree = ["issuer": "^https://issuer$", "subject": "^https://github.com/acme/.*$"]
    static let meant: [(why: String, verify: Tree, signers: Signers?, provider: String)] = [
        ("keys", ["secretRef": ["name": "k"]], .keys(secretName: "k"), "cosign"),
        (
            "keys, and the provider said", ["provider": "cosign", "secretRef": ["name": "k"]], .keys(secretName: "k"),
            "cosign"
        ),
        (
            "identities", ["matchOIDCIdentity": [identity]],
            .identities([.init(issuer: "^https://issuer$", subject: "^https://github.com/acme/.*$")]), "cosign keyless"
        ),
        (
            "anybody, and their root", ["anyIdentity": true, "trustedRootSecretRef": ["name": "r"]], .identities([]),
            "cosign keyless"
        ),
        ("notation", ["provider": "notation", "secretRef": ["name": "n"]], .notation(secretName: "n"), "notation"),
        ("a policy alone", ["provider": "cosign", "policy": ["minimumAge": "1h"]], nil, "cosign"),
        (
            "a policy besides keys", ["secretRef": ["name": "k"], "policy": ["minimumAge": "1h"]],
            .keys(secretName: "k"), "cosign"
        ),
        (
            "keys and the log", ["secretRef": ["name": "k"], "transparencyLog": "required"], .keys(secretName: "k"),
            "cosign"
        ),
    ]

    @Test(arguments: meant)
    func theSignersAreThoseOfTheFields(why: String, verify: Tree, signers: Signers?, provider: String) throws {
        let verification = try #require(try Self.verification(verify))
        #expect(verification.signers == signers, "\(why)")
        #expect(verification.providerName == provider, "\(why)")
        #expect(verification.requiresTransparencyLog == (verify["transparencyLog"] == "required"))
        #expect(verification.policy == verify["policy"])
        #expect(verification.requiresEnforcement == false)
    }

    static let refused: [(why: String, verify: Tree, field: String)] = [
        ("nobody is named", ["provider": "cosign"], "matchOIDCIdentity"),
        ("an empty list is nobody", ["matchOIDCIdentity": []], "matchOIDCIdentity"),
        ("a root alone names nobody", ["trustedRootSecretRef": ["name": "r"]], "matchOIDCIdentity"),
        (
            "a root belongs to identities, which are missing, and not to the policy",
            ["trustedRootSecretRef": ["name": "r"], "policy": [:]], "matchOIDCIdentity"
        ),
        ("no subject", ["matchOIDCIdentity": [["issuer": "a"]]], "matchOIDCIdentity[0].subject"),
        ("no issuer", ["matchOIDCIdentity": [identity, ["subject": "a"]]], "matchOIDCIdentity[1].issuer"),
        (
            "a broken expression", ["matchOIDCIdentity": [["issuer": "(", "subject": "a"]]],
            "matchOIDCIdentity[0].issuer"
        ),
        ("keys and identities", ["secretRef": ["name": "k"], "matchOIDCIdentity": [identity]], "matchOIDCIdentity"),
        ("keys and anybody", ["secretRef": ["name": "k"], "anyIdentity": true], "anyIdentity"),
        ("somebody and anybody", ["matchOIDCIdentity": [identity], "anyIdentity": true], "anyIdentity"),
        ("notation without its Secret", ["provider": "notation"], "secretRef"),
        (
            "notation with identities",
            ["provider": "notation", "secretRef": ["name": "n"], "matchOIDCIdentity": [identity]], "matchOIDCIdentity"
        ),
        (
            "notation with a Sigstore root",
            ["provider": "notation", "secretRef": ["name": "n"], "trustedRootSecretRef": ["name": "r"]],
            "trustedRootSecretRef"
        ),
        (
            "the log of no keys", ["matchOIDCIdentity": [identity], "transparencyLog": "required"], "transparencyLog"
        ),
        ("an unknown word", ["secretRef": ["name": "k"], "transparencyLog": "maybe"], "transparencyLog"),
        ("an unknown provider", ["provider": "pgp"], "provider"),
        ("a Secret without a name", ["secretRef": [:]], "secretRef.name"),
        ("a mistake in a name", ["secretRef": ["name": "k"], "requireVerifed": true], "requireVerifed"),
        ("no flag", ["secretRef": ["name": "k"], "requireVerified": "yes"], "requireVerified"),
    ]

    @Test(arguments: refused)
    func whatCannotBeMeantIsRefused(why: String, verify: Tree, field: String) {
        #expect {
            _ = try Self.verification(verify)
        } throws: { error in
            guard let error = error as? SpecError else { return false }
            return error.field == "spec.verify.\(field)" && error.kind == .terminal
        }
    }
}
