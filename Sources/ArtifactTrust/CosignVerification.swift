internal import CoreModel
internal import OCIDistribution
internal import SignatureCrypto

/// One verification of a revision by the signatures that cosign stores beside it (SIGNATURE_SPEC.md, "Storage").
struct CosignVerification {
    /// The most signatures examined; further ones do not count.
    static let signatureLimit = 100
    /// The largest payload fetched, in bytes; real ones have about 250.
    static let payloadLimit: Int64 = 1 << 20
    /// The annotation of a layer that holds the signature of its content.
    static let signatureAnnotation = "dev.cosignproject.cosign/signature"

    let source: any SignatureSource
    let subject: TrustSubject
    let policy: CosignKeyPolicy

    /// - Throws: `TrustError.undecided`.
    func verdict() async throws -> TrustVerdict {
        let layers: [Descriptor]
        switch try await findSignatures() {
        case .refused(let reason): return refusal(reason)
        case .layers(let found): layers = found
        }
        let candidates = layers.filter { $0.mediaType == SimpleSigningPayload.mediaType }
        var results: [SignatureResult] = []
        var obstacle: (any Error)?
        for layer in candidates.prefix(Self.signatureLimit) {
            do {
                try Task.checkCancellation()
                let result = try await examine(layer)
                results.append(result)
                if let signer = result.signer, result.refusal == nil {
                    return TrustVerdict(.verified(by: signer.name), of: subject, policy: policy, signatures: results)
                }
            } catch {
                if FailureKind(of: error) == .cancelled { throw undecided(error) }
                obstacle = obstacle ?? error
            }
        }
        if let obstacle { throw undecided(obstacle) }
        let reason = RefusalReason(results, layers: layers.count, candidates: candidates.count).description
        return TrustVerdict(.refused(reason: reason), of: subject, policy: policy, signatures: results)
    }

    private enum Found {
        case layers([Descriptor])
        case refused(String)
    }

    private func findSignatures() async throws -> Found {
        let tag = CosignTag.signature(for: subject.digest)
        guard OCIReference.isTag(tag) else {
            return .refused(
                "the digest is too long for the tag that cosign keeps signatures under; use a sha256 digest"
            )
        }
        let document: ManifestDocument?
        do {
            document = try await source.manifest(tag: tag)
        } catch let error as RegistryError where error.code == .invalidManifest {
            return .refused("the signature object '\(tag)' cannot be read: \(error.description.quotedForMessage)")
        } catch {
            throw undecided(error)
        }
        switch document {
        case nil: return .refused("the repository has no signatures of this revision (no tag '\(tag)'); sign it first")
        case .index: return .refused("the signature object '\(tag)' is an index where an image manifest belongs")
        case .manifest(let manifest): return .layers(manifest.layers)
        }
    }

    /// - Throws: what kept the signature from being examined.
    private func examine(_ layer: Descriptor) async throws -> SignatureResult {
        var result = SignatureResult(payload: layer.digest)
        guard let text = layer.annotations[Self.signatureAnnotation] else {
            result.refusal = "it has no annotation \(Self.signatureAnnotation)"
            return result
        }
        guard let signature = Base64.decode(text, ignoringLineBreaks: true), !signature.isEmpty else {
            result.refusal = "its annotation \(Self.signatureAnnotation) is not base64"
            return result
        }
        let payload: [UInt8]
        switch try await fetchPayload(layer) {
        case .success(let bytes): payload = bytes
        case .failure(let refusal):
            result.refusal = refusal.reason
            return result
        }
        try judge(signature, payload, &result)
        return result
    }

    /// The payload, digest and size checked; a refusal where the registry holds something else than it says.
    private func fetchPayload(_ layer: Descriptor) async throws -> Result<[UInt8], SimpleSigningPayload.Refusal> {
        func refused(_ reason: String) -> Result<[UInt8], SimpleSigningPayload.Refusal> {
            .failure(.init(reason: reason))
        }
        guard layer.size <= Self.payloadLimit else {
            return refused("its payload of \(layer.size) bytes is larger than \(Self.payloadLimit)")
        }
        let bytes: [UInt8]
        do {
            bytes = try await source.blob(layer)
        } catch let error as RegistryError where error.code == .notFound {
            return refused("its payload is missing from the repository")
        } catch let error as RegistryError where error.code == .digestMismatch {
            return refused("its payload does not match its digest")
        }
        guard Int64(bytes.count) == layer.size, try Digest.of(bytes, layer.digest.algorithm) == layer.digest else {
            return refused("its payload does not match its digest")
        }
        return .success(bytes)
    }

    /// Checks the signature before the payload is parsed, so that nothing unsigned is interpreted.
    private func judge(_ signature: [UInt8], _ payload: [UInt8], _ result: inout SignatureResult) throws {
        guard let signer = try policy.keys.first(where: { try $0.key.verify(signature: signature, of: payload) }) else {
            result.refusal = "it was not made by any key of the policy (\(keyNames))"
            return
        }
        result.signer = signer
        do {
            let statement = try SimpleSigningPayload(parsing: payload)
            result.claimedReference = statement.dockerReference
            result.refusal = mismatch(statement)
        } catch {
            result.refusal = error.reason
        }
    }

    private func mismatch(_ statement: SimpleSigningPayload) -> String? {
        guard statement.manifestDigest == subject.digest.description else {
            return "it is a signature of \(statement.manifestDigest.quotedForMessage), not of this revision"
        }
        guard let pinned = policy.repositories else { return nil }
        if let claimed = try? OCIReference(statement.dockerReference).repository, pinned.contains(claimed) {
            return nil
        }
        return "it was made for \(statement.dockerReference.quotedForMessage), and the policy pins "
            + pinned.map(\.description).sorted().joined(separator: ", ")
    }

    private var keyNames: String { policy.keys.map(\.name).joined(separator: ", ") }

    private func refusal(_ reason: String) -> TrustVerdict {
        TrustVerdict(.refused(reason: reason), of: subject, policy: policy)
    }

    private func undecided(_ cause: any Error) -> TrustError {
        TrustError(
            .undecided,
            "The signatures of '\(subject.reference)' could not all be examined; it will be tried again",
            cause: cause
        )
    }
}
