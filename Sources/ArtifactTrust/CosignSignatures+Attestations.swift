internal import CoreModel
internal import ManifestTree
internal import OCIDistribution
internal import SigstoreTrust

extension CosignSignatures {
    /// The most attestations examined under the tag; further ones do not count.
    static let envelopeLimit = 32
    /// By which layers say what the statement in their envelope says.
    private static let typeAnnotation = "predicateType"

    /// The layers under cosign's tag for attestations (in-toto attestations, cosign up to version 2).
    /// - Throws: when the registry does not tell.
    func findAttestations() async throws -> FoundSignatures {
        let tag = CosignTag.attestation(for: subject.digest)
        guard OCIReference.isTag(tag) else { return .nothing() }
        let document: ManifestDocument?
        do {
            document = try await source.manifest(.tag(tag))
        } catch let error as RegistryError where error.code == .invalidManifest {
            return .nothing("the attestations under '\(tag)' cannot be read: \(error.description.quotedForMessage)")
        }
        switch document {
        case nil: return .nothing()
        case .index: return .nothing("the tag '\(tag)' is an index where an image manifest belongs")
        case .manifest(let manifest):
            let layers = manifest.layers.filter {
                $0.mediaType == Self.envelopeType && isAskedFor($0.annotations[Self.typeAnnotation])
            }
            return FoundSignatures(
                candidates: layers.prefix(Self.envelopeLimit).map { .envelope($0) },
                count: layers.count
            )
        }
    }

    func evidence(envelope layer: Descriptor) async throws -> FetchedEvidence {
        let result = SignatureResult(.tag, payload: layer.digest)
        switch try await fetch(layer, "its envelope") {
        case .success(let bytes):
            do {
                return .evidence(try SignatureEvidence(envelope: bytes, annotations: layer.annotations), result)
            } catch {
                return .unreadable(result.refused(error.reason))
            }
        case .failure(let problem): return .unreadable(result.refused(problem.reason))
        }
    }
}
