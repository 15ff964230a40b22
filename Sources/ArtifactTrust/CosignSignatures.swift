internal import CoreModel
internal import ManifestTree
internal import OCIDistribution
internal import SignatureCrypto
internal import SigstoreTrust

/// The signatures of one format that a repository holds for a revision, before any was looked at.
struct FoundSignatures {
    /// In the order in which they are examined; at most as many as the format's limit.
    var candidates: [SignatureCandidate] = []
    /// How many there are.
    var count = 0
    /// Why there is none, where that needs saying: something is in the signatures' place that cannot be read.
    var obstacle: String?

    static func nothing(_ obstacle: String? = nil) -> FoundSignatures { FoundSignatures(obstacle: obstacle) }
}

/// What came of fetching a candidate.
enum FetchedEvidence {
    /// It turned out to be no signature.
    case nothing
    /// It should be one, and cannot be read.
    case unreadable(SignatureResult)
    case evidence(SignatureEvidence, SignatureResult)
}

/// Where one signature is.
enum SignatureCandidate {
    /// A layer with simple signing content under cosign's tag.
    case layer(Descriptor)
    /// A manifest that may hold a bundle.
    case bundle(Descriptor)
    /// A layer with an envelope under cosign's tag for attestations.
    case envelope(Descriptor)
    /// A manifest that may hold a signature of the Notary Project.
    case notation(Descriptor)
}

/// The signatures that cosign stores beside an artifact: under a tag (SIGNATURE_SPEC.md, "Storage") and as Sigstore
/// bundles among the referrers (BUNDLE_SPEC.md).
struct CosignSignatures {
    /// The largest payload or bundle of a plain signature that is fetched, in bytes; real ones have hundreds.
    static let blobLimit: Int64 = 1 << 20
    /// The largest envelope or bundle fetched where attestations are asked for.
    static let attestationLimit: Int64 = 8 << 20
    /// What layers under cosign's tag for attestations are.
    static let envelopeType = "application/vnd.dsse.envelope.v1+json"
    /// The annotation of a layer that holds the signature of its content.
    static let signatureAnnotation = "dev.cosignproject.cosign/signature"
    /// The most signatures examined under the tag; further ones do not count.
    static let signatureLimit = 100
    /// The most bundles examined, each of which takes two requests; further ones do not count.
    static let bundleLimit = 32
    /// By which manifests say what the statement in their bundle says.
    static let predicateAnnotation = "dev.sigstore.bundle.predicateType"

    let source: any SignatureSource
    let subject: TrustSubject
    /// The types of statements that are asked for; others are left alone as far as they can be told.
    var predicates: Set<String> = [InTotoStatement.signaturePredicate]

    /// Fetches a signature and takes it apart.
    /// - Throws: what kept the signature from being examined.
    func evidence(of candidate: SignatureCandidate) async throws -> FetchedEvidence {
        switch candidate {
        case .layer(let layer): try await evidence(layer: layer)
        case .bundle(let manifest): try await evidence(bundle: manifest)
        case .envelope(let layer): try await evidence(envelope: layer)
        case .notation(let manifest): try await NotationSignatures(self).evidence(of: manifest)
        }
    }

    private func evidence(layer: Descriptor) async throws -> FetchedEvidence {
        let result = SignatureResult(.tag, payload: layer.digest)
        guard let text = layer.annotations[Self.signatureAnnotation] else {
            return .unreadable(result.refused("it has no annotation \(Self.signatureAnnotation)"))
        }
        guard let signature = Base64.decode(text, ignoringLineBreaks: true), !signature.isEmpty else {
            return .unreadable(result.refused("its annotation \(Self.signatureAnnotation) is not base64"))
        }
        switch try await fetch(layer, "its payload", held: usualPayload(of: layer)) {
        case .success(let payload):
            let evidence = SignatureEvidence(
                payload: payload,
                signature: signature,
                annotations: layer.annotations
            )
            return .evidence(evidence, result)
        case .failure(let problem): return .unreadable(result.refused(problem.reason))
        }
    }

    /// What cosign signs for this revision in its own repository, where the layer's digest shows that it is just that.
    ///
    /// Registries spend more on sending a blob than on all the rest of a verification.
    private func usualPayload(of layer: Descriptor) throws -> [UInt8]? {
        guard let repository = subject.repository else { return nil }
        let payload = SimpleSigningPayload(
            dockerReference: repository.description,
            manifestDigest: subject.digest.description,
            annotations: [:]
        ).encode()
        guard Int64(payload.count) == layer.size else { return nil }
        return try Digest.of(payload, layer.digest.algorithm) == layer.digest ? payload : nil
    }

    /// The layers under cosign's tag.
    /// - Throws: when the registry does not tell.
    func findUnderTag() async throws -> FoundSignatures {
        let tag = CosignTag.signature(for: subject.digest)
        guard OCIReference.isTag(tag) else { return .nothing() }
        let document: ManifestDocument?
        do {
            document = try await source.manifest(.tag(tag))
        } catch let error as RegistryError where error.code == .invalidManifest {
            return .nothing("the signature object '\(tag)' cannot be read: \(error.description.quotedForMessage)")
        }
        switch document {
        case nil: return .nothing()
        case .index: return .nothing("the signature object '\(tag)' is an index where an image manifest belongs")
        case .manifest(let manifest):
            let layers = manifest.layers.filter { $0.mediaType == SimpleSigningPayload.mediaType }
            guard !layers.isEmpty else {
                return .nothing(
                    "none of the \(manifest.layers.count) layers of the signature object has the media type "
                        + SimpleSigningPayload.mediaType
                )
            }
            return FoundSignatures(
                candidates: layers.prefix(Self.signatureLimit).map { .layer($0) },
                count: layers.count
            )
        }
    }

    /// The manifests with this subject that may hold a bundle with a signature.
    /// - Throws: when the registry does not tell.
    func findBundles() async throws -> FoundSignatures {
        let referrers: [Descriptor]
        do {
            referrers = try await source.referrers(of: subject.digest)
        } catch let error as RegistryError where error.code == .invalidManifest {
            return .nothing("the list of referrers cannot be read: \(error.description.quotedForMessage)")
        }
        let bundles = referrers.filter(mayHoldStatement)
        return FoundSignatures(
            candidates: bundles.prefix(Self.bundleLimit).map { .bundle($0) },
            count: bundles.count
        )
    }

    /// Leaves other statements and artifacts alone, as far as the list of referrers tells them apart: where cosign 3
    /// keeps that list itself, it notes the config's type for the artifact's, and no annotations.
    private func mayHoldStatement(_ referrer: Descriptor) -> Bool {
        guard let type = referrer.artifactType, type != MediaType.ociEmpty else { return true }
        return SigstoreBundle.isBundle(type) && isAskedFor(referrer.annotations[Self.predicateAnnotation])
    }

    /// Whether statements of a type matter; one that does not say its type may be any.
    func isAskedFor(_ predicate: String?) -> Bool { predicate.map { predicates.contains($0) } ?? true }
}
