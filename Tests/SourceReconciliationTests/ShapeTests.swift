import ArtifactStore
import CoreModel
import ManifestTree
import OCIDistribution
import SignatureCrypto
import SluiceAPI
import TestSupport
import Testing

/// Artifacts of every shape that other tools make.
struct ShapeTests {
    /// A tar archive of one file, without compression.
    static func plainTar(_ name: String, _ text: String) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
        }
        func octal(_ number: Int, _ width: Int) -> String {
            let digits = String(number, radix: 8)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        let content = Array(text.utf8)
        put(name, at: 0)
        put(octal(0o644, 7), at: 100)
        put(octal(0, 7), at: 108)
        put(octal(0, 7), at: 116)
        put(octal(content.count, 11), at: 124)
        put(octal(0, 11), at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6), at: 148)
        header[154] = 0
        let padding = [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
        return header + content + padding + [UInt8](repeating: 0, count: 1024)
    }

    struct Case: Sendable {
        let why: String
        /// The layers: media type, what it holds, title. `tar:NAME` is a tar.gz, `plain:NAME` a plain tar.
        let layers: [(type: String, content: String, title: String?)]
        var selector: Tree?
        var manifestType = MediaType.ociManifest
        /// The files that are served; nil where the artifact is refused.
        let files: [String]?
        /// Part of the message of a refusal.
        var fragment = ""
    }

    static let prov = "application/vnd.cncf.helm.chart.provenance.v1.prov"

    static let cases: [Case] = [
        Case(why: "Flux", layers: [(MediaType.fluxContent, "tar:a.yaml", nil)], files: ["a.yaml"]),
        Case(why: "plain tar", layers: [("application/x-tar", "plain:a.yaml", nil)], files: ["a.yaml"]),
        Case(
            why: "Docker's schema 2",
            layers: [("application/vnd.docker.image.rootfs.diff.tar.gzip", "tar:a.yaml", nil)],
            manifestType: MediaType.dockerManifest,
            files: ["a.yaml"]
        ),
        Case(
            why: "a chart with its provenance first",
            layers: [(prov, "signed", nil), (MediaType.helmContent, "tar:Chart.yaml", nil)],
            files: ["Chart.yaml"]
        ),
        Case(why: "a single file", layers: [("text/yaml", "a: 1", "deploy/a.yaml")], files: ["deploy"]),
        Case(why: "a single file here", layers: [("text/yaml", "a: 1", "./a.yaml")], files: ["a.yaml"]),
        Case(
            why: "a single file without a name",
            layers: [("text/yaml", "a: 1", nil)],
            files: nil,
            fragment: "use the layer operation 'copy'"
        ),
        Case(
            why: "a name that leaves the tree",
            layers: [("text/yaml", "a: 1", "../../etc/passwd")],
            files: nil,
            fragment: "\"../../etc/passwd\" is no name"
        ),
        Case(why: "an absolute name", layers: [("text/yaml", "a: 1", "/a")], files: nil, fragment: "is no name"),
        Case(
            why: "the first of two",
            layers: [("a/b", "tar:a.yaml", nil), ("a/b", "tar:b.yaml", nil)],
            files: ["a.yaml"]
        ),
        Case(
            why: "all of them, archives and files",
            layers: [("a/b", "tar:a.yaml", nil), ("a/b", "plain:b.yaml", nil), ("c/d", "text", "c.yaml")],
            selector: ["layers": "all"],
            files: ["a.yaml", "b.yaml", "c.yaml"]
        ),
        Case(
            why: "all of one type",
            layers: [("a/b", "tar:a.yaml", nil), ("c/d", "tar:b.yaml", nil), ("a/b", "plain:c.yaml", nil)],
            selector: ["layers": "all", "mediaType": "a/b"],
            files: ["a.yaml", "c.yaml"]
        ),
        Case(
            why: "one type",
            layers: [("a/b", "tar:a.yaml", nil), ("c/d", "tar:b.yaml", nil)],
            selector: ["mediaType": "c/d"],
            files: ["b.yaml"]
        ),
        Case(
            why: "nothing but the empty layer",
            layers: [(MediaType.ociEmpty, "{}", nil)],
            files: nil,
            fragment: "has no layers with content"
        ),
    ]

    @Test(arguments: cases)
    func whatIsMeantIsServed(item: Case) async throws {
        let fixture = try SourceFixture()
        let layers = try item.layers.map { layer -> (bytes: [UInt8], type: String, title: String?) in
            let parts = layer.content.split(separator: ":", maxSplits: 1).map(String.init)
            switch parts[0] {
            case "tar": return (try fixture.layer([parts[1]: "x"]), layer.type, layer.title)
            case "plain": return (Self.plainTar(parts[1], "x"), layer.type, layer.title)
            default: return (Array(layer.content.utf8), layer.type, layer.title)
            }
        }
        try fixture.push(layers: layers, type: item.manifestType)
        fixture.create { $0["layerSelector"] = item.selector }
        try await fixture.reconcile()
        #expect(try fixture.leftovers() == [])
        guard let files = item.files else {
            #expect(fixture.conditions.contains("Ready=False/OCIArtifactLayerOperationFailed"), "\(item.why)")
            #expect(fixture.message("Ready").contains(item.fragment), "\(item.why): \(fixture.message("Ready"))")
            return
        }
        #expect(fixture.conditions == PublishTests.healthy, "\(item.why): \(fixture.message("Ready"))")
        #expect(try fixture.servedFiles() == files, "\(item.why)")
    }

    @Test func laterLayersGoOverEarlierOnes() async throws {
        let fixture = try SourceFixture()
        let type = "application/vnd.oci.image.layer.v1.tar+gzip"
        let (lower, upper) = (["a.yaml": "lower", "b.yaml": "lower"], ["b.yaml": "upper", "c.yaml": "upper"])
        try fixture.push(layers: [(fixture.layer(lower), type, nil), (fixture.layer(upper), type, nil)])
        fixture.create { $0["layerSelector"] = ["layers": "all"] }
        try await fixture.reconcile()
        let digest = fixture.artifact?.digest
        #expect(fixture.status["observedLayerSelector"] == ["operation": "extract", "layers": "all"])
        // What is served is what one layer with the outcome of both would have been.
        try fixture.push(["a.yaml": "lower", "b.yaml": "upper", "c.yaml": "upper"])
        try await fixture.reconcile()
        #expect(fixture.artifact?.digest == digest)
    }
}

/// Artifacts behind an index.
struct IndexShapeTests {
    /// An index of artifacts with one file each: its platform or `-`, its annotations, its name.
    static func push(
        _ entries: [(platform: String, annotations: [String: String], file: String)],
        to fixture: SourceFixture
    ) throws -> Digest {
        let children = try entries.map { entry in
            let bytes = try fixture.layer([entry.file: "x"])
            let digest = try fixture.push(layers: [(bytes, MediaType.fluxContent, nil)], tag: nil)
            let manifest = try #require(fixture.registry.manifest(SourceFixture.repository, digest))
            var child = try Descriptor(mediaType: MediaType.ociManifest, of: manifest)
            child.platform = Platform(entry.platform)
            child.annotations = entry.annotations
            return child
        }
        let index = ImageIndex(manifests: children, annotations: ["org.opencontainers.image.revision": "main@1"])
        return try fixture.registry.addManifest(
            SourceFixture.repository,
            index.encode(),
            type: MediaType.ociIndex,
            tag: "v1"
        )
    }

    @Test func theSelectorDecidesAndAnotherOneMakesTheArtifactAnew() async throws {
        let fixture = try SourceFixture()
        let index = try Self.push(
            [
                ("linux/amd64", ["stage": "prod"], "amd64.yaml"), ("linux/arm64", ["stage": "prod"], "arm64.yaml"),
                ("linux/arm64", ["stage": "test"], "test.yaml"),
                ("unknown/unknown", ["vnd.docker.reference.type": "attestation-manifest"], "attestation.yaml"),
            ],
            to: fixture
        )
        fixture.create()
        try await fixture.reconcile()
        #expect(try fixture.servedFiles() == ["amd64.yaml"])
        #expect(fixture.artifact?.revision == "v1@\(index)", "the revision is the index's, as with Flux")
        #expect(fixture.artifact?.metadata == ["org.opencontainers.image.revision": "main@1"])
        #expect(fixture.status["observedIndexSelector"] == nil)

        fixture.changeSpec { $0["indexSelector"] = ["platform": "linux/arm64"] }
        try await fixture.reconcile()
        #expect(fixture.conditions.contains("FetchFailed=True/OCIArtifactLayerOperationFailed"))
        #expect(fixture.message("Ready").contains("2 of them are for linux/arm64"))
        #expect(try fixture.servedFiles() == ["amd64.yaml"], "what was there stays")

        let selector: Tree = ["platform": "linux/arm64", "annotations": ["stage": "test"]]
        fixture.changeSpec { $0["indexSelector"] = selector }
        try await fixture.reconcile()
        #expect(fixture.conditions == PublishTests.healthy)
        #expect(try fixture.servedFiles() == ["test.yaml"])
        #expect(fixture.status["observedIndexSelector"] == selector)
        let seen = fixture.registry.count()
        try await fixture.reconcile()
        #expect(fixture.registryRequests(after: seen) == ["HEAD /v2/acme/site/manifests/v1"])
    }

    @Test func theOnlyManifestIsTakenWhateverItsPlatform() async throws {
        let fixture = try SourceFixture()
        _ = try Self.push([("-", [:], "a.yaml")], to: fixture)
        fixture.create()
        try await fixture.reconcile()
        #expect(try fixture.servedFiles() == ["a.yaml"])
    }
}

/// Bounds that an object sets for itself.
struct LimitTests {
    /// The limits, whether the artifact of three files with 3,000 bytes passes, part of the message.
    static let cases: [(limits: Tree, passes: Bool, fragment: String)] = [
        (["maxFiles": 100, "maxSize": "1Mi", "maxUnpackedSize": "1Mi"], true, ""),
        (["maxSize": "100"], false, "the limit is 100 B"),
        (["maxUnpackedSize": "2k"], false, "limit of 2.0 kB unpacked"),
        (["maxFiles": 2], false, "beyond the limit of 2 entries"),
    ]

    @Test(arguments: cases)
    func theyTightenTheControllers(limits: Tree, passes: Bool, fragment: String) async throws {
        let fixture = try SourceFixture()
        let text = String(repeating: "0123456789", count: 100)
        try fixture.push(["a.yaml": text, "b.yaml": text, "c.yaml": text])
        fixture.create { $0["limits"] = limits }
        try await fixture.reconcile()
        #expect((fixture.conditions == PublishTests.healthy) == passes)
        #expect(passes || fixture.message("Ready").contains(fragment), "\(fixture.message("Ready"))")
        #expect((fixture.artifact != nil) == passes)
        #expect(try fixture.leftovers() == [])
        #expect((fixture.status["observedLimits"] != nil) == passes)
    }

    @Test func layersThatAreMergedCountTogether() async throws {
        let fixture = try SourceFixture()
        let layer = try fixture.layer(["a.yaml": String(repeating: "a", count: 900)])
        try fixture.push(layers: [(layer, "a/b", nil), (layer, "a/b", nil), (layer, "a/b", nil)])
        fixture.create {
            $0["layerSelector"] = ["layers": "all"]
            $0["limits"] = ["maxUnpackedSize": "2k"]
        }
        try await fixture.reconcile()
        #expect(fixture.conditions.contains("Ready=False/OCIArtifactLayerOperationFailed"))
        fixture.changeSpec { $0["limits"] = ["maxUnpackedSize": "3k"] }
        try await fixture.reconcile()
        #expect(fixture.conditions == PublishTests.healthy)
    }
}
