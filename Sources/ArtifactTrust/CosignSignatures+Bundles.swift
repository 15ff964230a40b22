internal import CoreModel
internal import ManifestTree
internal import OCIDistribution
internal import SignatureCrypto
internal import SigstoreTrust

extension CosignSignatures {
    /// Looks into a manifest that may hold a bundle. Nothing for one that does not, and for one that says that its
    /// bundle is a statement that nobody asks for.
    /// - Throws: what kept the signature from being examined.
    func evidence(bundle manifest: Descriptor) async throws -> FetchedEvidence {
        var result = SignatureResult(.bundle, payload: manifest.digest)
        let layer: Descriptor
        switch try await bundleLayer(of: manifest) {
        case .success(nil): return .nothing
        case .success(let found?): layer = found
        case .failure(let problem): return .unreadable(result.refused(problem.reason))
        }
        result.payload = layer.digest
        switch try await fetch(layer, "its bundle") {
        case .success(let bytes):
            do {
                return .evidence(SignatureEvidence(try SigstoreBundle(parsing: bytes)), result)
            } catch {
                return .unreadable(result.refused(error.reason))
            }
        case .failure(let problem): return .unreadable(result.refused(problem.reason))
        }
    }

    /// The layer with the bundle, of a manifest that is about this very revision.
    func bundleLayer(of descriptor: Descriptor) async throws -> Result<Descriptor?, StrictMap.Problem> {
        func refused(_ reason: String) -> Result<Descriptor?, StrictMap.Problem> { .failure(.init(reason: reason)) }
        let document: ManifestDocument
        switch try await source.document(of: descriptor) {
        case .success(let found): document = found
        case .failure(let problem): return .failure(problem)
        }
        guard case .manifest(let manifest) = document,
            SigstoreBundle.isBundle(manifest.artifactType ?? manifest.config.artifactType)
        else { return .success(nil) }
        guard isAskedFor(manifest.annotations[Self.predicateAnnotation]) else { return .success(nil) }
        guard manifest.subject?.digest == subject.digest else {
            return refused("the subject of its manifest is not this revision")
        }
        guard manifest.layers.count == 1, SigstoreBundle.isBundle(manifest.layers[0].mediaType) else {
            return refused("its manifest does not hold exactly one bundle")
        }
        return .success(manifest.layers[0])
    }

    private var limit: Int64 {
        predicates == [InTotoStatement.signaturePredicate] ? Self.blobLimit : Self.attestationLimit
    }

    /// A small blob, digest and size checked; a refusal where the registry holds something else than it says. `what`
    /// begins its sentence; `held` is the content where it is known.
    func fetch(
        _ blob: Descriptor,
        _ what: String,
        held: [UInt8]? = nil
    ) async throws -> Result<[UInt8], StrictMap.Problem> {
        func refused(_ reason: String) -> Result<[UInt8], StrictMap.Problem> {
            .failure(.init(reason: "\(what) \(reason)"))
        }
        guard blob.size <= limit else { return refused("of \(blob.size) bytes is larger than \(limit)") }
        let bytes: [UInt8]
        do {
            bytes = try await source.blob(blob, held: held)
        } catch let error as RegistryError where error.code == .notFound {
            return refused("is missing from the repository")
        } catch let error as RegistryError where error.code == .digestMismatch {
            return refused("does not match its digest")
        }
        guard Int64(bytes.count) == blob.size, try Digest.of(bytes, blob.digest.algorithm) == blob.digest else {
            return refused("does not match its digest")
        }
        return .success(bytes)
    }
}
