import ArchiveIO
import ArtifactStore
import CoreModel
import Glibc
import SafeFiles
import SignatureCrypto
import SystemPackage

/// A storage folder of its own, and what a source would send.
final class StoreFixture {
    let folder: Directory
    private(set) var store: ContentStore
    private let temporary: TemporaryDirectory

    init(limits: ArtifactLimits = .init(), idleTrees: Int = 1) throws {
        temporary = try TemporaryDirectory(in: Directory.open(FilePath("/tmp")))
        folder = try temporary.directory.directory("data", creating: true)
        store = try ContentStore.open(folder.path, limits: limits, idleTrees: idleTrees)
    }

    /// As after the death of the process: another one opens the folder.
    func reopen() throws {
        store = try ContentStore.open(
            temporary.directory.path.appending("elsewhere"),
            limits: .init()
        )
        store = try ContentStore.open(folder.path, limits: .init())
    }

    static func owner(_ name: String) throws -> ArtifactOwner {
        try ArtifactOwner(kind: "OCIRepository", namespace: "apps", name: name)
    }

    static func revision(_ text: String) throws -> Digest { try Digest.of(Array(text.utf8)) }

    /// A tar.gz of files, as a registry would have it.
    func layer(_ files: [String: String]) throws -> [UInt8] {
        let scratch = try TemporaryDirectory(in: temporary.directory)
        for (name, text) in files {
            if let slash = name.lastIndex(of: "/") {
                _ = try scratch.directory.directory(String(name[..<slash]), creating: true)
            }
            try scratch.directory.writeAtomically(name, Array(text.utf8))
        }
        var bytes: [UInt8] = []
        _ = try unsafe ArchivePacker(modes: .push).pack(tree: scratch.directory) { unsafe bytes += Array($0) }
        return bytes
    }

    func ingest(_ bytes: [UInt8]) throws -> IngestedBlob {
        let session = try store.ingest(ExpectedBlob(digest: Digest.of(bytes), size: Int64(bytes.count)))
        try session.write(bytes)
        return try session.finish()
    }

    func stage(_ files: [String: String], ignore: String? = nil) throws -> StagedArtifact {
        try store.stage(store.unpack(ingest(layer(files))), ignore: ignore)
    }

    @discardableResult
    func publish(_ files: [String: String], for name: String, revision: String) throws -> PublishedArtifact {
        try store.publish(stage(files), for: Self.owner(name), revision: Self.revision(revision))
    }

    /// Writes into a published file, which nobody should.
    func overwrite(_ path: String, _ bytes: [UInt8]) throws {
        let file = unsafe open("\(folder.path)/\(path)", O_WRONLY | O_TRUNC)
        defer { close(file) }
        guard unsafe write(file, bytes, bytes.count) == bytes.count else {
            throw FileError(.system, folder.path, "could not be tampered with")
        }
        // The kernel's clock for files is coarse; two writes within one tick look alike.
        let epoch = [timespec(), timespec()]
        unsafe futimens(file, epoch)
    }

    func names(_ path: String) throws -> [String] {
        guard try folder.status(path) != nil else { return [] }
        return try folder.entries(path).map(\.name)
    }

    func content(_ path: ArtifactPath) throws -> Digest {
        try Digest.of(store.lease(path).file.readAll(limit: 1 << 24))
    }
}

func storeCode(_ work: () throws -> Void) -> StoreError.Code? {
    do {
        try work()
        return nil
    } catch { return (error as? StoreError)?.code }
}
