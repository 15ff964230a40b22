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
        if let bytes = try await read(metadataPath + file, limit) { return bytes }
        // Clients such as cosign keep what they trust under plain names. What is read is held against its description
        // all the same; only of the root nothing says which version it has to be.
        let parts = file.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, Int64(parts[0]) != nil, parts[1] != "root.json" else { return nil }
        return try await read(metadataPath + parts[1], limit)
    }

    package func target(_ path: String, limit: Int) async throws -> [UInt8]? {
        let folder = targetsPath.isEmpty ? "" : "\(targetsPath)/"
        if let bytes = try await read(folder + path, limit) { return bytes }
        let name = path.split(separator: "/").last ?? ""
        guard let dot = name.firstIndex(of: "."), name[..<dot].utf8.count >= 64 else { return nil }
        return try await read("\(folder)\(path.dropLast(name.count))\(name[dot...].dropFirst())", limit)
    }

    /// The root that trust may begin with where the directory itself is vouched for: its `root.json`, else its first.
    /// - Throws: `UpdateError.unusableRoot` when there is neither.
    package func ownRoot() async throws -> [UInt8] {
        for name in ["root.json", "1.root.json"] {
            if let bytes = try await read(metadataPath + name, UpdateLimits().rootBytes) { return bytes }
        }
        throw UpdateError(
            .unusableRoot,
            "The TUF repository \(name) has neither root.json nor 1.root.json; name the root that is to be trusted"
        )
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
