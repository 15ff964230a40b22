import CoreModel
import ManifestTree
import OCIDistribution
import SafeFiles
import SignatureCrypto

/// A manifest as a layout keeps it.
struct ManifestEntry {
    /// For `index.json`.
    let descriptor: Descriptor
    /// It says something about another manifest, and is looked for there.
    let isReferrer: Bool

    /// - Throws: `RegistryError.invalidManifest`, also for what is no manifest.
    init(_ bytes: [UInt8], mediaType: String, layout: String) throws {
        var descriptor = try Descriptor(mediaType: mediaType, of: bytes)
        let document = try ManifestDocument(
            parsing: bytes,
            contentType: mediaType,
            subject: "The manifest \(descriptor.digest) for \(layout)"
        )
        isReferrer = document.subject != nil
        if isReferrer { descriptor.artifactType = document.referrerType }
        self.descriptor = descriptor
    }
}

/// Which manifests of a layout refer to which.
struct LayoutReferrers: Sendable {
    /// The most manifests that are read, and how deep indexes may nest.
    private static let (countLimit, depthLimit) = (50_000, 8)

    private var bySubject: [Digest: [Descriptor]] = [:]

    subscript(subject: Digest) -> [Descriptor] { bySubject[subject] ?? [] }

    /// Reads every manifest of the layout; one that cannot be read refers to nothing.
    /// - Throws: `RegistryError.invalidManifest` for more manifests than are read.
    init(of index: LayoutIndex, _ files: LayoutFiles, _ directory: Directory) throws {
        var seen: Set<Digest> = []
        var level = index.manifests
        for _ in 0..<Self.depthLimit where !level.isEmpty {
            var next: [Descriptor] = []
            for descriptor in level where seen.insert(descriptor.digest).inserted {
                guard seen.count <= Self.countLimit else {
                    throw RegistryError(
                        .invalidManifest,
                        "\(files.name) has more than \(Self.countLimit) manifests; use several layouts"
                    )
                }
                guard let fetched = try? files.manifest(descriptor, directory) else { continue }
                if case .index(let index) = fetched.document { next += index.manifests }
                add(fetched)
            }
            level = next
        }
    }

    private mutating func add(_ fetched: FetchedManifest) {
        guard let subject = fetched.document.subject else { return }
        let descriptor = fetched.document.referrerDescriptor(digest: fetched.digest, size: Int64(fetched.bytes.count))
        bySubject[subject.digest, default: []].append(descriptor)
    }
}

extension LayoutFiles {
    /// A manifest, its size and digest checked before it is parsed.
    func manifest(_ descriptor: Descriptor, _ directory: Directory) throws -> FetchedManifest {
        let subject = "The manifest \(descriptor.digest) of \(name)"
        guard let bytes = try manifestBytes(descriptor.digest, directory) else {
            throw RegistryError(.notFound, "The manifest \(descriptor.digest) is named by \(name) but is not there")
        }
        guard Int64(bytes.count) == descriptor.size else {
            throw RegistryError(
                .digestMismatch,
                "\(subject) has \(bytes.count) bytes where its descriptor says \(descriptor.size)"
            )
        }
        return try FetchedManifest(
            checking: bytes,
            against: descriptor.digest,
            contentType: descriptor.mediaType.isEmpty ? nil : descriptor.mediaType,
            subject: subject
        )
    }
}
