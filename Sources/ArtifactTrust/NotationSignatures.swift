internal import CoreModel
internal import ManifestTree
internal import NotationTrust
internal import OCIDistribution

/// The signatures of the Notary Project among an artifact's referrers (signature-specification.md, "Storage").
struct NotationSignatures {
    /// What manifests that hold a signature are called.
    static let artifactType = "application/vnd.cncf.notary.signature"
    /// The fingerprints of the certificates, for those who look for signatures.
    static let thumbprints = "io.cncf.notary.x509chain.thumbprint#S256"
    /// The most signatures examined, each of which takes two requests; further ones do not count.
    static let signatureLimit = 32

    let base: CosignSignatures
    private var source: any SignatureSource { base.source }
    private var subject: TrustSubject { base.subject }

    init(_ base: CosignSignatures) { self.base = base }

    /// The manifests with this subject that may hold a signature.
    /// - Throws: when the registry does not tell.
    func find() async throws -> FoundSignatures {
        let referrers: [Descriptor]
        do {
            referrers = try await source.referrers(of: subject.digest)
        } catch let error as RegistryError where error.code == .invalidManifest {
            return .nothing("the list of referrers cannot be read: \(error.description.quotedForMessage)")
        }
        // Lists that clients keep may lack the type, or have the type of an empty config.
        let signatures = referrers.filter { referrer in
            guard let type = referrer.artifactType, !type.isEmpty, type != MediaType.ociEmpty else { return true }
            return type == Self.artifactType
        }
        return FoundSignatures(
            candidates: signatures.prefix(Self.signatureLimit).map { .notation($0) },
            count: signatures.count
        )
    }

    /// Fetches a signature and proves its integrity, which is the same for every policy.
    /// - Throws: what kept the signature from being examined.
    func evidence(of descriptor: Descriptor) async throws -> FetchedEvidence {
        var result = SignatureResult(.notation, payload: descriptor.digest)
        let layer: Descriptor
        switch try await envelope(of: descriptor) {
        case .success(nil): return .nothing
        case .success(let found?): layer = found
        case .failure(let problem): return .unreadable(result.refused(problem.reason))
        }
        result.payload = layer.digest
        guard let format = EnvelopeFormat(rawValue: layer.mediaType) else {
            return .unreadable(
                result.refused("its envelope is of the unknown type \(layer.mediaType.quotedForMessage)")
            )
        }
        guard let target = try await target() else {
            return .unreadable(result.refused("the manifest that it should be of is missing from the repository"))
        }
        switch try await base.fetch(layer, "its envelope") {
        case .failure(let problem): return .unreadable(result.refused(problem.reason))
        case .success(let bytes):
            do {
                let signature = try SoundSignature(parsing: bytes, as: format, of: target)
                return .evidence(SignatureEvidence(signature, repository: subject.repositoryName), result)
            } catch let problem as NotationProblem {
                result.checks = [NotationChecks(unsound: problem.reason)]
                return .unreadable(result.refused(problem.reason))
            }
        }
    }

    /// The layer with the envelope, of a manifest that is about this very revision; nil for another kind of manifest.
    private func envelope(of descriptor: Descriptor) async throws -> Result<Descriptor?, StrictMap.Problem> {
        func refused(_ reason: String) -> Result<Descriptor?, StrictMap.Problem> { .failure(.init(reason: reason)) }
        let document: ManifestDocument
        switch try await source.document(of: descriptor) {
        case .success(let found): document = found
        case .failure(let problem): return .failure(problem)
        }
        guard case .manifest(let manifest) = document, document.referrerType == Self.artifactType else {
            return .success(nil)
        }
        guard manifest.subject?.digest == subject.digest else {
            return refused("the subject of its manifest is not this revision")
        }
        guard manifest.layers.count == 1 else {
            return refused("its manifest has \(manifest.layers.count) layers, and one holds a signature")
        }
        return .success(manifest.layers[0])
    }

    /// What has to be signed: the manifest of the revision as it is.
    private func target() async throws -> NotationPayload? {
        if let resolved = subject.resolved, let type = resolved.mediaType, let size = resolved.size {
            return NotationPayload(mediaType: type, digest: subject.digest, size: size)
        }
        guard let descriptor = try await source.descriptor(of: subject.digest) else { return nil }
        return NotationPayload(mediaType: descriptor.mediaType, digest: subject.digest, size: descriptor.size)
    }
}
