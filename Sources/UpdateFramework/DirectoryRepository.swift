package import SafeFiles
internal import SystemPackage

/// A repository in a directory: a mounted volume, or what somebody carried over an air gap. Links inside of it are
/// followed, because Kubernetes mounts ConfigMaps and Secrets so.
package struct DirectoryRepository: UpdateRepository {
    package let name: String
    private let directory: Directory
    private let metadataPath: String
    private let targetsPath: String

    /// Metadata is in `metadata` where there is such a directory, else in the directory itself, as in Sigstore's
    /// repositories.
    /// - Parameter targets: where targets are below the directory.
    /// - Throws: `UpdateError.unavailable` when the directory cannot be read.
    package init(_ directory: Directory, targets: String = "targets") throws {
        self.directory = directory
        name = directory.path.string
        targetsPath = targets
        do {
            metadataPath = try directory.status("metadata") == nil ? "" : "metadata/"
        } catch {
            throw UpdateError(.unavailable, "The TUF repository \(name) cannot be read", cause: error)
        }
    }

    package func metadata(_ file: String, limit: Int) async throws -> [UInt8]? {
        try await read(metadataPath + file, limit)
    }

    package func target(_ path: String, limit: Int) async throws -> [UInt8]? {
        try await read(targetsPath.isEmpty ? path : "\(targetsPath)/\(path)", limit)
    }

    private func read(_ path: String, _ limit: Int) async throws -> [UInt8]? {
        let directory = directory
        do {
            return try await BlockingPool.shared.run { try directory.readFollowingLinks(path, limit: limit) }
        } catch let error as FileError where error.code == .notFound {
            return nil
        } catch let error as FileError where error.code == .tooLarge {
            throw UpdateError(
                .tooLarge,
                "The file \(path.forMessage) of the TUF repository \(name) is larger than \(limit) bytes",
                cause: error
            )
        } catch {
            throw UpdateError(
                .unavailable,
                "The file \(path.forMessage) of the TUF repository \(name) cannot be read",
                cause: error
            )
        }
    }
}
