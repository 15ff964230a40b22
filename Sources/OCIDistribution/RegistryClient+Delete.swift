package import CoreModel
import HTTPExchange

extension RegistryClient {
    /// Deletes a manifest by its digest, or only a tag where the reference has no digest.
    ///
    /// A manifest with a subject also leaves its subject's list of referrers.
    /// - Throws: `RegistryError.notFound` when it is not there, `rejected` where the registry does not delete.
    package func deleteManifest(_ reference: OCIReference, _ access: RegistryAccess) async throws {
        let context = writing(reference.repository, access, reference.description, [.delete(reference.repository)])
        let subject =
            try await reference.digest == nil ? nil : manifest(reference, context.accessForPart()).document.subject
        try await delete(manifestCall(.delete, reference, accepting: [200, 202, 204]), context)
        resolutions.forget(reference.repository)
        if let subject, let digest = reference.digest {
            try await forgetReferrer(digest, of: subject.digest, context)
        }
    }

    /// Deletes a blob. Manifests that name it cannot be pulled any more.
    /// - Throws: `RegistryError.notFound` when it is not there, `rejected` where the registry does not delete.
    package func deleteBlob(_ repository: Repository, _ digest: Digest, _ access: RegistryAccess) async throws {
        let context = writing(repository, access, "blob \(digest) of \(repository)", [.delete(repository)])
        let path = "/v2/\(repository.path)/blobs/\(digest)"
        try await delete(RegistryCall(.delete, path, accepting: [200, 202, 204]), context)
    }

    private func delete(_ call: RegistryCall, _ context: OperationContext) async throws {
        do {
            _ = try await buffered(call, context, limit: ErrorBody.limit)
        } catch let error as RegistryError where error.status == 405 || error.registryCode == "UNSUPPORTED" {
            throw RegistryError(
                .rejected,
                "Registry \(context.repository.registry) does not let \(context.subject) be deleted; allow it in the "
                    + "registry's settings, or delete by digest where that was a tag",
                cause: error
            )
        }
    }
}
