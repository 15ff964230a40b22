internal import CoreModel
internal import ManifestTree
internal import OCIDistribution
internal import SignatureCrypto

/// One verification of a revision by the signatures that cosign stores beside it, under a tag (SIGNATURE_SPEC.md,
/// "Storage") and as Sigstore bundles among the revision's referrers (BUNDLE_SPEC.md).
///
/// The tag comes first: it takes two requests for a good signature, where a bundle takes three at best (list, manifest,
/// bundle) and four where the registry keeps no list itself; a repository without the tag costs one request more.
struct CosignVerification {
    /// The largest payload or bundle fetched, in bytes; real ones have hundreds.
    static let blobLimit: Int64 = 1 << 20
    /// The annotation of a layer that holds the signature of its content.
    static let signatureAnnotation = "dev.cosignproject.cosign/signature"

    let source: any SignatureSource
    let subject: TrustSubject
    let policy: CosignKeyPolicy

    /// - Throws: `TrustError.undecided`.
    func verdict() async throws -> TrustVerdict {
        var examined = Examination()
        do {
            for find in [findUnderTag, findBundles] {
                let found = try await find()
                if let verdict = try await examine(found, &examined) { return verdict }
            }
        } catch {
            throw undecided(error)
        }
        if let obstacle = examined.obstacle { throw undecided(obstacle) }
        let reason = RefusalReason(examined, tag: CosignTag.signature(for: subject.digest)).description
        return TrustVerdict(.refused(reason: reason), of: subject, policy: policy, signatures: examined.results)
    }

    /// Looks at signatures until one is good, whose verdict is returned.
    /// - Throws: only when the work was stopped; other failures are held against the end.
    private func examine(_ found: FoundSignatures, _ examined: inout Examination) async throws -> TrustVerdict? {
        if let obstacle = found.obstacle { examined.absences.append(obstacle) }
        examined.skipped += found.count - found.candidates.count
        for candidate in found.candidates {
            do {
                try Task.checkCancellation()
                guard let result = try await examine(candidate) else { continue }
                examined.results.append(result)
                if let signer = result.signer, result.refusal == nil {
                    let outcome = TrustVerdict.Outcome.verified(by: signer.name)
                    return TrustVerdict(outcome, of: subject, policy: policy, signatures: examined.results)
                }
            } catch {
                if FailureKind(of: error) == .cancelled { throw error }
                examined.obstacle = examined.obstacle ?? error
            }
        }
        return nil
    }

    /// Nil for what turns out to be no signature.
    /// - Throws: what kept the signature from being examined.
    private func examine(_ candidate: SignatureCandidate) async throws -> SignatureResult? {
        switch candidate {
        case .layer(let layer): try await examine(layer: layer)
        case .bundle(let manifest): try await examine(bundle: manifest)
        }
    }

    private func examine(layer: Descriptor) async throws -> SignatureResult {
        var result = SignatureResult(.tag, payload: layer.digest)
        guard let text = layer.annotations[Self.signatureAnnotation] else {
            result.refusal = "it has no annotation \(Self.signatureAnnotation)"
            return result
        }
        guard let signature = Base64.decode(text, ignoringLineBreaks: true), !signature.isEmpty else {
            result.refusal = "its annotation \(Self.signatureAnnotation) is not base64"
            return result
        }
        switch try await fetch(layer, "its payload") {
        case .success(let payload): try judge(signature, payload, &result)
        case .failure(let problem): result.refusal = problem.reason
        }
        return result
    }

    /// Checks the signature before the payload is parsed, so that nothing unsigned is interpreted.
    private func judge(_ signature: [UInt8], _ payload: [UInt8], _ result: inout SignatureResult) throws {
        guard try isSigned(signature, payload, &result) else { return }
        do {
            let statement = try SimpleSigningPayload(parsing: payload)
            result.claimedReference = statement.dockerReference
            result.refusal = mismatch(statement)
        } catch {
            result.refusal = "its payload is not valid: \(error.reason)"
        }
    }

    private func mismatch(_ statement: SimpleSigningPayload) -> String? {
        guard statement.manifestDigest == subject.digest.description else {
            return "it is a signature of \(statement.manifestDigest.quotedForMessage), not of this revision"
        }
        if let refusal = mismatch(annotations: statement.annotations) { return refusal }
        guard let pinned = policy.repositories else { return nil }
        if let claimed = try? OCIReference(statement.dockerReference).repository, pinned.contains(claimed) {
            return nil
        }
        return "it was made for \(statement.dockerReference.quotedForMessage), and \(Self.pins(pinned))"
    }

    private func undecided(_ cause: any Error) -> TrustError {
        TrustError(
            .undecided,
            "The signatures of '\(subject.reference)' could not all be examined; it will be tried again",
            cause: cause
        )
    }
}

/// What was found so far.
struct Examination {
    var results: [SignatureResult] = []
    /// What stands in the signatures' place and is none.
    var absences: [String] = []
    /// Signatures beyond the limits.
    var skipped = 0
    /// The first failure that kept a signature from being examined.
    var obstacle: (any Error)?
}
