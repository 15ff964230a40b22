internal import CoreModel
internal import ManifestTree
internal import SignatureCrypto

/// The logged form of an entry. The log's promise is about these bytes alone, so they have to name the very signature,
/// content and key that are verified.
struct LogEntryBody {
    let kind: String
    let version: String
    private let spec: StrictMap

    init(parsing bytes: [UInt8]) throws(SigstoreProblem) {
        (kind, version, spec) = try SigstoreProblem.reading("its log entry cannot be read") {
            () throws(StrictMap.Problem) in
            let top = try StrictMap(parsing: bytes, "the body", required: ["apiVersion", "kind", "spec"])
            return (
                try top.string("kind"), try top.string("apiVersion"),
                try top.map("spec", required: [], optional: nil)
            )
        }
    }

    /// Checks that the entry is about the content, its signature and the one who made it.
    func check(_ content: SignedContent, by verifier: SignatureVerifier) throws {
        do {
            let claims = try claims(content)
            guard claims.digests.allSatisfy({ $0.isRight }) else {
                throw SigstoreProblem("its log entry is about other content")
            }
            let own = claims.signatures.filter { $0.signature == content.signature }
            guard !own.isEmpty else { throw SigstoreProblem("its log entry is about another signature") }
            guard own.contains(where: { $0.isBy(verifier) }) else {
                throw SigstoreProblem("its log entry is about a signature by another key or certificate")
            }
        } catch let problem as StrictMap.Problem {
            throw SigstoreProblem("its log entry cannot be read: \(problem.reason)")
        }
    }

    private func claims(_ content: SignedContent) throws -> Claims {
        switch (kind, version) {
        case ("hashedrekord", "0.0.1"): try hashedRecord(content)
        case ("hashedrekord", "0.0.2"): try tiledHashedRecord(content)
        case ("dsse", "0.0.1"): try envelope(content)
        case ("dsse", "0.0.2"): try tiledEnvelope(content)
        case ("intoto", "0.0.1"): try oldStatement(content)
        case ("intoto", "0.0.2"): try statement(content)
        default:
            throw SigstoreProblem(
                "its log entry is of the kind \(kind.quotedForMessage) \(version.quotedForMessage), which is unknown"
            )
        }
    }
}

// MARK: - What entries claim

extension LogEntryBody {
    /// What an entry says, held against what is verified.
    private struct Claims {
        var digests: [DigestClaim]
        var signatures: [SignatureClaim]
    }

    private struct DigestClaim {
        let isRight: Bool

        init(_ claimed: Digest?, of actual: Digest?) { isRight = claimed != nil && claimed == actual }
    }

    private struct SignatureClaim {
        let signature: [UInt8]
        /// DER, of a certificate or of a key.
        let certificate: [UInt8]?
        let key: PublicKey?

        func isBy(_ verifier: SignatureVerifier) -> Bool {
            switch verifier {
            case .certificate(let own): certificate == own.der
            case .key(let own): key == own
            }
        }

        /// Takes the PEM text of a certificate or a key, as Rekor 1 logs it.
        init(_ signature: [UInt8], pem: [UInt8]) throws(SigstoreProblem) {
            self.signature = signature
            do {
                let isCertificate = String(decoding: pem, as: UTF8.self).contains("-----BEGIN CERTIFICATE-----")
                // Compared with one that was read before, so that it need not be read itself.
                let subject = "The certificate"
                certificate =
                    isCertificate ? try PEMBlock.list(pem, label: "CERTIFICATE", subject: subject).first : nil
                key = isCertificate ? nil : try PublicKey(pem: pem)
            } catch {
                throw SigstoreProblem("its log entry has a key that cannot be read: \(error)")
            }
        }

        /// Takes a `Verifier` of Rekor 2.
        init(_ signature: [UInt8], _ verifier: StrictMap) throws {
            self.signature = signature
            if verifier.entries["x509Certificate"] != nil {
                certificate = try verifier.map("x509Certificate", required: ["rawBytes"]).bytes("rawBytes")
                key = nil
            } else {
                let held = try verifier.map("publicKey", required: ["rawBytes"]).bytes("rawBytes")
                certificate = nil
                key = try? PublicKey(der: held)
            }
        }
    }

    /// `hashedrekord` 0.0.1: the digest of what the signature is over.
    private func hashedRecord(_ content: SignedContent) throws -> Claims {
        let hash = try spec.map("data", required: ["hash"]).map("hash", required: ["algorithm", "value"])
        let signature = try spec.map("signature", required: ["content", "publicKey"])
        let key = try signature.map("publicKey", required: ["content"])
        return Claims(
            digests: [try signedDigest(Self.digest(hash), content)],
            signatures: [try SignatureClaim(try signature.bytes("content"), pem: try key.bytes("content"))]
        )
    }

    /// `hashedrekord` 0.0.2: the same in the form of Rekor 2.
    private func tiledHashedRecord(_ content: SignedContent) throws -> Claims {
        let inner = try spec.map("hashedRekordV002", required: ["data", "signature"])
        let data = try inner.map("data", required: ["algorithm", "digest"])
        let signature = try inner.map("signature", required: ["content", "verifier"])
        return Claims(
            digests: [try signedDigest(Self.tiledDigest(data), content)],
            signatures: [try Self.tiledSignature(signature)]
        )
    }

    /// `dsse` 0.0.1: the digests of an envelope and of its payload.
    private func envelope(_ content: SignedContent) throws -> Claims {
        let hash = try spec.map("payloadHash", required: ["algorithm", "value"])
        var signatures: [SignatureClaim] = []
        for tree in try spec.list("signatures", limit: 10) {
            let one = try StrictMap(tree, "signatures", required: ["signature", "verifier"])
            signatures.append(try SignatureClaim(try one.bytes("signature"), pem: try one.bytes("verifier")))
        }
        return Claims(digests: [try payloadDigest(Self.digest(hash), content)], signatures: signatures)
    }

    /// `dsse` 0.0.2: the same in the form of Rekor 2.
    private func tiledEnvelope(_ content: SignedContent) throws -> Claims {
        let inner = try spec.map("dsseV002", required: ["payloadHash", "signatures"])
        let hash = try inner.map("payloadHash", required: ["algorithm", "digest"])
        var signatures: [SignatureClaim] = []
        for tree in try inner.list("signatures", limit: 10) {
            signatures.append(
                try Self.tiledSignature(StrictMap(tree, "signatures", required: ["content", "verifier"]))
            )
        }
        return Claims(digests: [try payloadDigest(Self.tiledDigest(hash), content)], signatures: signatures)
    }

    /// `intoto` 0.0.2, where the signature is in base64 twice.
    private func statement(_ content: SignedContent) throws -> Claims {
        let inner = try spec.map("content", required: ["envelope", "payloadHash"], optional: ["hash"])
        let hash = try inner.map("payloadHash", required: ["algorithm", "value"])
        let envelope = try inner.map("envelope", required: ["signatures"], optional: ["payloadType", "payload"])
        var signatures: [SignatureClaim] = []
        for tree in try envelope.list("signatures", limit: 10) {
            let one = try StrictMap(tree, "signatures", required: ["publicKey", "sig"], optional: ["keyid"])
            let text = String(decoding: try one.bytes("sig"), as: UTF8.self)
            signatures.append(try SignatureClaim(Base64.decode(text) ?? [], pem: try one.bytes("publicKey")))
        }
        return Claims(digests: [try payloadDigest(Self.digest(hash), content)], signatures: signatures)
    }

    /// `intoto` 0.0.1, which has the signature only in the digest of the whole envelope.
    private func oldStatement(_ content: SignedContent) throws -> Claims {
        guard let stored = content.envelopeBytes else {
            throw SigstoreProblem("its log entry has no signature, and the envelope's own bytes are not known")
        }
        let inner = try spec.map("content", required: ["hash"], optional: ["payloadHash", "envelope"])
        let claimed = try Self.digest(inner.map("hash", required: ["algorithm", "value"]))
        let actual = try claimed.map { try Digest.of(stored, $0.algorithm) }
        return Claims(
            digests: [DigestClaim(claimed, of: actual)],
            signatures: [try SignatureClaim(content.signature, pem: try spec.bytes("publicKey"))]
        )
    }

    private func signedDigest(_ claimed: Digest?, _ content: SignedContent) throws -> DigestClaim {
        DigestClaim(claimed, of: try claimed.flatMap { try content.digest($0.algorithm) })
    }

    private func payloadDigest(_ claimed: Digest?, _ content: SignedContent) throws -> DigestClaim {
        guard case .envelope(let payload, _) = content.form else { return DigestClaim(claimed, of: nil) }
        return DigestClaim(claimed, of: try claimed.map { try Digest.of(payload, $0.algorithm) })
    }

    private static func digest(_ hash: StrictMap) throws(StrictMap.Problem) -> Digest? {
        Digest("\(try hash.string("algorithm")):\(try hash.string("value"))")
    }

    private static func tiledDigest(_ hash: StrictMap) throws(StrictMap.Problem) -> Digest? {
        let algorithms: [String: Digest.Algorithm] = ["SHA2_256": .sha256, "SHA2_384": .sha384, "SHA2_512": .sha512]
        let bytes = try hash.bytes("digest")
        return algorithms[try hash.string("algorithm")].flatMap { Digest(algorithm: $0, bytes: bytes) }
    }

    private static func tiledSignature(_ signature: StrictMap) throws -> SignatureClaim {
        let verifier = try signature.map(
            "verifier",
            required: [],
            optional: ["keyDetails", "publicKey", "x509Certificate"]
        )
        return try SignatureClaim(try signature.bytes("content"), verifier)
    }
}
