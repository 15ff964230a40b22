package import CoreModel
internal import ManifestTree
package import OCIDistribution
package import SignatureCrypto
internal import SigstoreTrust

/// Signs artifacts where they are stored, with a key or a certificate, as cosign does without a transparency log.
///
/// Signing twice says the same thing once: what the key has already signed in the same words, with the same certificate
/// and a timestamp where one is wanted, is left alone.
package struct CosignSigner: Sendable {
    /// What is said of an artifact besides its digest.
    package struct Statement: Sendable {
        /// The repository that the signature is for, as `docker-reference`; only signatures under a tag hold it.
        package let reference: String
        package let annotations: [String: String]
        /// Noted on manifests with bundles.
        package let created: Timestamp

        package init(reference: String, annotations: [String: String], created: Timestamp) {
            self.reference = reference
            self.annotations = annotations
            self.created = created
        }
    }

    /// Where a signature is now.
    package struct Stored: Hashable, Sendable {
        package let format: SignatureFormat
        /// The tag, or the digest of the manifest.
        package let place: String
        /// False when it was there before.
        package let isNew: Bool
    }

    let repository: any ArtifactRepository
    let key: SigningKey
    let evidence: SigningEvidence

    package init(
        repository: any ArtifactRepository,
        key: SigningKey,
        evidence: SigningEvidence = SigningEvidence()
    ) {
        self.repository = repository
        self.key = key
        self.evidence = evidence
    }

    /// Signs one manifest or index.
    /// - Throws: `TrustError.invalidKey` for a certificate of another key, `TrustError.signatureObject` when something
    ///   else is in the signature's place, `RegistryError`, `CryptoError`, and what asking for a timestamp throws.
    package func sign(_ subject: Descriptor, _ statement: Statement, as format: SignatureFormat) async throws -> Stored
    {
        try evidence.check(key.publicKey)
        return switch format {
        case .tag: try await signUnderTag(subject, statement)
        case .bundle: try await signAsBundle(subject, statement)
        case .notation:
            throw TrustError(
                .signatureObject,
                "A key alone makes no signature of the Notary Project; sign '\(subject.digest)' with a certificate"
            )
        }
    }

    func push(_ bytes: [UInt8], as descriptor: Descriptor) async throws {
        _ = try await repository.pushBlob(BlobSource(descriptor, bytes: bytes), PushOptions())
    }
}

// MARK: - Under a tag

extension CosignSigner {
    /// How often the object is written again when another signer's write has replaced it meanwhile.
    private static let attempts = 5

    private func signUnderTag(_ subject: Descriptor, _ statement: Statement) async throws -> Stored {
        let tag = CosignTag.signature(for: subject.digest)
        guard OCIReference.isTag(tag) else {
            throw TrustError(
                .signatureObject,
                "The digest \(subject.digest) is too long for the tag that cosign keeps signatures under; "
                    + "sign it as a bundle"
            )
        }
        let payload = SimpleSigningPayload(
            dockerReference: statement.reference,
            manifestDigest: subject.digest.description,
            annotations: statement.annotations
        ).encode()
        var layer = try Descriptor(mediaType: SimpleSigningPayload.mediaType, of: payload)
        if try await signatures(tag).contains(where: { try isOurs($0, payload, layer) }) {
            return Stored(format: .tag, place: tag, isNew: false)
        }
        let signature = try key.sign(payload)
        layer.annotations[CosignSignatures.signatureAnnotation] = Base64.encode(signature)
        try await layer.annotations.merge(evidence.annotations(of: signature)) { $1 }
        try await push(payload, as: layer)
        for _ in 0..<Self.attempts {
            try await add(layer, under: tag)
            // Registries have no write that fails when somebody else was faster.
            if try await signatures(tag).contains(layer) { return Stored(format: .tag, place: tag, isNew: true) }
        }
        throw TrustError(
            .signatureObject,
            "The signature under the tag '\(tag)' of \(repository.name) was replaced by other signers "
                + "\(Self.attempts) times; sign again when they are done"
        )
    }

    /// Adds a layer to the object under the tag, and keeps what is there.
    private func add(_ layer: Descriptor, under tag: String) async throws {
        let held = try await signatureObject(tag)
        let layers = (held?.layers ?? []) + [layer]
        guard layers.count <= CosignSignatures.signatureLimit else {
            throw TrustError(
                .signatureObject,
                "The tag '\(tag)' of \(repository.name) holds \(layers.count - 1) signatures, and verifiers look at no "
                    + "more than \(CosignSignatures.signatureLimit); remove some"
            )
        }
        let config = Self.config(layers)
        let type = held?.config.mediaType ?? MediaType.ociImageConfig
        var manifest = Manifest(config: try Descriptor(mediaType: type, of: config), layers: layers)
        if let held {
            manifest = held
            manifest.config = try Descriptor(mediaType: type, of: config)
            manifest.layers = layers
        }
        try await push(config, as: manifest.config)
        try await repository.pushManifest(manifest.encode(), mediaType: manifest.mediaType, tag: tag)
    }

    private func signatures(_ tag: String) async throws -> [Descriptor] { try await signatureObject(tag)?.layers ?? [] }

    private func signatureObject(_ tag: String) async throws -> Manifest? {
        let document: ManifestDocument
        do {
            document = try await repository.manifest(.tag(tag)).document
        } catch let error as RegistryError where error.code == .notFound {
            return nil
        }
        guard case .manifest(let manifest) = document else {
            throw TrustError(
                .signatureObject,
                "The tag '\(tag)' of \(repository.name) holds an index where cosign keeps signatures; delete that tag"
            )
        }
        return manifest
    }

    private func isOurs(_ layer: Descriptor, _ payload: [UInt8], _ own: Descriptor) throws -> Bool {
        guard layer.digest == own.digest, layer.mediaType == own.mediaType,
            let text = layer.annotations[CosignSignatures.signatureAnnotation],
            let signature = Base64.decode(text, ignoringLineBreaks: true)
        else { return false }
        // What others have written there need not make sense.
        guard let material = try? VerificationMaterial(cosignAnnotations: layer.annotations),
            evidence.isHeld(in: material)
        else { return false }
        return try key.publicKey.verify(signature: signature, of: payload)
    }

    /// The config that makes an image of the signatures, as cosign writes it.
    private static func config(_ layers: [Descriptor]) -> [UInt8] {
        let never: Tree = "0001-01-01T00:00:00Z"
        let tree: Tree = [
            "architecture": "", "created": never, "history": .list(layers.map { _ in ["created": never] }), "os": "",
            "rootfs": ["type": "layers", "diff_ids": .list(layers.map { .string($0.digest.description) })],
            "config": [:],
        ]
        return tree.jsonBytes()
    }
}

// MARK: - As a bundle

extension CosignSigner {
    private func signAsBundle(_ subject: Descriptor, _ statement: Statement) async throws -> Stored {
        let payload = InTotoStatement(signing: subject.digest, annotations: statement.annotations).encode()
        if let found = try await ourBundle(subject, payload) {
            return Stored(format: .bundle, place: found.description, isNew: false)
        }
        let envelope = try SignedEnvelope(signing: payload, type: InTotoStatement.mediaType, by: key)
        let material = try await evidence.material(of: envelope.signature, by: key.publicKey)
        let bundle = try SigstoreBundle(.envelope(envelope), material).encode()
        let layer = try Descriptor(mediaType: SigstoreBundle.mediaType, of: bundle)
        let empty = Array("{}".utf8)
        let config = try Descriptor(mediaType: MediaType.ociEmpty, of: empty)
        var manifest = Manifest(
            config: config,
            layers: [layer],
            annotations: [
                FluxArtifact.created: statement.created.description,
                "dev.sigstore.bundle.content": "dsse-envelope",
                CosignSignatures.predicateAnnotation: InTotoStatement.signaturePredicate,
            ],
            artifactType: SigstoreBundle.mediaType
        )
        manifest.subject = Descriptor(mediaType: subject.mediaType, digest: subject.digest, size: subject.size)
        try await push(empty, as: config)
        try await push(bundle, as: layer)
        let digest = try await repository.pushManifest(manifest.encode(), mediaType: manifest.mediaType, tag: nil)
        return Stored(format: .bundle, place: digest.description, isNew: true)
    }

    /// The manifest with a bundle in which this key already says the same.
    private func ourBundle(_ subject: Descriptor, _ payload: [UInt8]) async throws -> Digest? {
        let signatures = CosignSignatures(
            source: RepositorySignatureSource(repository),
            subject: TrustSubject(subject.digest, reference: repository.name, repository: nil, tag: nil)
        )
        for case .bundle(let manifest) in try await signatures.findBundles().candidates {
            guard case .success(let layer?) = try await signatures.bundleLayer(of: manifest),
                case .success(let bytes) = try await signatures.fetch(layer, "its bundle"),
                let bundle = try? SigstoreBundle(parsing: bytes), case .envelope(let envelope) = bundle.content,
                let material = try? bundle.material(), evidence.isHeld(in: material), envelope.payload == payload,
                envelope.payloadType == InTotoStatement.mediaType,
                try envelope.content.isSigned(by: key.publicKey)
            else { continue }
            return manifest.digest
        }
        return nil
    }
}
