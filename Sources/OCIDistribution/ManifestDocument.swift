import CoreModel
import ManifestTree

/// What a manifest request can return.
package enum ManifestDocument: Hashable, Sendable {
    case manifest(Manifest)
    case index(ImageIndex)

    /// Parses strictly; `contentType` is the response's, where there was one.
    ///
    /// The document's own `mediaType` decides, then the content type, then the shape. A document that could be read
    /// as both kinds is refused (CVE-2021-41190).
    /// - Throws: `RegistryError.invalidManifest`.
    package init(parsing bytes: [UInt8], contentType: String? = nil, subject: String = "The manifest") throws {
        let tree: Tree
        do {
            tree = try JSONReader.parse(bytes, source: "manifest", limits: DocumentLimits(depth: 64))
        } catch {
            throw RegistryError(.invalidManifest, "\(subject) is not valid JSON", cause: error)
        }
        let fields = try DocumentFields(tree, subject: subject)
        try Self.checkVersion(fields)
        let hasImageFields = fields.value("config") != nil || fields.value("layers") != nil
        let hasIndexFields = fields.value("manifests") != nil
        if hasImageFields && hasIndexFields || fields.value("fsLayers") != nil {
            throw fields.malformed("it mixes the fields of different kinds of manifest")
        }
        let mediaType = try Self.mediaType(fields, contentType, shape: hasIndexFields)
        if MediaType.indexes.contains(mediaType) {
            if hasImageFields { throw fields.malformed("it is called an index but has the fields of an image") }
            self = .index(try ImageIndex(fields, mediaType: mediaType))
        } else {
            if hasIndexFields {
                throw fields.malformed("it is called an image manifest but has the fields of an index")
            }
            self = .manifest(try Manifest(fields, mediaType: mediaType))
        }
    }

    /// The media type of the document.
    package var mediaType: String {
        switch self {
        case .manifest(let manifest): manifest.mediaType
        case .index(let index): index.mediaType
        }
    }

    /// The annotations of the document itself.
    package var annotations: [String: String] {
        switch self {
        case .manifest(let manifest): manifest.annotations
        case .index(let index): index.annotations
        }
    }

    private static func checkVersion(_ fields: DocumentFields) throws {
        guard let version = try fields.integer("schemaVersion") else { throw fields.missing("schemaVersion") }
        guard version == 2 else {
            throw fields.malformed("its schemaVersion is \(version), and only 2 is supported; push the artifact again")
        }
    }

    private static func mediaType(_ fields: DocumentFields, _ contentType: String?, shape isIndex: Bool) throws
        -> String
    {
        let known = MediaType.manifests.union(MediaType.indexes)
        let sent = contentType.map(MediaType.essence).flatMap { known.contains($0) ? $0 : nil }
        guard let written = try fields.string("mediaType") else {
            return sent ?? (isIndex ? MediaType.ociIndex : MediaType.ociManifest)
        }
        guard known.contains(written) else {
            throw fields.malformed("its mediaType '\(written.prefix(100))' is not an image manifest or index")
        }
        if let sent, MediaType.indexes.contains(sent) != MediaType.indexes.contains(written) {
            throw fields.malformed("it calls itself \(written) but was sent as \(sent)")
        }
        return written
    }
}
