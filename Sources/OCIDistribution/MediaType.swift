/// The media types that registry clients have to know.
package enum MediaType {
    package static let ociManifest = "application/vnd.oci.image.manifest.v1+json"
    package static let ociIndex = "application/vnd.oci.image.index.v1+json"
    package static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    package static let dockerList = "application/vnd.docker.distribution.manifest.list.v2+json"
    package static let ociEmpty = "application/vnd.oci.empty.v1+json"
    package static let ociImageConfig = "application/vnd.oci.image.config.v1+json"
    package static let fluxConfig = "application/vnd.cncf.flux.config.v1+json"
    package static let fluxContent = "application/vnd.cncf.flux.content.v1.tar+gzip"
    /// Of Flux's artifacts that hold a single file; the file's extension can stand behind it.
    package static let fluxFile = "application/vnd.cncf.flux.content.v1"
    package static let helmContent = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"

    static let manifests: Set<String> = [ociManifest, dockerManifest]
    static let indexes: Set<String> = [ociIndex, dockerList]

    /// What we accept for a manifest request.
    static let accept = [ociManifest, ociIndex, dockerManifest, dockerList].joined(separator: ", ")

    /// The type alone: parameters such as `; charset=utf-8` are dropped, case is folded.
    static func essence(_ contentType: String) -> String {
        var text = contentType.utf8.prefix { $0 != UInt8(ascii: ";") }
        while text.last == UInt8(ascii: " ") || text.last == UInt8(ascii: "\t") { text.removeLast() }
        return Substring(text).lowercased()
    }

    /// RFC 6838 section 4.2: `type/subtype`, each at most 127 restricted characters.
    static func isValid(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { part in
                !part.isEmpty && part.count <= 127 && part.allSatisfy(isRestrictedNameCharacter)
            }
    }

    private static func isRestrictedNameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$&-^_.+;=\" ".utf8.contains(byte)
        }
    }
}
