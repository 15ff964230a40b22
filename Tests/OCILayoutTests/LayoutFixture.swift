import CoreModel
import ManifestTree
import OCIDistribution
import OCILayout
import SafeFiles
import SignatureCrypto
import SystemPackage

/// A directory for one test, with the place of a layout in it.
struct LayoutFixture {
    private let scratch: TemporaryDirectory

    init() throws { scratch = try TemporaryDirectory(in: Directory.open("/tmp")) }

    var root: Directory { scratch.directory }
    var path: FilePath { root.path.appending("layout") }
    /// A look at the layout that remembers nothing.
    var layout: ImageLayout { ImageLayout(path) }

    func write(_ name: String, _ text: String) throws {
        let folder = name.split(separator: "/").dropLast().joined(separator: "/")
        _ = try root.directory(folder, creating: true)
        try root.writeAtomically(name, Array(text.utf8))
    }

    func json(_ name: String) throws -> Tree { try JSONReader.parse(root.read(name, limit: 16 << 20)) }

    /// What `index.json` lists: the names, or `-` for none.
    func names() throws -> [String] {
        (try json("layout/index.json")["manifests"]?.list ?? []).map {
            $0[path: ["annotations", LayoutName.annotation]]?.string ?? "-"
        }
    }
}

extension ArtifactRepository {
    /// Pushes an artifact with one layer.
    @discardableResult
    func push(
        _ content: String,
        tag: String?,
        subject: Descriptor? = nil,
        type: String? = nil
    ) async throws -> Descriptor {
        let (layer, config) = (Array(content.utf8), Array("{}".utf8))
        let described = try Descriptor(mediaType: "text/plain", of: layer)
        _ = try await pushBlob(BlobSource(described, bytes: layer), PushOptions())
        let empty = try Descriptor(mediaType: MediaType.ociEmpty, of: config)
        _ = try await pushBlob(BlobSource(empty, bytes: config), PushOptions())
        var manifest = Manifest(config: empty, layers: [described], artifactType: type)
        manifest.subject = subject
        return try await push(manifest.encode(), type: manifest.mediaType, tag: tag)
    }

    /// Pushes an index of manifests that are there.
    @discardableResult
    func push(index manifests: [Descriptor], tag: String?) async throws -> Descriptor {
        let index = ImageIndex(manifests: manifests)
        return try await push(index.encode(), type: index.mediaType, tag: tag)
    }

    private func push(_ bytes: [UInt8], type: String, tag: String?) async throws -> Descriptor {
        let digest = try await pushManifest(bytes, mediaType: type, tag: tag)
        return Descriptor(mediaType: type, digest: digest, size: Int64(bytes.count))
    }

    /// The content of an artifact that `push` made.
    func content(_ target: ManifestTarget) async throws -> String {
        guard case .manifest(let manifest) = try await manifest(target).document else { return "an index" }
        return String(decoding: try await blob(manifest.layers[0], limit: 1 << 20), as: UTF8.self)
    }

    /// The code of the error that the work ends with; nil when it succeeds.
    static func failure(_ work: () async throws -> Void) async -> RegistryError? {
        do {
            try await work()
            return nil
        } catch {
            return error as? RegistryError
        }
    }
}
