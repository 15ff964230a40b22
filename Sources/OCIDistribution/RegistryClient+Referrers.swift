package import CoreModel
import HTTPExchange

extension RegistryClient {
    /// More referrers than this are nothing that people attach to one artifact.
    static let referrersLimit = 10_000

    /// The manifests that name a digest as their subject: signatures, attestations, and whatever else there is.
    ///
    /// Asks the registry, page by page; where it does not know, reads the index that clients keep under a tag. With an
    /// `artifactType`, only referrers of that type, whether the registry filters or not. None is an empty list.
    /// - Throws: `RegistryError.protocolViolation` for more than 10,000, and for pages that go round in a circle.
    package func referrers(
        _ repository: Repository,
        of digest: Digest,
        artifactType: String? = nil,
        _ access: RegistryAccess
    ) async throws -> [Descriptor] {
        let context = referrersContext(repository, digest, access)
        let listed = try await listReferrers(of: digest, artifactType, context)
        if let listed { return listed }
        let kept = try await taggedReferrers(of: digest, context)
        return kept.index.manifests.filter { artifactType == nil || $0.artifactType == artifactType }
    }

    func referrersContext(_ repository: Repository, _ digest: Digest, _ access: RegistryAccess) -> OperationContext {
        OperationContext(
            repository,
            access,
            scopes: [.pull(repository)],
            subject: "the referrers of \(digest) in \(repository)"
        )
    }

    /// Nil where the registry has no such list.
    private func listReferrers(
        of digest: Digest,
        _ artifactType: String?,
        _ context: OperationContext
    ) async throws -> [Descriptor]? {
        var found: [Descriptor] = []
        var pages = PageTrail(first: Self.referrersPath(of: digest, artifactType, context), limit: Self.referrersLimit)
        while let path = try pages.next(context) {
            // Registries from before the list say 404; some say that the request makes no sense.
            var call = RegistryCall(.get, path, accepting: [200, 400, 404, 405, 406, 501])
            call.headers = ["Accept": MediaType.ociIndex]
            let response = try await buffered(call, context, limit: manifestLimit)
            guard let index = try Self.referrersPage(response, context) else {
                // Only the first page can tell that there is no list.
                guard pages.isFirst else { throw pages.broken(context, "ended its list in the middle") }
                return nil
            }
            let isFiltered = response.head.headers.all("OCI-Filters-Applied").contains { $0.contains("artifactType") }
            found += index.manifests.filter {
                artifactType == nil || isFiltered || $0.artifactType == artifactType
            }
            guard found.count <= Self.referrersLimit else {
                throw pages.broken(context, "has more than \(Self.referrersLimit) entries")
            }
            try pages.follow(response, context)
        }
        return found
    }

    private static func referrersPath(
        of digest: Digest,
        _ artifactType: String?,
        _ context: OperationContext
    ) -> String {
        let filter = artifactType.map { "?artifactType=\(HTTPURL.percentEncode($0))" } ?? ""
        return "/v2/\(context.repository.path)/referrers/\(digest)\(filter)"
    }

    /// Nil for a response that is no list: an error, or a page of some other kind.
    private static func referrersPage(_ response: BufferedResponse, _ context: OperationContext) throws -> ImageIndex? {
        let contentType = response.head.headers["Content-Type"].map(MediaType.essence)
        guard response.head.status == 200, contentType == MediaType.ociIndex else { return nil }
        let document = try ManifestDocument(
            parsing: response.body,
            contentType: contentType,
            subject: "The list of \(context.subject)"
        )
        guard case .index(let index) = document else { return nil }
        return index
    }
}

// MARK: - The list under a tag

extension RegistryClient {
    /// What clients wrote down under the tag; empty where there is none.
    /// - Throws: `RegistryError.invalidManifest` when the tag holds something else.
    func taggedReferrers(of digest: Digest, _ context: OperationContext) async throws -> ReferrersList {
        let reference = try OCIReference(repository: context.repository, tag: ReferrersList.tag(of: digest))
        let fetched: FetchedManifest
        do {
            fetched = try await manifest(reference, context.accessForPart())
        } catch let error as RegistryError where error.code == .notFound {
            return ReferrersList()
        }
        guard case .index(let index) = fetched.document else {
            throw RegistryError(
                .invalidManifest,
                "The tag \(reference) holds \(fetched.document.mediaType) where the index of \(context.subject) belongs"
            )
        }
        return ReferrersList(index)
    }

    /// Writes a pushed manifest down under its subject's tag, where the registry did not say that it does so itself.
    func noteReferrer(_ descriptor: Descriptor, of subject: Digest, _ context: OperationContext) async throws {
        try await editReferrers(of: subject, context) { $0.add(descriptor) }
    }

    /// Takes a deleted manifest out of the list under its subject's tag, where the registry keeps none itself.
    func forgetReferrer(_ digest: Digest, of subject: Digest, _ context: OperationContext) async throws {
        let reading = referrersContext(context.repository, subject, try context.accessForPart())
        guard try await listReferrers(of: subject, nil, reading) == nil else { return }
        try await editReferrers(of: subject, context) { $0.remove(digest) }
    }

    /// Reads the list, changes it and writes it back; within this process one after another, so that none is lost.
    private func editReferrers(
        of subject: Digest,
        _ context: OperationContext,
        _ edit: (inout ReferrersList) -> Bool
    ) async throws {
        let (repository, tag) = (context.repository, ReferrersList.tag(of: subject))
        do {
            try await referrersTurns.admitted(with: "\(repository):\(tag)") {
                let access = try context.accessForPart()
                var list = try await taggedReferrers(of: subject, referrersContext(repository, subject, access))
                guard edit(&list) else { return }
                let bytes = list.index.encode()
                try await pushManifest(repository, bytes, mediaType: MediaType.ociIndex, tag: tag, access)
            }
        } catch {
            throw context.describe(error)
        }
    }
}
