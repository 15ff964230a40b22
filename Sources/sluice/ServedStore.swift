import ArtifactServer
import ArtifactStore
import ControllerRuntime
import CoreModel
import KubeModel
import SafeFiles
import SluiceAPI

/// The store as the artifact server sees it.
struct ServedStore: ArtifactSource {
    let store: ContentStore
    let sources: ObjectCache

    /// Until the first list is read nobody can say what should be here; after that, an object that still names the path
    /// is having it fetched again.
    func isExpected(_ path: String) -> Bool {
        guard sources.isFilled else { return true }
        guard let path = try? ArtifactPath(path),
            let source = sources[ObjectKey(namespace: path.owner.namespace, name: path.owner.name)],
            let artifact = OCIRepository(source).artifact
        else { return false }
        return path.revision == nil || artifact.path == path.description
    }

    func openArtifact(_ path: String) throws -> ServedArtifact? {
        do {
            let lease = try store.lease(try ArtifactPath(path))
            // The store never writes to a file that has a name: another content is another inode.
            let status = lease.file.status
            let parts = [
                Int64(bitPattern: status.inode), status.size, status.modified.seconds,
                Int64(status.modified.nanoseconds),
            ]
            let tag = parts.map { String($0, radix: 16) }.joined(separator: "-")
            return ServedArtifact(file: lease.file, entityTag: tag, isImmutable: false, lease: lease)
        } catch let error as StoreError where error.code == .notFound || error.code == .invalidPath {
            return nil
        }
    }
}
