package import CoreModel
import SignatureCrypto

extension FetchedManifest {
    /// Takes bytes from wherever they come and parses them once they are what the digest says; `subject` names them in
    /// messages, as the beginning of a sentence.
    /// - Throws: `RegistryError.digestMismatch`, `RegistryError.invalidManifest`.
    package init(checking bytes: [UInt8], against digest: Digest, contentType: String?, subject: String) throws {
        let actual = try Digest.of(bytes, digest.algorithm)
        guard actual == digest else {
            throw RegistryError(.digestMismatch, "\(subject) has other content: its digest is \(actual)")
        }
        self.init(
            digest: digest,
            bytes: bytes,
            document: try ManifestDocument(parsing: bytes, contentType: contentType, subject: subject)
        )
    }
}

extension BlobSource {
    /// Hands every piece of the blob to `body`, in order, once.
    package func forEachPiece(_ body: ([UInt8]) async throws -> Void) async throws {
        let next = try await open()
        while let piece = try await next() { try await body(piece) }
    }
}
