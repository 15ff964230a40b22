import CoreModel
import SignatureCrypto
import Testing

@testable import OCIDistribution

private let sha = "sha256:" + String(repeating: "ab", count: 32)
private let config = #""config":{"mediaType":"application/vnd.cncf.flux.config.v1+json","digest":"\#(sha)","size":2}"#
private let layer = #"{"mediaType":"application/x","digest":"\#(sha)","size":3}"#

@Suite struct ManifestTests {
    /// The document, part of the message, why.
    static let invalid: [(String, String, String)] = [
        ("", "not valid JSON", "nothing"),
        ("[]", "where a map belongs", "no map"),
        ("{}", "schemaVersion is missing", "nothing in it"),
        (#"{"schemaVersion":1,\#(config),"layers":[]}"#, "schemaVersion is 1", "Docker's first schema"),
        (#"{"schemaVersion":"2",\#(config),"layers":[]}"#, "schemaVersion is a string", "a number as text"),
        (#"{"schemaVersion":2,"layers":[]}"#, "config is missing", "no config"),
        (#"{"schemaVersion":2,\#(config)}"#, "layers is missing", "no layers"),
        (#"{"schemaVersion":2,\#(config),"layers":{}}"#, "layers is a map", "layers of another kind"),
        (#"{"schemaVersion":2,\#(config),"layers":[1]}"#, "layers[0] is a number", "a layer that is none"),
        (#"{"schemaVersion":2,\#(config),"layers":[],"manifests":[]}"#, "mixes", "two kinds at once"),
        (#"{"schemaVersion":2,"manifests":[],"fsLayers":[]}"#, "mixes", "the first schema's layers"),
        (#"{"schemaVersion":2,"mediaType":"\#(MediaType.ociIndex)",\#(config),"layers":[]}"#, "index", "a false name"),
        (
            #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociManifest)","manifests":[]}"#, "fields of an index",
            "as well"
        ),
        (#"{"schemaVersion":2,"mediaType":"text/plain",\#(config),"layers":[]}"#, "text/plain", "an unknown type"),
        (#"{"schemaVersion":2,"schemaVersion":2,\#(config),"layers":[]}"#, "not valid JSON", "a key twice"),
        (
            #"{"schemaVersion":2,\#(config),"layers":[{"mediaType":"a/b","digest":"\#(sha)","size":-1}]}"#, "negative",
            "size"
        ),
        (
            #"{"schemaVersion":2,\#(config),"layers":[{"mediaType":"a/b","digest":"\#(sha)","size":1.5}]}"#,
            "size is a number", "fraction"
        ),
        (
            #"{"schemaVersion":2,\#(config),"layers":[{"mediaType":"a/b","digest":"\#(sha)"}]}"#,
            "layers[0].size is missing", "no size"
        ),
        (
            #"{"schemaVersion":2,\#(config),"layers":[{"mediaType":"a/b","digest":"sha256:x","size":1}]}"#,
            "layers[0].digest", "digest"
        ),
        (
            #"{"schemaVersion":2,\#(config),"layers":[{"mediaType":"ab","digest":"\#(sha)","size":1}]}"#, "media type",
            "type"
        ),
        (
            #"{"schemaVersion":2,\#(config),"layers":[{"mediaType":"a/b","digest":"\#(sha)","size":1,"data":"YQ=="}]}"#,
            "data does not match", "embedded"
        ),
        (
            #"{"schemaVersion":2,\#(config),"layers":[],"annotations":{"a":1}}"#, "annotations.a is a number",
            "annotations"
        ),
        (#"{"schemaVersion":2,\#(config),"layers":[]} x"#, "not valid JSON", "text after the end"),
    ]

    @Test(arguments: invalid) func refuses(text: String, part: String, why: String) throws {
        let error = try #require(throws: RegistryError.self) { try ManifestDocument(parsing: Array(text.utf8)) }
        #expect(error.code == .invalidManifest)
        #expect(error.message.contains(part), "\(why): \(error.message)")
    }

    @Test func infersTheMediaType() throws {
        let image = Array(#"{"schemaVersion":2,\#(config),"layers":[\#(layer)]}"#.utf8)
        #expect(try ManifestDocument(parsing: image).mediaType == MediaType.ociManifest)
        let asDocker = try ManifestDocument(parsing: image, contentType: MediaType.dockerManifest)
        #expect(asDocker.mediaType == MediaType.dockerManifest)
        let index = Array(#"{"schemaVersion":2,"manifests":[\#(layer)]}"#.utf8)
        #expect(try ManifestDocument(parsing: index).mediaType == MediaType.ociIndex)
        #expect(throws: RegistryError.self) {
            try ManifestDocument(parsing: image, contentType: MediaType.ociIndex)
        }
        #expect(throws: RegistryError.self) { try Manifest(parsing: index) }
    }

    @Test func writesTheSameBytesForEqualManifests() throws {
        let digest = try #require(Digest(sha))
        let part = Descriptor(mediaType: "a/b", digest: digest, size: 7, annotations: ["z": "1", "a": "2"])
        let manifest = Manifest(config: part, layers: [part], annotations: ["b": "x", "a": "y"])
        let expected =
            #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociManifest)","config":"#
            + #"{"mediaType":"a/b","digest":"\#(sha)","size":7,"annotations":{"a":"2","z":"1"}},"#
            + #""layers":[{"mediaType":"a/b","digest":"\#(sha)","size":7,"annotations":{"a":"2","z":"1"}}],"#
            + #""annotations":{"a":"y","b":"x"}}"#
        #expect(String(decoding: manifest.encode(), as: UTF8.self) == expected)
        #expect(try Manifest(parsing: manifest.encode()) == manifest)
    }

    @Test func describesFluxArtifacts() throws {
        let digest = try #require(Digest(sha))
        let layer = Descriptor(mediaType: MediaType.fluxContent, digest: digest, size: 10)
        let time = Timestamp(seconds: 0)
        let contents = try FluxArtifact.contents(
            layer: layer,
            diffID: digest,
            created: time,
            annotations: [FluxArtifact.revision: "main@sha1:abc"]
        )
        #expect(contents.manifest.config.mediaType == MediaType.fluxConfig)
        #expect(contents.manifest.config.digest == (try Digest.of(contents.config)))
        #expect(contents.manifest.annotations[FluxArtifact.created] == "1970-01-01T00:00:00Z")
        #expect(String(decoding: contents.config, as: UTF8.self).contains(#""diff_ids":["\#(sha)"]"#))
        #expect(throws: RegistryError.self) {
            try FluxArtifact.contents(
                layer: layer,
                diffID: digest,
                created: time,
                annotations: [FluxArtifact.created: "yesterday"]
            )
        }
    }
}
