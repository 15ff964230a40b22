internal import CoreModel
internal import ManifestTree
internal import OCIDistribution
internal import SignatureCrypto

extension CosignVerification {
    /// Looks into a manifest that may hold a bundle. Nil for one that does not, and for one that says that its bundle
    /// is another statement than a signature.
    /// - Throws: what kept the signature from being examined.
    func examine(bundle manifest: Descriptor) async throws -> SignatureResult? {
        var result = SignatureResult(.bundle, payload: manifest.digest)
        let layer: Descriptor
        switch try await bundleLayer(of: manifest) {
        case .success(nil): return nil
        case .success(let found?): layer = found
        case .failure(let problem):
            result.refusal = problem.reason
            return result
        }
        result.payload = layer.digest
        switch try await fetch(layer, "its bundle") {
        case .success(let bytes): try judge(bundle: bytes, &result)
        case .failure(let problem): result.refusal = problem.reason
        }
        return result
    }

    /// The layer with the bundle, of a manifest that is about this very revision.
    func bundleLayer(of descriptor: Descriptor) async throws -> Result<Descriptor?, StrictMap.Problem> {
        func refused(_ reason: String) -> Result<Descriptor?, StrictMap.Problem> { .failure(.init(reason: reason)) }
        let document: ManifestDocument?
        do {
            document = try await source.manifest(.digest(descriptor.digest))
        } catch let error as RegistryError where error.code == .invalidManifest {
            return refused("its manifest cannot be read: \(error.description.quotedForMessage)")
        } catch let error as RegistryError where error.code == .digestMismatch {
            return refused("its manifest does not match its digest")
        }
        guard let document else { return refused("its manifest is missing from the repository") }
        guard case .manifest(let manifest) = document,
            SigstoreBundle.isBundle(manifest.artifactType ?? manifest.config.artifactType)
        else { return .success(nil) }
        let predicate = manifest.annotations[Self.predicateAnnotation] ?? InTotoStatement.signaturePredicate
        guard predicate == InTotoStatement.signaturePredicate else { return .success(nil) }
        guard manifest.subject?.digest == subject.digest else {
            return refused("the subject of its manifest is not this revision")
        }
        guard manifest.layers.count == 1, SigstoreBundle.isBundle(manifest.layers[0].mediaType) else {
            return refused("its manifest does not hold exactly one bundle")
        }
        return .success(manifest.layers[0])
    }

    private func judge(bundle bytes: [UInt8], _ result: inout SignatureResult) throws {
        let envelope: SignedEnvelope
        do {
            envelope = try SigstoreBundle(parsing: bytes).envelope
        } catch {
            result.refusal = "its bundle is not valid: \(error.reason)"
            return
        }
        guard try isSigned(envelope.signature, envelope.signedBytes, &result) else { return }
        guard envelope.payloadType == InTotoStatement.mediaType else {
            result.refusal = "it signs content of the type \(envelope.payloadType.quotedForMessage), which is unknown"
            return
        }
        do {
            result.refusal = mismatch(try InTotoStatement(parsing: envelope.payload))
        } catch {
            result.refusal = "its statement is not valid: \(error.reason)"
        }
    }

    private func mismatch(_ statement: InTotoStatement) -> String? {
        guard statement.predicateType == InTotoStatement.signaturePredicate else {
            return "it is an attestation of the type \(statement.predicateType.quotedForMessage), not a signature"
        }
        guard let signed = statement.subject(subject.digest) else {
            let digest = statement.subjects.first?.digests.sorted { $0.key < $1.key }.first
            let text = digest.map { "\($0.key):\($0.value)" } ?? "nothing"
            return "it is a signature of \(text.quotedForMessage), not of this revision"
        }
        if let refusal = mismatch(annotations: signed.annotations) { return refusal }
        return policy.repositories.map {
            "a bundle does not say for which repository it was made, and \(Self.pins($0))"
        }
    }

    /// What the policy wants said and the signer did not say.
    func mismatch(annotations: TreeMap) -> String? {
        for (key, value) in policy.annotations.sorted(by: { $0.key < $1.key }) {
            let name = key.quotedForMessage
            guard let said = annotations[key] else { return "it does not say \(name), which the policy asks for" }
            guard said == .string(value) else {
                let text = said.string?.quotedForMessage ?? said.kindName
                return "it says \(text) for \(name), and the policy asks for \(value.quotedForMessage)"
            }
        }
        return nil
    }

    /// Whether a key of the policy made the signature, which is noted with its name.
    func isSigned(_ signature: [UInt8], _ bytes: [UInt8], _ result: inout SignatureResult) throws -> Bool {
        result.signer = try policy.keys.first { try $0.key.verify(signature: signature, of: bytes) }
        if result.signer == nil {
            let names = policy.keys.map(\.name).joined(separator: ", ")
            result.refusal = "it was not made by any key of the policy (\(names))"
        }
        return result.signer != nil
    }

    static func pins(_ repositories: Set<Repository>) -> String {
        "the policy pins " + repositories.map(\.description).sorted().joined(separator: ", ")
    }

    /// A small blob, digest and size checked; a refusal where the registry holds something else than it says. `what`
    /// begins its sentence.
    func fetch(_ blob: Descriptor, _ what: String) async throws -> Result<[UInt8], StrictMap.Problem> {
        func refused(_ reason: String) -> Result<[UInt8], StrictMap.Problem> {
            .failure(.init(reason: "\(what) \(reason)"))
        }
        guard blob.size <= Self.blobLimit else {
            return refused("of \(blob.size) bytes is larger than \(Self.blobLimit)")
        }
        let bytes: [UInt8]
        do {
            bytes = try await source.blob(blob)
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
