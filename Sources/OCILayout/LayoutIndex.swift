import CoreModel
import ManifestTree
import OCIDistribution

/// The content of `index.json`: which manifests a layout offers, and under which names.
///
/// Changes are made on the document as it was read, so that nothing of other tools' is lost.
struct LayoutIndex: Sendable {
    /// The most bytes that are read.
    static let limit = 16 << 20

    private var tree: Tree
    /// In the order of the file.
    private(set) var manifests: [Descriptor]

    /// A layout without any manifest.
    static let empty = LayoutIndex(
        tree: ["schemaVersion": 2, "mediaType": .string(MediaType.ociIndex), "manifests": []],
        manifests: []
    )

    private init(tree: Tree, manifests: [Descriptor]) {
        self.tree = tree
        self.manifests = manifests
    }

    /// - Throws: `RegistryError.invalidManifest` for anything but an image index.
    init(parsing bytes: [UInt8], subject: String) throws {
        var tree = Tree.null
        do {
            tree = try JSONReader.parse(bytes, source: "index.json", limits: DocumentLimits(depth: 64))
        } catch {
            throw RegistryError(.invalidManifest, "\(subject) is not valid JSON", cause: error)
        }
        // Tools written in Go write null for an empty list.
        if tree["manifests"]?.isNull == true { tree["manifests"] = [] }
        let document = try ManifestDocument(
            parsing: tree.jsonBytes(),
            contentType: MediaType.ociIndex,
            subject: subject
        )
        guard case .index(let index) = document else {
            throw RegistryError(.invalidManifest, "\(subject) is an image manifest where an index belongs")
        }
        self.init(tree: tree, manifests: index.manifests)
    }

    /// Every tag, each once, in the order of the file.
    var tags: [String] {
        var seen: Set<String> = []
        let named = manifests.compactMap { $0.name.flatMap(LayoutName.tag) }
        return (named + (soleUnnamed == nil ? [] : ["latest"])).filter { seen.insert($0).inserted }
    }

    /// The manifest with a tag. An exact name wins over references that end in the tag; the only manifest of a layout
    /// is its `latest` when it has no name, as tools leave it that export one image.
    /// - Throws: `RegistryError.invalidReference` when the tag stands for several manifests.
    func manifest(tag: String, in layout: String) throws -> Descriptor? {
        let exact = manifests.filter { $0.name == tag }
        let found = exact.isEmpty ? manifests.filter { $0.name.flatMap(LayoutName.tag) == tag } : exact
        guard Set(found.map(\.digest)).count <= 1 else {
            let names = found.compactMap(\.name).prefix(5).joined(separator: ", ")
            throw RegistryError(
                .invalidReference,
                "The tag '\(tag)' stands for several manifests of \(layout) (\(names)); name one by its digest"
            )
        }
        return found.first ?? (tag == "latest" ? soleUnnamed : nil)
    }

    func manifest(_ digest: Digest) -> Descriptor? { manifests.first { $0.digest == digest } }

    /// Adds a manifest. Its tag is taken from the manifest that had exactly this name.
    mutating func put(_ descriptor: Descriptor, tag: String?) {
        if tag == nil, manifest(descriptor.digest) != nil { return }
        keep { held in
            if let name = held.name { return name != tag }
            return held.digest != descriptor.digest
        }
        var descriptor = descriptor
        descriptor.annotations[LayoutName.annotation] = tag
        manifests.append(descriptor)
        tree["manifests"] = .list((tree["manifests"]?.list ?? []) + [Self.tree(descriptor)])
    }

    /// Takes a manifest out, whatever its names.
    mutating func remove(_ digest: Digest) { keep { $0.digest != digest } }

    /// Takes a name away; the manifest stays.
    mutating func untag(_ descriptor: Descriptor) {
        var unnamed = descriptor
        unnamed.annotations[LayoutName.annotation] = nil
        keep { $0 != descriptor }
        put(unnamed, tag: nil)
    }

    func encode() -> [UInt8] { tree.jsonBytes() }

    private var soleUnnamed: Descriptor? {
        manifests.count == 1 && manifests[0].name == nil ? manifests[0] : nil
    }

    /// Both forms of the list have the same order.
    private mutating func keep(_ isKept: (Descriptor) -> Bool) {
        let entries = zip(tree["manifests"]?.list ?? [], manifests).filter { isKept($0.1) }
        tree["manifests"] = .list(entries.map(\.0))
        manifests = entries.map(\.1)
    }

    private static func tree(_ descriptor: Descriptor) -> Tree {
        var tree: Tree = [
            "mediaType": .string(descriptor.mediaType), "digest": .string(descriptor.digest.description),
            "size": .number(Tree.Number(Int(descriptor.size))),
        ]
        tree["artifactType"] = descriptor.artifactType.map { .string($0) }
        let annotations = descriptor.annotations.sorted { $0.key < $1.key }.map { ($0.key, Tree.string($0.value)) }
        tree["annotations"] = annotations.isEmpty ? nil : .map(TreeMap(annotations))
        return tree
    }
}

extension Descriptor {
    /// What `index.json` calls it.
    fileprivate var name: String? { annotations[LayoutName.annotation] }
}
