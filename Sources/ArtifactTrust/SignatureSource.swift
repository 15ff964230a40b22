package import CoreModel
internal import ManifestTree
package import OCIDistribution

/// Where the signatures of one repository's artifacts are found. What it returns is checked before it is believed.
package protocol SignatureSource: Sendable {
    /// The manifest or index under a tag or with a digest; nil when there is none.
    /// - Throws: when the registry does not tell, or with `RegistryError` `invalidManifest` or `digestMismatch` when it
    ///   holds something else.
    func manifest(_ target: ManifestTarget) async throws -> ManifestDocument?

    /// What says that it is about a digest: descriptors of manifests with that subject, of any type.
    /// - Throws: when the registry does not tell, or with `RegistryError.invalidManifest`.
    func referrers(of digest: Digest) async throws -> [Descriptor]

    /// What the manifest or index with a digest is, and how large; nil when there is none, and where that is not known.
    /// - Throws: as `manifest(_:)`.
    func descriptor(of digest: Digest) async throws -> Descriptor?

    /// The content of a descriptor, of at most its size. `held` is that content where it is known beforehand: the
    /// source has to hold it all the same, but need not send it.
    /// - Throws: when the registry does not give it, or with `RegistryError` `notFound` or `digestMismatch`.
    func blob(_ descriptor: Descriptor, held: [UInt8]?) async throws -> [UInt8]
}

extension SignatureSource {
    package func descriptor(of digest: Digest) async throws -> Descriptor? { nil }

    /// What a referrer's descriptor leads to; a refusal where the repository does not hold it as it says.
    /// - Throws: when the registry does not tell.
    func document(of referrer: Descriptor) async throws -> Result<ManifestDocument, StrictMap.Problem> {
        func refused(_ reason: String) -> Result<ManifestDocument, StrictMap.Problem> {
            .failure(.init(reason: reason))
        }
        do {
            guard let document = try await manifest(.digest(referrer.digest)) else {
                return refused("its manifest is missing from the repository")
            }
            return .success(document)
        } catch let error as RegistryError where error.code == .invalidManifest {
            return refused("its manifest cannot be read: \(error.description.quotedForMessage)")
        } catch let error as RegistryError where error.code == .digestMismatch {
            return refused("its manifest does not match its digest")
        }
    }
}
