import ArtifactTrust
import CoreModel
import ManifestTree
import OCIDistribution
import SignatureCrypto
import SigstoreTrust
import TestSupport
import Testing

/// The attacks on signatures by certificate, from the registry's answers to the verdict. Every one is refused for a
/// reason that no other one is refused for.
struct TrustAttackTable {
    struct Row: Sendable, CustomTestStringConvertible {
        let why: String
        let says: String
        let verdict: @Sendable () async throws -> TrustVerdict
        var testDescription: String { why }

        init(_ why: String, _ says: String, _ verdict: @escaping @Sendable () async throws -> TrustVerdict) {
            (self.why, self.says, self.verdict) = (why, says, verdict)
        }

        /// An attack on a signature by certificate.
        static func keyless(
            _ why: String,
            _ says: String,
            _ change: @escaping @Sendable (inout TrustAttackScene) throws -> Void
        ) -> Row {
            Row(why, says) {
                var scene = try TrustAttackScene()
                try change(&scene)
                return try await scene.verdict()
            }
        }

        /// An attack on what the log of signatures says.
        static func logged(
            _ why: String,
            _ says: String,
            _ change: @escaping @Sendable (inout TestLogEntry, SigstoreMill) throws -> Void
        ) -> Row {
            keyless(why, says) { try change(&$0.bundle.entries[0], $0.mill) }
        }
    }

    static let content: [Row] = [
        .keyless("payload swapped", "not made by the key in its certificate") { $0.bundle.payload += [0x20] },
        .keyless("signature of another digest", "it is a signature of \"sha256:0000") { scene in
            scene.statement = scene.statement.replacing(
                scene.revision.resolved.digest.hex,
                with: String(repeating: "0", count: 64)
            )
            try scene.sign()
        },
        .keyless("digest of another algorithm", "it is a signature of \"sha512:") { scene in
            scene.statement = scene.statement.replacing("\"sha256\"", with: "\"sha512\"")
            try scene.sign()
        },
        .keyless("an attestation as a signature", "it is an attestation of the type") { scene in
            scene.statement = scene.statement.replacing("cosign/sign/v1", with: "cosign/vuln/v1")
            try scene.sign()
        },
        .keyless("a payload of an unknown type", "signs content of the type \"text/plain\"") { scene in
            let payload = Array(scene.statement.utf8)
            let signed = TestSigstoreBundle.signedBytes(payload, type: "text/plain")
            scene.bundle.payloadType = "text/plain"
            scene.bundle.signature = try scene.mill.signer.signing.sign(signed, scheme: scene.mill.signer.scheme)
            let pem = TestKeyPair.pem("CERTIFICATE", scene.bundle.certificate ?? [])
            let body = TestLogBody.envelope(try Digest.of(payload), signature: scene.bundle.signature, pem: pem)
            scene.bundle.entries = [
                try scene.mill.log.entry(body, kind: "dsse", version: "0.0.1", at: SigstoreMill.time)
            ]
        },
        .keyless("duplicate JSON keys", "is set twice in one object") { scene in
            scene.editText = { $0.replacing("\"dsseEnvelope\"", with: "\"verificationMaterial\":{},\"dsseEnvelope\"") }
        },
        .keyless("an unknown critical member", "unknown member \"critical\"") { scene in
            scene.editText = { "{\"critical\":true," + $0.dropFirst() }
        },
        .keyless("a second signature beside the first", "signatures has 2 elements") { scene in
            scene.editText = { $0.replacing("\"signatures\":[", with: "\"signatures\":[{\"sig\":\"AAAA\"},") }
        },
        .keyless("a bundle of the future", "which is no known bundle") {
            $0.bundle.mediaType = "application/vnd.dev.sigstore.bundle.v0.9+json"
        },
        .keyless("a referrer with a wrong subject", "the subject of its manifest is not this revision") { scene in
            scene.editManifest = { manifest in
                guard let digest = Digest("sha256:" + String(repeating: "1", count: 64)) else { return }
                manifest.subject = Descriptor(mediaType: MediaType.ociManifest, digest: digest, size: 12)
            }
        },
        .keyless("index signed but child swapped: no signature of the child", "has no signatures of this revision") {
            $0.drops = true
        },
        .keyless("a key where a certificate is asked for", "it comes without a certificate") {
            $0.bundle.certificate = nil
        },
    ]

    static let certificates: [Row] = [
        .keyless("trailing garbage after the certificate", "bytes after its end") { $0.bundle.certificate?.append(0) },
        .keyless("malleable DER", "not written in its shortest form") { scene in
            let der = scene.bundle.certificate ?? []
            scene.bundle.certificate = [0x30, 0x83, 0] + der[2...]
        },
        .keyless("a weak curve", "secp256k1") { scene in
            let key = Base64.decode(
                "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEljKfBE2In2zftt9joFPI5VqAzUQupy+VZCIe+zC/"
                    + "jImq2XSBu6wn6TuW6wZGPaJlKbaifVWUwzm5tN0obS/YIQ=="
            )
            try scene.certify { $0.publicInfo = key ?? [] }
        },
        .keyless("a certificate signed with SHA-1", "signed with MD5 or SHA-1") { scene in
            try scene.certify { $0.innerAlgorithm = DERWriter.sequence(DERWriter.oid("1.2.840.10045.4.1")) }
        },
        .keyless("algorithm confusion in the certificate", "names two signature schemes") { scene in
            try scene.certify { $0.outerAlgorithm = TestAlgorithm.identifier(of: .ecdsa(.sha384)) }
        },
        .keyless("a negative serial number", "serial number is negative") { scene in
            try scene.certify { $0.serial = [0x80] }
        },
        .keyless("an extension twice", "the extension 2.5.29.15 twice") { scene in
            try scene.certify { $0.extensions.append($0.extensions[0]) }
        },
        .keyless("wrong EKU", "is not for code signing by its extended key usage") { scene in
            try scene.certify { $0.extensions[1] = .purposes(["1.3.6.1.5.5.7.3.1"]) }
        },
        .keyless("wrong key usage", "has a key that is not for digital signatures") { scene in
            try scene.certify { $0.extensions[0] = .keyUsage(.keyAgreement) }
        },
        .keyless("expired", "expired at 2023-11-14T22:13:19Z") { scene in
            try scene.certify { $0.notAfter = SigstoreMill.time - 1 }
        },
        .keyless("not yet valid", "not valid before 2023-11-14T22:13:21Z") { scene in
            try scene.certify { $0.notBefore = SigstoreMill.time + 1 }
        },
        .keyless("a chain that had expired", "\"CN=mill fulcio,O=Sluice test,ST=WA,C=US\" expired") { scene in
            try scene.found(authority: { $0.notAfter = SigstoreMill.time - 1 })
        },
        .keyless("a chain to another root", "not among the trusted roots") { scene in
            scene.mill.authority = try SigstoreMill("another mill").authority
            try scene.sign()
        },
        .keyless("an authority of the same name with another key", "which it names as its issuer") { scene in
            let key = try TestKeyPair("a thief")
            let authority = scene.mill.authority
            scene.mill.authority = SigningAuthority(name: authority.name, key: key, der: authority.der)
            try scene.certify { $0.addsKeyIdentifiers = false }
        },
        .keyless("CA without CA bit", "signs another one without being an authority") { scene in
            try scene.found(authority: { $0.extensions[0] = .notAuthority })
        },
        .keyless("an authority that may not sign", "has a key that is not for signing others") { scene in
            try scene.found(authority: { $0.extensions[1] = .keyUsage(.digitalSignature) })
        },
        .keyless("an authority for web servers", "the authority \"CN=mill fulcio,") { scene in
            try scene.found(authority: { $0.extensions[2] = .purposes(["1.3.6.1.5.5.7.3.1"]) })
        },
        .keyless("path length broken", "allows 0 authorities below it and has 1") { scene in
            try scene.found(root: { $0.extensions[0] = .authority(pathLength: 0) })
        },
        .keyless("name constraints broken", "may not certify the URI") { scene in
            try scene.found(root: {
                $0.extensions.append(.nameConstraints(excluded: [TestGeneralName.uri("github.com")]))
            })
        },
        .keyless("an authority as the signer", "is an authority's and not a signer's") { scene in
            try scene.certify { $0.extensions.append(.authority()) }
        },
        .keyless("an unknown critical extension", "critical extension 1.2.3.4,") { scene in
            try scene.certify { $0.extensions.append(TestExtension("1.2.3.4", critical: true, [5, 0])) }
        },
        .keyless("a precertificate", "critical extension 1.3.6.1.4.1.11129.2.4.3,") { scene in
            try scene.certify {
                $0.extensions.append(TestExtension(CertificateExtension.precertificatePoison, critical: true, [5, 0]))
            }
        },
        .keyless("SCT missing", "has no signed certificate timestamp") { try $0.stamp { _, _ in [] } },
        .keyless("SCT of an unknown log", "of no log that the trusted root names") { scene in
            try scene.stamp { [try $0.timestamp($1, at: SigstoreMill.time, by: TestKeyPair("a thief"))] }
        },
        .keyless("SCT forged", "certificate's timestamp is false") { scene in
            try scene.stamp { [try $0.timestamp($1 + [0], at: SigstoreMill.time)] }
        },
        .keyless("an authority that was retired before", "no certificate authority of the trusted root was in use") {
            $0.root["certificateAuthorities"] = .list(
                ($0.root["certificateAuthorities"]?.list ?? []).map { authority in
                    var authority = authority
                    authority["validFor"] = ["start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"]
                    return authority
                }
            )
        },
    ]

    static let identities: [Row] = [
        .keyless("a look-alike host", "its subject is \"https://github.com.evil.test/") { scene in
            var identity = SigstoreMill.Identity()
            identity.name = TestGeneralName.uri("https://github.com.evil.test/acme/app/.github/workflows/release.yaml")
            try scene.certify(identity)
        },
        .keyless("a regular expression not anchored", "matches only a part") { scene in
            var identity = SigstoreMill.Identity()
            identity.name = TestGeneralName.uri("https://evil.test/?https://github.com/acme/app")
            try scene.certify(identity)
            scene.subject = .pattern(try #require(LinearPattern("https://github.com/acme/app")))
        },
        .keyless("a dot that is any character", "which does not match") { scene in
            var identity = SigstoreMill.Identity()
            identity.name = TestGeneralName.uri("https://githubXcom/acme/app")
            try scene.certify(identity)
            scene.subject = .pattern(try #require(LinearPattern("https://github\\.com/.*")))
        },
        .keyless("another issuer of identities", "its issuer is \"https://evil.test\"") { scene in
            var identity = SigstoreMill.Identity()
            identity.issuer = "https://evil.test"
            try scene.certify(identity)
        },
        .keyless("two subjects", "names 2 subjects") { scene in
            try scene.certify {
                $0.extensions[2] = .names(
                    [SigstoreMill.Identity().name, TestGeneralName.uri("https://b.test")],
                    critical: true
                )
            }
        },
        .keyless("a subject hidden behind a NUL", "characters that do not belong in one") { scene in
            var identity = SigstoreMill.Identity()
            identity.name = TestGeneralName.uri(SigstoreMill.Identity.subject + "\u{0}.evil.test")
            try scene.certify(identity)
        },
        .keyless("two issuers", "names two issuers") { scene in
            try scene.certify { certificate in
                let at = certificate.extensions.firstIndex { $0.identifier == "1.3.6.1.4.1.57264.1.1" } ?? 0
                certificate.extensions[at].value = Array("https://evil.test".utf8)
            }
        },
    ]
}
