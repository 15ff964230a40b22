import CoreModel

/// Copies artifacts from one repository to another. Bytes stay as they are, and so does every digest.
///
/// Blobs go before the manifests that name them, children before their index, signatures before the tag, and the tag
/// comes last: a copy that is interrupted leaves nothing that is broken, and the next one goes on where it ended. What
/// is there already is not sent again.
package struct ArtifactCopier: Sendable {
    package struct Options: Sendable {
        /// Of an index, only the manifest for this platform.
        package var platform: Platform?
        /// Copies what refers to a manifest too: cosign's signatures, attestations and bills of materials, and
        /// everything that names it as its subject.
        package var includesReferrers = true
        /// Blobs that are under way at the same time.
        package var parallelBlobs = 4
        /// Told how far the blobs are, often.
        package var progress: @Sendable (CopyProgress) -> Void = { _ in }

        package init() {}
    }

    package let source: any ArtifactRepository
    package let destination: any ArtifactRepository
    package let options: Options

    private let run: CopyRun

    /// One copier serves one command: it remembers what it has copied.
    package init(
        from source: any ArtifactRepository,
        to destination: any ArtifactRepository,
        _ options: Options = Options()
    ) {
        (self.source, self.destination, self.options) = (source, destination, options)
        run = CopyRun(parallelBlobs: options.parallelBlobs, progress: options.progress)
    }

    /// What has been done so far.
    package var summary: CopySummary { run.summary }

    /// Copies one artifact with all that belongs to it, under a tag or under its digest alone.
    /// - Returns: what the tag stands for now.
    /// - Throws: `RegistryError`, also when the index has no manifest, or several, for the platform.
    package func copy(_ target: ManifestTarget, as tag: String?) async throws -> FetchedManifest {
        let root = try await chosen(source.manifest(target))
        try await copyContents(of: root, depth: 0)
        if options.includesReferrers {
            let attachments = try await attachments(of: root.digest)
            if !attachments.isEmpty {
                // Before what refers to it, and without the tag until everything is there.
                try await pushIfMissing(root)
                try await copy(attachments, of: root.digest, depth: 0)
            }
        }
        try await push(root, as: tag)
        return root
    }

    /// Copies everything that has a tag, under the same tags.
    /// - Returns: the tags, and what each stands for.
    package func copyAllTags() async throws -> [(tag: String, manifest: FetchedManifest)] {
        let tags = try await source.tags().filter { options.includesReferrers || !Self.isAttachment($0) }
            // The destination keeps its own list of what refers to what.
            .filter { !Self.isReferrersList($0) }
        return try await withThrowingTaskGroup(of: (Int, FetchedManifest).self) { group in
            var copied: [Int: FetchedManifest] = [:]
            for (index, tag) in tags.enumerated() {
                if index >= Self.parallelTags, let done = try await group.next() { copied[done.0] = done.1 }
                group.addTask { (index, try await copy(.tag(tag), as: tag)) }
            }
            for try await done in group { copied[done.0] = done.1 }
            return tags.enumerated().compactMap { index, tag in copied[index].map { (tag, $0) } }
        }
    }

    /// Artifacts that are worked on at the same time.
    private static let parallelTags = 4
    /// Indexes in indexes, and referrers of referrers.
    private static let depthLimit = 16

    private static func isAttachment(_ tag: String) -> Bool {
        guard let dot = tag.lastIndex(of: ".") else { return false }
        return ["sig", "att", "sbom"].contains(String(tag[tag.index(after: dot)...])) && isReferrersList(tag[..<dot])
    }

    private static func isReferrersList(_ tag: some StringProtocol) -> Bool {
        guard let dash = tag.firstIndex(of: "-") else { return false }
        return Digest("\(tag[..<dash]):\(tag[tag.index(after: dash)...])") != nil
    }
}

// MARK: - Manifests

extension ArtifactCopier {
    /// The manifest that is meant: of an index, the one for the platform.
    private func chosen(_ root: FetchedManifest) async throws -> FetchedManifest {
        guard let platform = options.platform, case .index(let index) = root.document else { return root }
        let fitting = index.manifests.filter { $0.platform.map(platform.includes) ?? false }
        guard let child = fitting.first, fitting.count == 1 else {
            let known = index.manifests.compactMap { $0.platform?.description }.joined(separator: ", ")
            throw RegistryError(
                .invalidReference,
                "The index \(root.digest) of \(source.name) has \(fitting.isEmpty ? "no manifest" : "several manifests")"
                    + " for \(platform); it has \(known.isEmpty ? "no platforms" : known)"
            )
        }
        return try await source.manifest(.digest(child.digest))
    }

    /// Everything that a manifest names: config and layers, or the manifests of an index.
    private func copyContents(of fetched: FetchedManifest, depth: Int) async throws {
        guard depth < Self.depthLimit else {
            throw RegistryError(
                .invalidManifest,
                "The manifest \(fetched.digest) of \(source.name) lies more than \(Self.depthLimit) levels deep"
            )
        }
        switch fetched.document {
        case .manifest(let manifest):
            try await withThrowingTaskGroup(of: Void.self) { group in
                for descriptor in [manifest.config] + manifest.layers where !descriptor.isForeign {
                    group.addTask { try await copyBlob(descriptor) }
                }
                try await group.waitForAll()
            }
        case .index(let index):
            for child in index.manifests {
                if MediaType.manifests.contains(child.mediaType) || MediaType.indexes.contains(child.mediaType) {
                    try await copyTree(source.manifest(.digest(child.digest)), depth: depth + 1)
                } else {
                    try await copyBlob(child)
                }
            }
        }
    }

    /// A manifest below another one, with all that belongs to it.
    /// With `always` it is sent even if it is there.
    private func copyTree(_ fetched: FetchedManifest, depth: Int, always: Bool = false) async throws {
        try await run.once(.manifest(fetched.digest)) {
            try await copyContents(of: fetched, depth: depth)
            if always { try await send(fetched, as: nil) } else { try await pushIfMissing(fetched) }
            guard options.includesReferrers else { return }
            try await copy(attachments(of: fetched.digest), of: fetched.digest, depth: depth)
        }
    }

    private func pushIfMissing(_ fetched: FetchedManifest) async throws {
        do {
            _ = try await destination.manifest(.digest(fetched.digest))
        } catch let error as RegistryError
            where [.notFound, .digestMismatch, .invalidManifest].contains(error.code)
        {
            try await send(fetched, as: nil)
        }
    }

    /// Leaves a tag alone that is right already: some registries let no tag be written twice.
    private func push(_ fetched: FetchedManifest, as tag: String?) async throws {
        if let tag {
            do {
                if try await destination.resolve(.tag(tag)).digest == fetched.digest { return run.countTag() }
            } catch let error as RegistryError
                where [.notFound, .digestMismatch, .invalidManifest].contains(error.code)
            {}
        }
        try await send(fetched, as: tag)
        if tag != nil { run.countTag() }
    }

    private func send(_ fetched: FetchedManifest, as tag: String?) async throws {
        let mediaType = fetched.document.mediaType
        let stored = try await destination.pushManifest(fetched.bytes, mediaType: mediaType, tag: tag)
        // A digest of another algorithm is the same content by another name, and a reference to it would not be found.
        guard stored == fetched.digest else {
            throw RegistryError(
                .digestMismatch,
                "The manifest \(fetched.digest) of \(source.name) would be \(stored) in \(destination.name)"
            )
        }
        run.countManifest()
    }
}

// MARK: - What refers to a manifest

extension ArtifactCopier {
    /// What belongs to a manifest without being named by it.
    private struct Attachments {
        var tagged: [(tag: String, manifest: FetchedManifest)] = []
        var referrers: [FetchedManifest] = []

        var isEmpty: Bool { tagged.isEmpty && referrers.isEmpty }
    }

    private func attachments(of digest: Digest) async throws -> Attachments {
        var found = Attachments()
        for tag in CosignTag.all(for: digest) {
            if let manifest = try await manifestIfThere(.tag(tag)) { found.tagged.append((tag, manifest)) }
        }
        for referrer in try await source.referrers(of: digest, artifactType: nil) {
            // Lists of referrers are kept by hand in places, and may name what has been deleted.
            if let manifest = try await manifestIfThere(.digest(referrer.digest)) { found.referrers.append(manifest) }
        }
        return found
    }

    private func manifestIfThere(_ target: ManifestTarget) async throws -> FetchedManifest? {
        do {
            return try await source.manifest(target)
        } catch let error as RegistryError where error.code == .notFound {
            return nil
        }
    }

    private func copy(_ attachments: Attachments, of digest: Digest, depth: Int) async throws {
        for (tag, manifest) in attachments.tagged {
            try await copyContents(of: manifest, depth: depth + 1)
            try await push(manifest, as: tag)
            run.countAttachment(manifest.digest)
        }
        guard !attachments.referrers.isEmpty else { return }
        let listed = Set(try await destination.referrers(of: digest, artifactType: nil).map(\.digest))
        for referrer in attachments.referrers {
            // It may be there and yet be unknown as a referrer, when a copy was interrupted between the two.
            try await copyTree(referrer, depth: depth + 1, always: !listed.contains(referrer.digest))
            run.countAttachment(referrer.digest)
        }
    }
}

// MARK: - Blobs

extension ArtifactCopier {
    private func copyBlob(_ descriptor: Descriptor) async throws {
        try await run.once(.blob(descriptor.digest)) {
            run.begin(descriptor)
            var options = PushOptions()
            if let from = source as? RegistryRepository, destination is RegistryRepository {
                options.mountFrom = from.repository
            }
            let outcome = try await run.withTransferPlace {
                try await send(descriptor, options) { run.update(descriptor, $0) }
            }
            run.end(descriptor, outcome)
        }
    }

    /// Fetches and pushes at the same time; nothing is fetched unless the destination wants it.
    private func send(
        _ descriptor: Descriptor,
        _ options: PushOptions,
        progress: @escaping @Sendable (Int64) -> Void
    ) async throws -> PushOutcome {
        if let data = descriptor.data {
            return try await destination.pushBlob(BlobSource(descriptor, bytes: data), options)
        }
        let pipe = BlobPipe(descriptor)
        do {
            return try await withThrowingTaskGroup(of: PushOutcome?.self) { group in
                group.addTask {
                    try await pipe.serve(from: source)
                    return nil
                }
                group.addTask {
                    defer { pipe.close() }
                    return try await destination.pushBlob(pipe.source(progress: progress), options)
                }
                while let ended = try await group.next() {
                    guard let outcome = ended else { continue }
                    group.cancelAll()
                    return outcome
                }
                throw CancellationError()
            }
        } catch {
            // The push can only say that its bytes stopped coming.
            if FailureKind(of: error) == .cancelled, Task.isCancelled { throw error }
            throw pipe.failure ?? error
        }
    }
}

extension Descriptor {
    /// Docker's and OCI's layers that registries do not keep; whoever needs them fetches them elsewhere.
    fileprivate var isForeign: Bool {
        mediaType.contains(".foreign.") || mediaType.contains(".nondistributable.")
    }
}

extension Platform {
    /// Whether another platform is this one; a variant counts only where it is asked for.
    fileprivate func includes(_ other: Platform) -> Bool {
        os == other.os && architecture == other.architecture && (variant == nil || variant == other.variant)
    }
}
