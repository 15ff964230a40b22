import CoreModel
import ManifestTree
import SignatureCrypto
import TestSupport
import Testing

@testable import NotationTrust

/// Whether a signature is over this artifact, by the key of a certificate that is fit for it. Each row breaks one rule.
struct IntegrityTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        let reason: String
        let why: String
        let build: @Sendable () throws -> SignedArtifact
        var testDescription: String { why }

        init(_ reason: String, why: String, _ build: @escaping @Sendable () throws -> SignedArtifact) {
            (self.reason, self.why, self.build) = (reason, why, build)
        }

        /// One with a spoilt certificate.
        static func leaf(_ reason: String, why: String, _ change: @escaping TestChain.Change) -> Attack {
            Attack(reason, why: why) { try SignedArtifact(chain: TestChain(leaf: change)) }
        }
        static func intermediate(_ reason: String, why: String, _ change: @escaping TestChain.Change) -> Attack {
            Attack(reason, why: why) { try SignedArtifact(chain: TestChain(intermediate: change)) }
        }
        static func root(_ reason: String, why: String, _ change: @escaping TestChain.Change) -> Attack {
            Attack(reason, why: why) { try SignedArtifact(chain: TestChain(root: change)) }
        }
        /// One with other content.
        static func payload(_ reason: String, why: String, _ payload: String) -> Attack {
            Attack(reason, why: why) {
                var signed = try SignedArtifact(chain: TestChain())
                signed.payload = Array(payload.utf8)
                return signed
            }
        }
    }

    static let digest = (try? SignedArtifact.target().digest.description) ?? ""
    static let type = "application/vnd.oci.image.manifest.v1+json"

    static let contents: [Attack] = [
        .payload(
            "is a signature of",
            why: "a signature of another digest",
            """
            {"targetArtifact":{"mediaType":"\(type)","digest":"sha256:\(String(repeating: "0", count: 64))","size":123}}
            """
        ),
        .payload(
            "of 124 bytes",
            why: "the right digest with another size",
            """
            {"targetArtifact":{"mediaType":"\(type)","digest":"\(digest)","size":124}}
            """
        ),
        .payload(
            "signs this digest as",
            why: "the right digest with another media type",
            """
            {"targetArtifact":{"mediaType":"application/json","digest":"\(digest)","size":123}}
            """
        ),
        .payload(
            "payload is not valid",
            why: "a member twice",
            """
            {"targetArtifact":{"mediaType":"\(type)","digest":"\(digest)","digest":"\(digest)","size":123}}
            """
        ),
        .payload(
            "unknown member",
            why: "a second artifact beside the first",
            """
            {"targetArtifact":{"mediaType":"\(type)","digest":"\(digest)","size":123},"targetartifact":{}}
            """
        ),
        .payload("is not a map", why: "no artifact", "{}"),
        .payload(
            "not one that is supported",
            why: "a digest of another algorithm",
            """
            {"targetArtifact":{"mediaType":"\(type)","digest":"md5:00","size":123}}
            """
        ),
        .payload(
            "not a number of bytes",
            why: "a size with a fraction",
            """
            {"targetArtifact":{"mediaType":"\(type)","digest":"\(digest)","size":123.0}}
            """
        ),
        .payload("payload is not valid", why: "not JSON", "targetArtifact"),
        Attack("not made by the key", why: "the payload swapped after signing") {
            var signed = try SignedArtifact(chain: TestChain())
            signed.signedInstead = Array("{}".utf8)
            return signed
        },
        Attack("not made by the key", why: "the same in COSE") {
            var signed = try SignedArtifact(.cose, chain: TestChain())
            signed.signedInstead = Array("{}".utf8)
            return signed
        },
        Attack("not made by the key", why: "somebody else's signature under a trusted chain") {
            var signed = try SignedArtifact(chain: TestChain())
            signed.signer = try TestKeyPair("an attacker")
            return signed
        },
        Attack("not made by the key", why: "ECDSA in DER, as cosign has it") {
            var signed = try SignedArtifact(chain: TestChain())
            signed.editSignature = { DERWriter.sequence(DERWriter.rawInteger([1] + $0.prefix(31)), [2, 1, 1]) }
            return signed
        },
        Attack("not made by the key", why: "bytes after the signature") {
            var signed = try SignedArtifact(chain: TestChain())
            signed.editSignature = { $0 + [0] }
            return signed
        },
        Attack("not made by the key", why: "r and s of zero, which some verifiers took for good (CVE-2022-21449)") {
            var signed = try SignedArtifact(chain: TestChain())
            signed.editSignature = { [UInt8](repeating: 0, count: $0.count) }
            return signed
        },
        Attack("which is not later", why: "a signature that had expired when it was made") {
            var signed = try SignedArtifact(.cose, chain: TestChain())
            signed.say(expiry: SignedArtifact.signed)
            return signed
        },
        Attack("is not the one of its key", why: "another hash than the curve's") {
            var signed = try SignedArtifact(chain: TestChain())
            signed.say(algorithm: .es384)
            return signed
        },
        Attack("is not the one of its key", why: "an algorithm of another kind of key") {
            var signed = try SignedArtifact(.cose, chain: TestChain())
            signed.say(algorithm: .ps256)
            return signed
        },
        Attack("is not the one of its key", why: "another hash than the key's size has") {
            var signed = try SignedArtifact(chain: TestChain(.rsa))
            signed.say(algorithm: .ps512)
            return signed
        },
        Attack("cannot sign: its key is Ed25519", why: "a kind of key that the Notary Project does not know") {
            var signed = try SignedArtifact(chain: TestChain())
            signed.certificates = try TestChain(.ed25519).certificates
            return signed
        },
    ]

    static let chains: [Attack] = [
        Attack("is the last one and no root", why: "no root") {
            var signed = try SignedArtifact(chain: TestChain())
            signed.certificates = Array(signed.chain.certificates.dropLast())
            return signed
        },
        Attack("is not issued by the next one", why: "no intermediate") {
            var signed = try SignedArtifact(chain: TestChain())
            signed.certificates = [signed.chain.certificates[0], signed.chain.root]
            return signed
        },
        Attack("is a root and not the last one", why: "the wrong way round") {
            var signed = try SignedArtifact(chain: TestChain())
            signed.certificates = signed.chain.certificates.reversed()
            return signed
        },
        Attack("is a root and not the last one", why: "the root twice") {
            var signed = try SignedArtifact(chain: TestChain())
            signed.certificates = signed.chain.certificates + [signed.chain.root]
            return signed
        },
        Attack("is a root and not the last one", why: "another root behind the first") {
            var signed = try SignedArtifact(chain: TestChain())
            signed.certificates = signed.chain.certificates + [try TestChain(rootName: "Other").root]
            return signed
        },
        Attack("is not issued by the next one", why: "the leaf twice") {
            var signed = try SignedArtifact(chain: TestChain())
            signed.certificates = [signed.chain.certificates[0]] + signed.chain.certificates
            return signed
        },
        Attack("is not signed by the next one", why: "an intermediate of the same name with another key") {
            var signed = try SignedArtifact(chain: TestChain())
            let top = try SigningAuthority.root()
            let name = TestName(common: "Sluice test intermediate of Sluice test root")
            let imposter = try top.intermediate("imposter") { $0.subject = name }
            signed.certificates = [signed.chain.certificates[0], imposter.der, top.der]
            return signed
        },
        Attack("is not strict DER", why: "bytes after a certificate") {
            var signed = try SignedArtifact(chain: TestChain())
            signed.certificates = signed.chain.certificates
            signed.certificates?[0].append(0)
            return signed
        },
        Attack("certificates are not in order", why: "a certificate that is none") {
            var signed = try SignedArtifact(chain: TestChain())
            signed.certificates = [[1, 2, 3]]
            return signed
        },
        .leaf("certificates are not in order", why: "a certificate signed with SHA-1") {
            $0.innerAlgorithm = DERWriter.sequence(DERWriter.oid("1.2.840.10045.4.1"))
        },
        .intermediate("certificates are not in order", why: "an authority's certificate signed with SHA-1") {
            $0.innerAlgorithm = DERWriter.sequence(DERWriter.oid("1.2.840.10045.4.1"))
        },
        .leaf("signs for itself and is an authority", why: "an authority that signs artifacts") {
            $0.extensions.append(.authority())
        },
        .leaf("does not say critically", why: "no key usage") { $0.extensions.remove(at: 0) },
        .leaf("does not say critically", why: "a key usage that could be overlooked") {
            $0.extensions[0].isCritical = false
        },
        .leaf("is not for signatures", why: "a key that may only vouch for content") {
            $0.extensions[0] = .keyUsage(.contentCommitment)
        },
        .leaf("is for more than signatures", why: "a key for encryption as well") {
            $0.extensions[0] = .keyUsage([.digitalSignature, .keyEncipherment])
        },
        .leaf("is for more than signatures", why: "a key that signs certificates") {
            $0.extensions[0] = .keyUsage([.digitalSignature, .certificateSigning])
        },
        .leaf("is for TLS servers", why: "a web server's certificate") {
            $0.extensions[1] = .purposes(["1.3.6.1.5.5.7.3.1"])
        },
        .leaf("is for TLS clients", why: "a client's certificate besides") {
            $0.extensions[1] = .purposes([KeyPurpose.codeSigning, "1.3.6.1.5.5.7.3.2"])
        },
        .leaf("is for electronic mail", why: "a certificate for mail") {
            $0.extensions[1] = .purposes(["1.3.6.1.5.5.7.3.4"])
        },
        .leaf("is for any purpose", why: "a certificate for everything") {
            $0.extensions[1] = .purposes([KeyPurpose.any])
        },
        .leaf("is for timestamps", why: "a timestamping authority's certificate") {
            $0.extensions[1] = .purposes([KeyPurpose.timeStamping], critical: true)
        },
        .leaf("is for OCSP", why: "a responder's certificate") { $0.extensions[1] = .purposes(["1.3.6.1.5.5.7.3.9"]) },
        .leaf("certificates are not in order", why: "an unknown critical extension") {
            $0.extensions.append(TestExtension("1.2.3.4.5", critical: true, [5, 0]))
        },
        .intermediate("is no authority", why: "an intermediate without the CA bit") {
            $0.extensions[0] = .notAuthority
        },
        .intermediate("is no authority", why: "an intermediate without basic constraints") {
            $0.extensions.remove(at: 0)
        },
        .intermediate("is no authority", why: "basic constraints that could be overlooked") {
            $0.extensions[0].isCritical = false
        },
        .intermediate("is not for signing certificates", why: "an authority that may only sign lists") {
            $0.extensions[1] = .keyUsage(.revocationListSigning)
        },
        .intermediate("does not say critically", why: "an authority without key usage") {
            $0.extensions.remove(at: 1)
        },
        .root("allows 0 authorities below it", why: "a path longer than the root allows") {
            $0.extensions[0] = .authority(pathLength: 0)
        },
        .root("does not say critically", why: "a root without key usage") { $0.extensions.remove(at: 1) },
        .intermediate("certificates are not in order", why: "a name outside of what the authority may name") {
            let allowed = TestName([("2.5.4.6", "DE")])
            $0.extensions.append(.nameConstraints(permitted: [TestGeneralName.directory(allowed)]))
        },
        .intermediate("certificates are not in order", why: "a name that the authority must not name") {
            let excluded = TestName([("2.5.4.6", "US")])
            $0.extensions.append(.nameConstraints(excluded: [TestGeneralName.directory(excluded)]))
        },
        Attack("is no authority", why: "a chain through another leaf") {
            let chain = try TestChain()
            var plan = TestCertificate.leaf(TestName(common: "below"), key: try TestKeyPair("below"))
            plan.serial = [9]
            let below = try plan.signed(by: chain.key, as: TestName(common: "signer"))
            var signed = try SignedArtifact(chain: chain)
            signed.signer = try TestKeyPair("below")
            signed.certificates = [below] + chain.certificates
            return signed
        },
    ]

    @Test(arguments: contents + chains)
    func refuses(_ row: Attack) throws {
        let statement = try TestStatement.parse(level: ["level": "audit"])
        let result = try row.build().result(statement)
        guard case .refused(let reason) = result.conclusion else {
            Issue.record("\(result.conclusion)")
            return
        }
        #expect(reason.contains(row.reason) && reason.contains("(integrity"), "\(reason)")
        #expect(result.validations.count == 1, "nothing else is looked at")
        #expect(result.signer == nil && result.payload == nil)
    }

    @Test(arguments: [TestKeyPair.Kind.p256, .p384, .p521, .rsa], EnvelopeFormat.allCases)
    func takesEachKindOfKeyInEachFormat(kind: TestKeyPair.Kind, format: EnvelopeFormat) throws {
        let chain = try TestChain(kind)
        let result = try SignedArtifact(format, chain: chain).result(TestStatement.parse())
        #expect(result.conclusion == .verified, "\(result)")
        #expect(result.validations.map(\.kind) == ValidationKind.allCases)
        #expect(result.validations.allSatisfy { $0.outcome == .passed })
        #expect(result.signer?.fingerprint == (try Certificate(der: chain.certificates[0]).fingerprint))
        #expect(result.signer?.claimedTime == SignedArtifact.signed && result.signer?.provenTime == nil)
    }

    @Test func takesACertificateThatSignsItself() throws {
        let result = try SignedArtifact(chain: .selfSigned()).result(TestStatement.parse())
        #expect(result.conclusion == .verified, "\(result)")
    }

    @Test func takesWhatTheSpecificationLeavesOpen() throws {
        let chains = [
            try TestChain(leaf: { $0.extensions.remove(at: 1) }),
            try TestChain(leaf: { $0.extensions.append(.notAuthority) }),
            try TestChain(leaf: { $0.extensions[0] = .keyUsage([.digitalSignature, .contentCommitment]) }),
            try TestChain(leaf: { $0.extensions[1] = .purposes([KeyPurpose.codeSigning], critical: true) }),
            try TestChain(root: { $0.extensions[0] = .authority(pathLength: 1) }),
        ]
        for chain in chains {
            let result = try SignedArtifact(chain: chain).result(TestStatement.parse())
            #expect(result.conclusion == .verified, "\(result)")
        }
    }

    @Test func annotationsOfTheSignerAreTold() throws {
        var signed = try SignedArtifact(chain: TestChain())
        let target = try SignedArtifact.target()
        let payload = NotationPayload(
            mediaType: target.mediaType,
            digest: target.digest,
            size: target.size,
            annotations: ["io.acme.build": "7"]
        )
        signed.payload = payload.encode()
        let result = try signed.result(TestStatement.parse())
        #expect(result.conclusion == .verified)
        #expect(result.payload?.annotations == ["io.acme.build": "7"])
    }

    /// Whichever byte is changed, the signature is no longer good, or what changed was not signed and does not matter.
    @Test(arguments: EnvelopeFormat.allCases)
    func noChangedByteGoesUnnoticed(format: EnvelopeFormat) throws {
        let signed = try SignedArtifact(format, chain: .selfSigned())
        let bytes = try signed.envelope()
        let root = try Certificate(der: signed.chain.root)
        var stores = NotationTrustStores()
        stores.add([root], to: TrustStoreName(.ca, "acme"))
        let verifier = NotationVerifier(statement: try TestStatement.parse(), stores: stores)
        let target = try SignedArtifact.target()
        let good = try SoundSignature(parsing: bytes, as: format, of: target)
        for index in stride(from: 0, to: bytes.count, by: 3) {
            for change: UInt8 in [1, 0x20, 0x80] {
                var copy = bytes
                copy[index] ^= change
                let result = try verifier.verify(copy, as: format, of: target, at: SignedArtifact.now)
                guard result.conclusion == .verified else { continue }
                let other = try SignatureEnvelope(parsing: copy, as: format)
                #expect(other.attributes == good.envelope.attributes && other.payload == good.envelope.payload)
                #expect(other.signature == good.envelope.signature && other.signedBytes == good.envelope.signedBytes)
                #expect(other.certificates == good.envelope.certificates && other.timestamp == nil)
            }
        }
    }
}
