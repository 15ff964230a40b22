package import CoreModel
import HTTPExchange
import SignatureCrypto

/// What a reference led to: from here on, only the digest counts. Only a `RegistryClient` makes one, or the digest that
/// the reference itself holds.
package struct ResolvedRevision: Hashable, Sendable {
    package let reference: OCIReference
    /// The digest of what the tag points at; of an index, where it is one.
    package let digest: Digest
    /// As the registry says; nil where it was not asked.
    package let mediaType: String?
    /// Bytes of the manifest; nil where the registry did not say.
    package let size: Int64?

    package var repository: Repository { reference.repository }

    /// `tag@digest`, or the digest alone where the reference was pinned.
    package var revision: Revision {
        Revision(name: reference.digest == nil ? reference.effectiveTag : nil, digest: digest)
    }

    init(_ reference: OCIReference, digest: Digest, mediaType: String?, size: Int64?) {
        self.reference = reference
        self.digest = digest
        self.mediaType = mediaType
        self.size = size
    }

    /// A reference that names its digest needs no registry; nil for one that does not.
    package init?(pinned reference: OCIReference) {
        guard let digest = reference.digest else { return nil }
        self.init(reference, digest: digest, mediaType: nil, size: nil)
    }
}

/// A manifest whose bytes have been checked against its digest before anything read them.
package struct FetchedManifest: Hashable, Sendable {
    package let digest: Digest
    package let bytes: [UInt8]
    package let document: ManifestDocument

    package var descriptor: Descriptor {
        Descriptor(mediaType: document.mediaType, digest: digest, size: Int64(bytes.count))
    }
}

extension RegistryClient {
    /// Finds the digest that a reference stands for: with HEAD, and with GET where HEAD does not tell. A reference with
    /// a digest is its own answer.
    ///
    /// Where `access.maximumAge` allows it, equal questions share one answer: those that are asked at the same time,
    /// and those that were asked within that age.
    package func resolve(_ reference: OCIReference, _ access: RegistryAccess) async throws -> ResolvedRevision {
        if let pinned = ResolvedRevision(pinned: reference) { return pinned }
        guard let maximumAge = access.maximumAge else { return try await askForRevision(reference, access) }
        let key = try await resolutionKey(reference, access)
        // Nobody who looks now may leave an older answer behind: whoever takes that next would go back in time.
        guard maximumAge > .zero else { return try await askAndRemember(key, reference, access) }
        if let known = resolutions.revision(for: key, within: maximumAge) { return known }
        do {
            return try await resolveFlights.value(for: key) {
                // Somebody else's flight may have landed between the look and the take-off.
                if let known = resolutions.revision(for: key, within: maximumAge) { return known }
                return try await askAndRemember(key, reference, access)
            }
        } catch {
            throw reading(reference, access).describe(error)
        }
    }

    private func askAndRemember(
        _ key: ResolutionKey,
        _ reference: OCIReference,
        _ access: RegistryAccess
    ) async throws -> ResolvedRevision {
        let time = clock.now()
        let found = try await askForRevision(reference, access)
        resolutions.remember(found, for: key, asked: time)
        return found
    }

    private func resolutionKey(_ reference: OCIReference, _ access: RegistryAccess) async throws -> ResolutionKey {
        let credentials = try await access.credentials.credentials(for: reference.repository)
        return ResolutionKey(
            reference: reference,
            endpoint: reading(reference, access).endpoint,
            identity: try credentials.identity,
            timeout: access.timeout,
            idleTimeout: access.idleTimeout
        )
    }

    private func askForRevision(_ reference: OCIReference, _ access: RegistryAccess) async throws -> ResolvedRevision {
        let context = reading(reference, access)
        if let found = try await headManifest(reference, context) { return found }
        let fetched = try await getManifest(reference, context)
        // Whatever has bytes has a digest: a login page is no revision of anything.
        _ = try document(of: fetched, reference)
        return ResolvedRevision(
            reference,
            digest: fetched.digest,
            mediaType: fetched.contentType,
            size: Int64(fetched.bytes.count)
        )
    }

    /// Reads the manifest or index with a digest.
    package func manifest(
        _ repository: Repository,
        _ digest: Digest,
        _ access: RegistryAccess
    ) async throws -> FetchedManifest {
        try await manifest(OCIReference(repository: repository, digest: digest), access)
    }

    /// Reads the manifest or index that a reference stands for now.
    package func manifest(_ reference: OCIReference, _ access: RegistryAccess) async throws -> FetchedManifest {
        let fetched = try await getManifest(reference, reading(reference, access))
        let document = try document(of: fetched, reference)
        return FetchedManifest(digest: fetched.digest, bytes: fetched.bytes, document: document)
    }

    func reading(_ reference: OCIReference, _ access: RegistryAccess) -> OperationContext {
        OperationContext(
            reference.repository,
            access,
            scopes: [.pull(reference.repository)],
            subject: reference.description
        )
    }

    func manifestCall(_ method: HTTPMethod, _ reference: OCIReference, accepting: Set<Int>) -> RegistryCall {
        let name = reference.digest?.description ?? reference.effectiveTag ?? "latest"
        let path = "/v2/\(reference.repository.path)/manifests/\(name)"
        return RegistryCall(method, path, headers: ["Accept": MediaType.accept], accepting: accepting)
    }

    /// Nil when HEAD does not tell and GET may.
    private func headManifest(
        _ reference: OCIReference,
        _ context: OperationContext
    ) async throws -> ResolvedRevision? {
        do {
            let head = try await buffered(manifestCall(.head, reference, accepting: [200]), context, limit: 0).head
            guard let digest = head.headers["Docker-Content-Digest"].flatMap({ Digest($0) }) else { return nil }
            return ResolvedRevision(
                reference,
                digest: digest,
                mediaType: head.headers["Content-Type"].map(MediaType.essence),
                size: head.contentLength
            )
        } catch let error as RegistryError where [.notFound, .rejected, .denied].contains(error.code) {
            // Some registries have no HEAD; those that have one say why they refuse only to GET.
            return nil
        } catch let error as RegistryError where error.status == 501 {
            return nil
        }
    }

    /// - Throws: `RegistryError.invalidManifest` for anything that is no manifest or index.
    private func document(
        of fetched: (bytes: [UInt8], digest: Digest, contentType: String?),
        _ reference: OCIReference
    ) throws -> ManifestDocument {
        try ManifestDocument(
            parsing: fetched.bytes,
            contentType: fetched.contentType,
            subject: "The manifest \(reference.pinned(to: fetched.digest))"
        )
    }

    private func getManifest(
        _ reference: OCIReference,
        _ context: OperationContext
    ) async throws -> (bytes: [UInt8], digest: Digest, contentType: String?) {
        let response: BufferedResponse
        do {
            response = try await buffered(
                manifestCall(.get, reference, accepting: [200]),
                context,
                limit: manifestLimit
            )
        } catch let error as RegistryError where (error.cause as? HTTPError)?.code == .tooLarge {
            throw RegistryError(
                .invalidManifest,
                "The manifest \(reference) is larger than \(ByteCount(Int64(manifestLimit))), the most that is read"
            )
        }
        let sent = response.head.headers["Docker-Content-Digest"]
        let digest = try Self.verifiedDigest(of: response.body, reference, sent: sent)
        return (response.body, digest, response.head.headers["Content-Type"].map(MediaType.essence))
    }

    /// The digest of the bytes, once it is what the reference pins and what the registry claims.
    private static func verifiedDigest(of bytes: [UInt8], _ reference: OCIReference, sent: String?) throws -> Digest {
        if let pinned = reference.digest {
            let actual = try Digest.of(bytes, pinned.algorithm)
            guard actual == pinned else {
                throw RegistryError(
                    .digestMismatch,
                    "Registry \(reference.repository.registry) sent other content for \(reference): its digest is "
                        + "\(actual)"
                )
            }
            return pinned
        }
        guard let sent else { return try Digest.of(bytes) }
        guard let claimed = Digest(sent) else {
            throw RegistryError(
                .protocolViolation,
                "Registry \(reference.repository.registry) sent a malformed digest for \(reference)"
            )
        }
        let actual = try Digest.of(bytes, claimed.algorithm)
        guard actual == claimed else {
            throw RegistryError(
                .digestMismatch,
                "Registry \(reference.repository.registry) claims that \(reference) is \(claimed), but sent \(actual)"
            )
        }
        return actual
    }
}
