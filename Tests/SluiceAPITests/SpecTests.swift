import CoreModel
import KubeModel
import ManifestTree
import SluiceAPI
import Testing

struct OCIRepositorySpecTests {
    static func source(_ spec: Tree) throws -> OCIRepository {
        OCIRepository(
            try KubeObject([
                "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "OCIRepository",
                "metadata": ["name": "app", "namespace": "default"], "spec": spec,
            ])
        )
    }

    @Test func defaultsAreFluxes() throws {
        let spec = try Self.source(["url": "oci://r.example/app", "interval": "1m"]).spec()
        #expect(spec.reference == .tag("latest"))
        #expect(spec.timeout == .seconds(60))
        #expect(spec.layerSelector.operation == .extract)
        #expect(spec.ignore == nil)
        #expect(spec.verification == nil)
    }

    @Test func theMostExactReferenceWins() throws {
        let digest = "sha256:" + String(repeating: "a", count: 64)
        var ref: Tree = ["tag": "v1", "semver": ">=1.0.0", "digest": .string(digest)]
        func reference() throws -> OCIRepository.Reference {
            try Self.source(["url": "oci://r/a", "interval": "1m", "ref": ref]).spec().reference
        }
        #expect(try reference().text == digest)
        ref["digest"] = nil
        #expect(try reference().text == ">=1.0.0")
        ref["semver"] = nil
        #expect(try reference() == .tag("v1"))
    }

    static let invalid: [(spec: Tree, field: String)] = [
        (["interval": "1m"], "spec.url"), (["url": "https://r/a", "interval": "1m"], "spec.url"),
        (["url": "oci://r/a"], "spec.interval"), (["url": "oci://r/a", "interval": "soon"], "spec.interval"),
        (["url": "oci://r/a", "interval": "0s"], "spec.interval"),
        (["url": "oci://r/a", "interval": "1m", "timeout": "x"], "spec.timeout"),
        (["url": "oci://r/a", "interval": "1m", "ref": ["semver": "abc"]], "spec.ref.semver"),
        (["url": "oci://r/a", "interval": "1m", "ref": ["digest": "sha256:1"]], "spec.ref.digest"),
        (
            ["url": "oci://r/a", "interval": "1m", "ref": ["semver": "*", "semverFilter": "("]],
            "spec.ref.semverFilter"
        ),
        (["url": "oci://r/a", "interval": "1m", "provider": "nimbus"], "spec.provider"),
        (["url": "oci://r/a", "interval": "1m", "secretRef": [:]], "spec.secretRef.name"),
        (["url": "oci://r/a", "interval": "1m", "serviceAccountName": "../x"], "spec.serviceAccountName"),
        (["url": "oci://r/a", "interval": "1m", "layerSelector": ["operation": "x"]], "spec.layerSelector.operation"),
        (["url": 5, "interval": "1m"], "spec.url"),
        (
            ["url": "oci://r/a", "interval": "1m", "layerSelector": ["layers": "some"]], "spec.layerSelector.layers"
        ),
        (
            ["url": "oci://r/a", "interval": "1m", "layerSelector": ["layers": "all", "operation": "copy"]],
            "spec.layerSelector.layers"
        ),
        (["url": "oci://r/a", "interval": "1m", "indexSelector": ["platform": "arm"]], "spec.indexSelector.platform"),
        (
            ["url": "oci://r/a", "interval": "1m", "indexSelector": ["annotations": ["a": 1]]],
            "spec.indexSelector.annotations.a"
        ),
        (["url": "oci://r/a", "interval": "1m", "limits": ["maxSize": "much"]], "spec.limits.maxSize"),
        (["url": "oci://r/a", "interval": "1m", "limits": ["maxSize": "0"]], "spec.limits.maxSize"),
        (["url": "oci://r/a", "interval": "1m", "limits": ["maxUnpackedSize": "-1"]], "spec.limits.maxUnpackedSize"),
        (["url": "oci://r/a", "interval": "1m", "limits": ["maxFiles": 0]], "spec.limits.maxFiles"),
        (["url": "oci://r/a", "interval": "1m", "limits": ["maxFiles": "1"]], "spec.limits.maxFiles"),
    ]

    @Test(arguments: invalid)
    func errorsNameTheField(spec: Tree, field: String) throws {
        let source = try Self.source(spec)
        #expect {
            try source.spec()
        } throws: { error in
            guard let error = error as? SpecError else { return false }
            return error.field == field && error.message.hasPrefix(field) && error.kind == .terminal
        }
    }

    @Test func limitsOnlyEverTighten() throws {
        let limits: Tree = ["maxSize": "2Mi", "maxUnpackedSize": "1Ti", "maxFiles": 10]
        let spec = try Self.source(["url": "oci://r/a", "interval": "1m", "limits": limits]).spec()
        let controllers = ArtifactLimits(compressedBytes: 4 << 20, uncompressedBytes: 5 << 20, entries: 10)
        var expected = controllers
        expected.compressedBytes = 2 << 20
        #expect(spec.limits.tightening(controllers) == expected)
        #expect(spec.limits.observed == ["maxSize": "2097152", "maxUnpackedSize": "1099511627776", "maxFiles": 10])
        let none = try Self.source(["url": "oci://r/a", "interval": "1m"]).spec().limits
        #expect(none.tightening(controllers) == controllers)
        #expect(none.observed == nil)
    }

    @Test func artifactsSurviveTheStatus() throws {
        let artifact = OCIRepository.Artifact(
            digest: try #require(Digest("sha256:" + String(repeating: "b", count: 64))),
            path: "p",
            size: 7,
            url: "u",
            revision: "latest@sha256:x",
            lastUpdateTime: Timestamp(seconds: 5),
            metadata: ["k": "v"]
        )
        #expect(OCIRepository.Artifact(artifact.tree) == artifact)
        #expect(OCIRepository.Artifact(["digest": "x"]) == nil)
    }
}

struct KustomizationSpecTests {
    static func kustomization(_ changes: [(String, Tree?)]) throws -> Kustomization {
        var spec: Tree = ["interval": "10m", "prune": true, "sourceRef": ["kind": "OCIRepository", "name": "app"]]
        for (key, value) in changes { spec[key] = value }
        return Kustomization(
            try KubeObject([
                "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
                "metadata": ["name": "app", "namespace": "team"], "spec": spec,
            ])
        )
    }

    @Test func defaultsAreFluxes() throws {
        let spec = try Self.kustomization([]).spec()
        #expect(spec.retryInterval == .seconds(600))
        #expect(spec.timeout == .seconds(570))
        #expect(spec.source.key == ObjectKey(namespace: "team", name: "app"))
        #expect(try Self.kustomization([("timeout", "1s")]).spec().timeout == .seconds(30))
    }

    static let invalid: [(key: String, value: Tree?, field: String)] = [
        ("interval", nil, "spec.interval"), ("sourceRef", ["kind": "Bucket", "name": "x"], "spec.sourceRef.kind"),
        ("sourceRef", ["kind": "OCIRepository"], "spec.sourceRef.name"),
        ("decryption", ["provider": "sops"], "spec.decryption"),
        ("postBuild", ["substituteFrom": [["kind": "Pod", "name": "p"]]], "spec.postBuild.substituteFrom[0].kind"),
        ("dependsOn", [["name": "a", "readyExpr": "true"]], "spec.dependsOn[0].readyExpr"),
        ("healthChecks", [["kind": "Deployment"]], "spec.healthChecks[0].name"),
        ("deletionPolicy", "Never", "spec.deletionPolicy"), ("prune", "yes", "spec.prune"),
    ]

    @Test(arguments: invalid)
    func errorsNameTheField(key: String, value: Tree?, field: String) throws {
        let kustomization = try Self.kustomization([(key, value)])
        #expect {
            try kustomization.spec()
        } throws: { ($0 as? SpecError)?.field == field }
    }

    static let deletions: [(policy: Tree?, prune: Bool, deletes: Bool)] = [
        (nil, true, true), (nil, false, false), ("Delete", false, true), ("Orphan", true, false),
        ("WaitForTermination", false, true), ("MirrorPrune", true, true),
    ]

    @Test(arguments: deletions)
    func deletionFollowsThePolicy(policy: Tree?, prune: Bool, deletes: Bool) throws {
        let kustomization = try Self.kustomization([("deletionPolicy", policy), ("prune", .bool(prune))])
        #expect(kustomization.deletesObjects == deletes)
    }
}

struct DefinitionTests {
    @Test(arguments: KindDefinition.all.map(\.kind))
    func schemasAreStructural(kind: String) throws {
        let definition = try #require(KindDefinition.all.first { $0.kind == kind })
        let crd = definition.customResourceDefinition
        #expect(crd[path: ["metadata", "name"]]?.string == definition.crdName)
        for version in crd[path: ["spec", "versions"]]?.list ?? [] {
            let schema = try #require(version[path: ["schema", "openAPIV3Schema"]])
            Self.check(schema, at: kind)
        }
    }

    /// Structural schemas have a type on every level.
    static func check(_ schema: Tree, at path: String) {
        #expect(schema["type"]?.string != nil, "\(path) has no type")
        for (name, child) in schema["properties"]?.map ?? [:] { check(child, at: "\(path).\(name)") }
        if let items = schema["items"] { check(items, at: "\(path)[]") }
    }

    @Test func referencePagesListEveryField() {
        for definition in KindDefinition.all {
            let page = definition.referencePage
            for field in definition.spec + definition.status { #expect(page.contains(".\(field.name)`")) }
        }
    }
}
