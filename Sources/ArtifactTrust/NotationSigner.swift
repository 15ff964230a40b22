package import CoreModel
internal import ManifestTree
package import NotationTrust
package import OCIDistribution
package import SignatureCrypto

/// Signs artifacts where they are stored, with a certificate, as `notation sign` does.
package struct NotationSigner: Sendable {
    /// What is said of an artifact besides its digest.
    package struct Statement: Sendable {
        /// User metadata: what verifiers can ask for.
        package let annotations: [String: String]
        package let format: EnvelopeFormat
        package let times: SigningTimes

        package init(annotations: [String: String] = [:], format: EnvelopeFormat, times: SigningTimes) {
            self.annotations = annotations
            self.format = format
            self.times = times
        }
    }

    /// Names that only the specification may give.
    private static let reservedPrefix = "io.cncf.notary"
    private static let created = "org.opencontainers.image.created"

    private let repository: any ArtifactRepository
    private let identity: SigningIdentity
    private let timestamps: TimestampAuthority?

    /// - Parameter timestamps: who adds timestamps; nil for signatures that count as long as the certificates do.
    package init(
        repository: any ArtifactRepository,
        identity: SigningIdentity,
        timestamps: TimestampAuthority? = nil
    ) {
        self.repository = repository
        self.identity = identity
        self.timestamps = timestamps
    }

    /// Signs one manifest or index and stores the signature as a referrer of it.
    /// - Returns: the digest of the signature's manifest.
    /// - Throws: `TrustError.invalidPolicy` for an annotation with a reserved name, `TrustError.timestamp` for an
    ///   answer that is no timestamp of the signature, `RegistryError`, `CryptoError`, and what asking for a timestamp
    ///   throws.
    package func sign(_ subject: Descriptor, _ statement: Statement) async throws -> Digest {
        if let reserved = statement.annotations.keys.sorted().first(where: { $0.hasPrefix(Self.reservedPrefix) }) {
            throw TrustError(
                .invalidPolicy,
                "The annotation \(reserved.quotedForMessage) is reserved by the Notary Project; choose another name"
            )
        }
        let payload = NotationPayload(
            mediaType: subject.mediaType,
            digest: subject.digest,
            size: subject.size,
            annotations: statement.annotations
        )
        var draft = try EnvelopeDraft(payload, as: statement.format, by: identity, at: statement.times)
        if let timestamps { draft.add(timestamp: try await timestamps.token(of: draft)) }
        return try await store(draft.encode(), of: subject, statement)
    }

    private func store(_ envelope: [UInt8], of subject: Descriptor, _ statement: Statement) async throws -> Digest {
        let layer = try Descriptor(mediaType: statement.format.rawValue, of: envelope)
        let empty = Array("{}".utf8)
        let config = try Descriptor(mediaType: NotationSignatures.artifactType, of: empty)
        let thumbprints = Tree.list(identity.chain.certificates.map { .string($0.fingerprint) })
        var manifest = Manifest(
            config: config,
            layers: [layer],
            annotations: [
                NotationSignatures.thumbprints: thumbprints.jsonString(),
                Self.created: statement.times.signed.description,
            ]
        )
        manifest.subject = Descriptor(mediaType: subject.mediaType, digest: subject.digest, size: subject.size)
        for (bytes, descriptor) in [(empty, config), (envelope, layer)] {
            _ = try await repository.pushBlob(BlobSource(descriptor, bytes: bytes), PushOptions())
        }
        return try await repository.pushManifest(manifest.encode(), mediaType: manifest.mediaType, tag: nil)
    }
}

/// Who proves when a signature was made.
package struct TimestampAuthority: Sendable {
    /// Sends a query (`application/timestamp-query`, RFC 3161 section 3.4) and returns the answer
    /// (`application/timestamp-reply`).
    package typealias Exchange = @Sendable (_ query: [UInt8]) async throws -> [UInt8]

    private let roots: [Certificate]
    private let nonce: [UInt8]
    private let exchange: Exchange

    /// - Parameters:
    ///   - roots: where the authority's certificates have to lead.
    ///   - nonce: random bytes, at least eight, new for each signature.
    package init(roots: [Certificate], nonce: [UInt8], exchange: @escaping Exchange) {
        self.roots = roots
        self.nonce = nonce
        self.exchange = exchange
    }

    /// A token over the signature, checked as a verifier will check it.
    fileprivate func token(of draft: EnvelopeDraft) async throws -> [UInt8] {
        let request = try TimestampRequest(of: draft.signature, hash: draft.hash, nonce: nonce)
        let answer = try await exchange(request.encoded)
        do {
            let response = try TimestampResponse(der: answer)
            try response.check(against: request)
            _ = try response.token.verify(of: draft.signature, roots: roots)
            return response.token.der
        } catch let problem as EvidenceProblem {
            throw TrustError(
                .timestamp,
                "The timestamp authority's answer cannot be used: \(problem.reason); ask another one"
            )
        }
    }
}
