package import CoreModel
package import OCIDistribution
import SafeFiles
import SignatureCrypto
import Synchronization
package import SystemPackage

/// An OCI image layout in a directory, as a repository.
///
/// It is opened with the first use, and made with the first push where nothing is there. Any number of readers and
/// writers may use one layout at the same time, in one process or several. Functions throw `RegistryError`.
package final class ImageLayout: ArtifactRepository {
    private struct State {
        var directory: Directory?
        var index: (state: FileStatus, index: LayoutIndex)?
        var referrers: (state: FileStatus, found: LayoutReferrers)?
    }

    private let files: LayoutFiles
    private let state = Mutex(State())

    /// - Parameter path: the layout's directory; links in it are followed.
    package init(_ path: FilePath, clock: any WallClock = SystemWallClock()) {
        files = LayoutFiles(path: path, clock: clock)
    }

    package var name: String { files.name }

    package func resolve(_ target: ManifestTarget) async throws -> ResolvedManifest {
        try await BlockingPool.shared.run { [self] in
            let descriptor = try descriptor(target)
            return ResolvedManifest(
                digest: descriptor.digest,
                mediaType: descriptor.mediaType.isEmpty ? nil : descriptor.mediaType,
                size: descriptor.size
            )
        }
    }

    package func manifest(_ target: ManifestTarget) async throws -> FetchedManifest {
        try await BlockingPool.shared.run { [self] in
            let descriptor = try descriptor(target)
            return try files.manifest(descriptor, try opened())
        }
    }

    package func hasBlob(_ digest: Digest) async throws -> Bool {
        try await BlockingPool.shared.run { [self] in try files.blob(digest, try opened()) != nil }
    }

    package func tags() async throws -> [String] {
        try await BlockingPool.shared.run { [self] in try currentIndex().index.tags }
    }

    /// Only a manifest's own bytes and its place in `index.json` are written: push what it refers to before.
    ///
    /// A manifest without a tag is found by its digest and, where it has one, by its subject; `index.json` does not
    /// offer it, since it is part of an index that comes later, and may be the only one so far.
    @discardableResult
    package func pushManifest(_ bytes: [UInt8], mediaType: String, tag: String?) async throws -> Digest {
        try await BlockingPool.shared.run { [self] in
            let directory = try openedForWriting()
            let entry = try ManifestEntry(bytes, mediaType: mediaType, layout: name)
            if try files.manifestBytes(entry.descriptor.digest, directory) != bytes {
                let file = try files.temporary(directory)
                try files.failing("The manifest \(entry.descriptor.digest) of \(name)") { try file.file.write(bytes) }
                try files.publish(file, entry.descriptor.digest, directory)
            }
            if tag != nil || entry.isReferrer {
                try files.changeIndex(directory) { $0.put(entry.descriptor, tag: tag) }
            }
            return entry.descriptor.digest
        }
    }

    package func delete(_ target: ManifestTarget) async throws {
        try await BlockingPool.shared.run { [self] in
            let descriptor = try descriptor(target)
            try files.changeIndex(try opened()) { index in
                switch target {
                case .tag: index.untag(descriptor)
                case .digest(let digest): index.remove(digest)
                }
            }
        }
    }

    /// Found by reading every manifest of the layout once.
    package func referrers(of digest: Digest, artifactType: String?) async throws -> [Descriptor] {
        let all = try await BlockingPool.shared.run { [self] in
            let directory = try opened()
            let (state, index) = try currentIndex()
            if let known = self.state.withLock({ $0.referrers }), known.state == state { return known.found }
            let found = try LayoutReferrers(of: index, files, directory)
            self.state.withLock { $0.referrers = (state, found) }
            return found
        }
        return all[digest].filter { artifactType == nil || $0.artifactType == artifactType }
    }
}

// MARK: - Blobs

extension ImageLayout {
    /// Bytes that are read or written at a time.
    private static let piece = 1 << 18

    package func fetchBlob(_ descriptor: Descriptor, into sink: any BlobSink) async throws {
        let (subject, piece) = ("The blob \(descriptor.digest) of \(name)", Self.piece)
        let file = try await BlockingPool.shared.run { [self] in try blobFile(descriptor) }
        let digest = try DigestStream(descriptor.digest.algorithm)
        let held = sink.received
        while digest.byteCount < descriptor.size {
            try Task.checkCancellation()
            let (offset, files) = (digest.byteCount, files)
            let bytes = try await BlockingPool.shared.run {
                try files.failing(subject) { try file.read(upTo: piece, at: offset) }
            }
            guard !bytes.isEmpty else { break }
            digest.update(bytes)
            guard digest.byteCount < descriptor.size else {
                // The last bytes are held back until all of them are known to be right.
                guard try digest.finish() == descriptor.digest else { throw damaged(descriptor) }
                return try await hand(bytes, at: offset, held, sink)
            }
            try await hand(bytes, at: offset, held, sink)
        }
        guard descriptor.size == 0, try digest.finish() == descriptor.digest else { throw damaged(descriptor) }
    }

    package func blob(_ descriptor: Descriptor, limit: Int64, held: [UInt8]?) async throws -> [UInt8] {
        guard descriptor.size <= limit else {
            throw RegistryError(
                .invalidManifest,
                "The blob \(descriptor.digest) of \(name) has \(ByteCount(descriptor.size)) where at most "
                    + "\(ByteCount(limit)) are read"
            )
        }
        if let data = descriptor.data { return data }
        return try await BlockingPool.shared.run { [self] in
            let bytes = try files.failing("The blob \(descriptor.digest) of \(name)") {
                try blobFile(descriptor).readAll(limit: Int(limit))
            }
            guard try Digest.of(bytes, descriptor.digest.algorithm) == descriptor.digest else {
                throw damaged(descriptor)
            }
            return bytes
        }
    }

    package func pushBlob(_ source: BlobSource, _ options: PushOptions) async throws -> PushOutcome {
        let (descriptor, files) = (source.descriptor, files)
        let (directory, held) = try await BlockingPool.shared.run { [self] in
            let directory = try openedForWriting()
            return (directory, try files.blob(descriptor.digest, directory)?.size)
        }
        // A file of another size was left by a tool that writes in place and was interrupted.
        if held == descriptor.size { return .existed }
        let file = try await BlockingPool.shared.run { try files.temporary(directory) }
        let digest = try DigestStream(descriptor.digest.algorithm)
        var collected: [UInt8] = []
        func flush() async throws {
            let bytes = collected
            collected = []
            let subject = "The blob \(descriptor.digest) of \(files.name)"
            try await BlockingPool.shared.run { try files.failing(subject) { try file.file.write(bytes) } }
            options.progress?(digest.byteCount)
        }
        try await source.forEachPiece { bytes in
            digest.update(bytes)
            guard digest.byteCount <= descriptor.size else { throw other(descriptor) }
            collected += bytes
            if collected.count >= Self.piece { try await flush() }
        }
        guard digest.byteCount == descriptor.size, try digest.finish() == descriptor.digest else {
            throw other(descriptor)
        }
        try await flush()
        try await BlockingPool.shared.run { try files.publish(file, descriptor.digest, directory) }
        return .uploaded
    }

    private func blobFile(_ descriptor: Descriptor) throws -> ReadableFile {
        guard let file = try files.blob(descriptor.digest, try opened()) else {
            throw RegistryError(.notFound, "The blob \(descriptor.digest) is not in \(name)")
        }
        guard file.size == descriptor.size else {
            throw RegistryError(
                .digestMismatch,
                "The blob \(descriptor.digest) of \(name) has \(file.size) bytes where its descriptor says "
                    + "\(descriptor.size); copy it there again"
            )
        }
        return file
    }

    /// Hands over what a sink does not hold yet of the bytes at an offset.
    private func hand(_ bytes: [UInt8], at offset: Int64, _ held: Int64, _ sink: any BlobSink) async throws {
        let known = max(0, min(Int64(bytes.count), held - offset))
        if known < Int64(bytes.count) { try await sink.write(Array(bytes.dropFirst(Int(known)))) }
    }

    private func damaged(_ descriptor: Descriptor) -> RegistryError {
        RegistryError(
            .digestMismatch,
            "The blob \(descriptor.digest) of \(name) has other content than its digest says; copy it there again"
        )
    }

    private func other(_ descriptor: Descriptor) -> RegistryError {
        RegistryError(
            .digestMismatch,
            "What came in for the blob \(descriptor.digest) of \(name) has other content than its digest says; "
                + "nothing of it is kept"
        )
    }
}

// MARK: - The open layout

extension ImageLayout {
    private func opened() throws -> Directory {
        if let directory = state.withLock({ $0.directory }) { return directory }
        let directory = try files.open()
        state.withLock { $0.directory = directory }
        return directory
    }

    private func openedForWriting() throws -> Directory {
        if let directory = state.withLock({ $0.directory }) { return directory }
        let directory = try files.openOrCreate()
        state.withLock { $0.directory = directory }
        return directory
    }

    /// The index as it is now, parsed again only when the file is another one.
    private func currentIndex() throws -> (state: FileStatus, index: LayoutIndex) {
        let directory = try opened()
        let status = try files.failing("The index of \(name)") { try directory.status(LayoutFiles.index) }
        if let known = state.withLock({ $0.index }), known.state == status { return known }
        let read = try files.readIndex(directory)
        state.withLock { $0.index = (read.state, read.index) }
        return (read.state, read.index)
    }

    /// A manifest that is only known by its digest has an empty media type.
    private func descriptor(_ target: ManifestTarget) throws -> Descriptor {
        let index = try currentIndex().index
        switch target {
        case .tag(let tag):
            if let found = try index.manifest(tag: tag, in: name) { return found }
            let tags = index.tags
            let hint = tags.isEmpty ? "it has none" : "it has \(tags.prefix(5).joined(separator: ", "))"
            throw RegistryError(
                .notFound,
                "The tag '\(tag)' is not in \(name); \(hint)\(tags.count > 5 ? " and \(tags.count - 5) more" : "")"
            )
        case .digest(let digest):
            if let found = index.manifest(digest) { return found }
            guard let file = try files.blob(digest, try opened()) else {
                throw RegistryError(.notFound, "The manifest \(digest) is not in \(name)")
            }
            return Descriptor(mediaType: "", digest: digest, size: file.size)
        }
    }
}
