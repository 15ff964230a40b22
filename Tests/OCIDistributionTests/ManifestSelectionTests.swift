import CoreModel
import HTTPExchange
import SignatureCrypto
import TestSupport
import Testing

@testable import OCIDistribution

/// An entry of an index, written short: `linux/amd64 stage=prod`, with `-` for no platform and `index` for an index.
private func entry(_ text: String) throws -> Descriptor {
    let words = text.split(separator: " ").map(String.init)
    let type = words.contains("index") ? MediaType.ociIndex : MediaType.ociManifest
    var descriptor = try Descriptor(mediaType: type, of: Array(text.utf8))
    descriptor.platform = Platform(words[0])
    for word in words where word.contains("=") {
        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
        descriptor.annotations[parts[0]] = parts[1]
    }
    return descriptor
}

struct ManifestSelectionTests {
    struct Case: Sendable {
        let entries: [String]
        var platform: String?
        var annotations: [String: String] = [:]
        /// The entry that is meant; nil where the index is refused.
        let expected: String?
        let why: String
    }

    static let cases: [Case] = [
        Case(entries: ["-"], expected: "-", why: "the only one"),
        Case(entries: ["linux/arm64"], expected: "linux/arm64", why: "the only one, whatever its platform"),
        Case(entries: [], expected: nil, why: "nothing there"),
        Case(entries: ["unknown/unknown"], expected: nil, why: "an attestation alone is nothing"),
        Case(entries: ["linux/arm64", "linux/amd64"], expected: "linux/amd64", why: "Flux's default"),
        Case(entries: ["linux/arm64", "windows/amd64"], expected: nil, why: "no default among them"),
        Case(entries: ["-", "- a=b"], expected: nil, why: "two without a platform"),
        Case(
            entries: ["linux/arm64", "unknown/unknown"],
            expected: "linux/arm64",
            why: "BuildKit's attestations do not count"
        ),
        Case(
            entries: ["linux/arm64", "linux/amd64 vnd.docker.reference.type=attestation-manifest"],
            expected: "linux/arm64",
            why: "nor do they where they carry a platform"
        ),
        Case(entries: ["linux/amd64 a=1", "linux/amd64 a=2"], expected: nil, why: "none is preferred silently"),
        Case(entries: ["linux/amd64", "linux/amd64"], expected: "linux/amd64", why: "the same manifest twice is one"),
        Case(
            entries: ["linux/amd64", "linux/arm64/v8"],
            platform: "linux/arm64",
            expected: "linux/arm64/v8",
            why: "arm64 means v8"
        ),
        Case(
            entries: ["linux/amd64", "linux/arm64"],
            platform: "linux/arm64/v8",
            expected: "linux/arm64",
            why: "and v8 means arm64"
        ),
        Case(entries: ["linux/aarch64", "-"], platform: "linux/arm64", expected: "linux/aarch64", why: "other names"),
        Case(
            entries: ["linux/arm/v6", "linux/arm/v7", "linux/arm/v5"],
            platform: "linux/arm",
            expected: "linux/arm/v7",
            why: "arm means v7"
        ),
        Case(
            entries: ["linux/arm/v5", "linux/arm/v6"],
            platform: "linux/arm/v7",
            expected: "linux/arm/v6",
            why: "the next older variant"
        ),
        Case(entries: ["linux/arm/v7"], platform: "linux/arm/v6", expected: nil, why: "never a newer variant"),
        Case(entries: ["linux/arm/v7"], platform: "linux/arm64", expected: nil, why: "never another architecture"),
        Case(entries: ["linux/amd64"], platform: "linux/arm64", expected: nil, why: "not even the only one"),
        Case(entries: ["-"], platform: "linux/amd64", expected: nil, why: "what has no platform suits none"),
        Case(
            entries: ["- stage=prod", "- stage=test"],
            annotations: ["stage": "prod"],
            expected: "- stage=prod",
            why: "by annotation"
        ),
        Case(entries: ["- stage=test"], annotations: ["stage": "prod"], expected: nil, why: "not even the only one"),
        Case(
            entries: ["linux/amd64 stage=prod", "linux/arm64 stage=prod", "linux/amd64 stage=test"],
            annotations: ["stage": "prod"],
            expected: "linux/amd64 stage=prod",
            why: "the default platform among those with the annotation"
        ),
        Case(
            entries: ["linux/amd64 stage=prod", "linux/arm64 stage=prod"],
            platform: "linux/arm64",
            annotations: ["stage": "prod"],
            expected: "linux/arm64 stage=prod",
            why: "both"
        ),
        Case(
            entries: ["- index"],
            platform: "linux/arm64",
            annotations: ["a": "b"],
            expected: "- index",
            why: "an only index is looked into"
        ),
        Case(
            entries: ["- index a=b", "linux/amd64"],
            platform: "linux/arm64",
            expected: "- index a=b",
            why: "an index without a platform may hold it"
        ),
    ]

    @Test(arguments: cases)
    func theManifestThatIsMeantIsFound(test: Case) throws {
        let index = ImageIndex(manifests: try test.entries.map(entry))
        let selector = ManifestSelector(platform: test.platform.flatMap { Platform($0) }, annotations: test.annotations)
        guard let expected = test.expected else {
            let error = #expect(throws: RegistryError.self) { try selector.child(of: index, subject: "The index") }
            #expect(error?.code == .notSelected, "\(test.why)")
            return
        }
        #expect(try selector.child(of: index, subject: "The index") == entry(expected), "\(test.why)")
    }

    @Test func aRefusalNamesWhatIsThere() throws {
        let entries = try ["linux/arm64 stage=prod", "windows/amd64"].map(entry)
        let error = #expect(throws: RegistryError.self) {
            try ManifestSelector().child(of: ImageIndex(manifests: entries), subject: "r.test/app@sha256:ab")
        }
        #expect(
            error?.message
                == "r.test/app@sha256:ab is an index of 2 manifests: \(entries[0].digest.short) (linux/arm64, "
                + "stage=prod), \(entries[1].digest.short) (windows/amd64); none of them is for linux/amd64; select "
                + "one by its platform or its annotations"
        )
    }

    @Test(arguments: ["", "linux", "linux/", "/amd64", "linux/arm/v7/x", "linux/a b", "linux//v8"])
    func whatIsNoPlatformIsRefused(text: String) {
        #expect(Platform(text) == nil)
    }
}

/// Indexes within indexes, as a repository serves them.
struct NestedIndexTests {
    private static let repository = "acme/app"

    /// An image, and so many indexes around it; each level has an annotation of its own and one that all share.
    private static func nested(_ levels: Int, in registry: ScriptedRegistry) throws -> RegistryRepository {
        let empty = try Descriptor(mediaType: MediaType.ociEmpty, of: Array("{}".utf8))
        let image = Manifest(config: empty, layers: [empty], annotations: ["level0": "0", "level": "0"])
        var bytes = image.encode()
        var type = MediaType.ociManifest
        for level in 1...levels {
            try registry.addManifest(repository, bytes, type: type)
            var entry = try Descriptor(mediaType: type, of: bytes)
            if level == 1 { entry.platform = Platform(os: "linux", architecture: "arm64") }
            let index = ImageIndex(manifests: [entry], annotations: ["level\(level)": "\(level)", "level": "\(level)"])
            (bytes, type) = (index.encode(), MediaType.ociIndex)
        }
        try registry.addManifest(repository, bytes, type: type, tag: "v1")
        return RegistryRepository(
            client: try RegistryFixture().client,
            repository: try OCIReference("\(registry.host)/\(repository):v1").repository,
            access: RegistryFixture.access()
        )
    }

    @Test func indexesAreFollowedDownToTheImage() async throws {
        let registry = try ScriptedRegistry()
        let selector = ManifestSelector(platform: Platform("linux/arm64"))
        let found = try await Self.nested(3, in: registry).manifest(.tag("v1"), selector)
        #expect(found.annotations == ["level": "0", "level0": "0", "level1": "1", "level2": "2", "level3": "3"])
        #expect(found.manifest.annotations["level"] == "0")
        #expect(registry.count(.get, "/manifests/") == 4)
    }

    @Test func thereIsAnEndToThem() async throws {
        let registry = try ScriptedRegistry()
        let repository = try Self.nested(5, in: registry)
        let error = await #expect(throws: RegistryError.self) {
            _ = try await repository.manifest(.tag("v1"), ManifestSelector())
        }
        #expect(error?.code == .notSelected)
        #expect(error?.message.contains("more than four levels") == true)
        #expect(registry.count(.get, "/manifests/") == 5)
    }
}

struct LayerSelectionTests {
    private static func manifest(_ types: [String]) throws -> Manifest {
        let layers = try types.enumerated().map { try Descriptor(mediaType: $1, of: Array("\($0)".utf8)) }
        return Manifest(config: try Descriptor(mediaType: MediaType.ociEmpty, of: Array("{}".utf8)), layers: layers)
    }

    private static let provenance = "application/vnd.cncf.helm.chart.provenance.v1.prov"

    /// The layers, the selector, the positions that are meant (nil: refused), why.
    static let cases: [([String], LayerSelector, [Int]?, String)] = [
        (["a/b"], LayerSelector(), [0], "the only one"),
        (["a/b", "c/d"], LayerSelector(), [0], "the first, whatever its type"),
        ([MediaType.ociEmpty, "c/d"], LayerSelector(), [1], "the first that holds something"),
        ([MediaType.ociEmpty], LayerSelector(), nil, "nothing there"),
        ([], LayerSelector(), nil, "no layers"),
        ([provenance, MediaType.helmContent], LayerSelector(), [1], "a chart behind its provenance"),
        (["a/b", MediaType.fluxContent], LayerSelector(), [1], "Flux's content"),
        (["a/b", MediaType.fluxFile + ".yaml"], LayerSelector(), [1], "a file of Flux"),
        ([MediaType.fluxContent, MediaType.fluxContent], LayerSelector(), [0], "the first of Flux's content"),
        ([provenance, MediaType.helmContent], LayerSelector(mediaType: provenance), [0], "by type"),
        (["a/b", "c/d", "c/d"], LayerSelector(mediaType: "c/d"), [1], "the first of a type"),
        (["a/b", "c/d", "c/d"], LayerSelector(mediaType: "c/d", amount: .all), [1, 2], "all of a type"),
        (["a/b", "c/d"], LayerSelector(mediaType: "C/D"), nil, "types are compared exactly"),
        (["a/b", MediaType.ociEmpty, "c/d"], LayerSelector(amount: .all), [0, 2], "all that hold something"),
        (["a/b", MediaType.fluxContent], LayerSelector(amount: .all), [0, 1], "in the manifest's order"),
        (["a/b", "c/d"], LayerSelector(position: 1), [1], "by position"),
        (["a/b", "c/d"], LayerSelector(position: 2), nil, "behind the last"),
        (["a/b", "c/d"], LayerSelector(position: -1), nil, "before the first"),
    ]

    @Test(arguments: cases)
    func theLayersThatAreMeantAreFound(test: ([String], LayerSelector, [Int]?, String)) throws {
        let (types, selector, expected, why) = test
        let manifest = try Self.manifest(types)
        guard let expected else {
            let error = #expect(throws: RegistryError.self) { try selector.layers(of: manifest, subject: "x") }
            #expect(error?.code == .notSelected, "\(why)")
            return
        }
        #expect(try selector.layers(of: manifest, subject: "x") == expected.map { manifest.layers[$0] }, "\(why)")
    }

    @Test func aRefusalNamesTheLayers() throws {
        var manifest = try Self.manifest([Self.provenance, MediaType.helmContent])
        manifest.layers[1].size = 3000
        manifest.layers[1].annotations[LayerSelector.title] = "app-1.0.0.tgz"
        let error = #expect(throws: RegistryError.self) {
            try LayerSelector(mediaType: "a/b").layers(of: manifest, subject: "r.test/app@sha256:ab")
        }
        #expect(
            error?.message == "The artifact r.test/app@sha256:ab has 2 layers: \(Self.provenance) (1 B), "
                + "\(MediaType.helmContent) (3.0 kB, app-1.0.0.tgz); none has the media type 'a/b'; select one of them"
        )
    }
}
