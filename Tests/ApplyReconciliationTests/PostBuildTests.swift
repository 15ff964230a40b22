import ControllerRuntime
import KubeClient
import KubeModel
import ManifestTree
import SluiceAPI
import TestSupport
import Testing

@testable import ApplyReconciliation

/// Variables of `spec.postBuild`, from their objects to what is applied.
struct PostBuildTests {
    private static let manifest = ApplyFixture.map("a", "${COLOUR} ${SIZE:=small} ${TOKEN:=none}")

    private func fixture(_ postBuild: Tree) throws -> ApplyFixture {
        let fixture = try ApplyFixture()
        fixture.cluster.put(
            "/api/v1/namespaces/apps/configmaps/vars",
            ["apiVersion": "v1", "kind": "ConfigMap", "metadata": [:], "data": ["COLOUR": "red", "SIZE": "large\n"]]
        )
        fixture.cluster.put(
            "/api/v1/namespaces/apps/secrets/vars",
            ["apiVersion": "v1", "kind": "Secret", "metadata": [:], "data": ["TOKEN": "czNjcjN0"]]
        )
        try fixture.publish(["a.yaml": Self.manifest], revision: "one")
        fixture.create { $0["postBuild"] = postBuild }
        return fixture
    }

    private static func reference(_ kind: String, _ name: String, optional: Bool = false) -> Tree {
        ["kind": .string(kind), "name": .string(name), "optional": .bool(optional)]
    }

    static let values: [(postBuild: Tree, value: String, why: String)] = [
        (["substitute": ["COLOUR": "blue"]], "blue small none", "inline"),
        (["substituteFrom": [reference("ConfigMap", "vars")]], "red large none", "from a ConfigMap"),
        (
            ["substituteFrom": [reference("ConfigMap", "vars"), reference("Secret", "vars")]], "red large s3cr3t",
            "and from a Secret"
        ),
        (
            ["substitute": ["COLOUR": "blue"], "substituteFrom": [reference("ConfigMap", "vars")]],
            "blue large none", "inline wins"
        ),
        (
            ["substitute": ["COLOUR": "blue"], "substituteFrom": [reference("Secret", "gone", optional: true)]],
            "blue small none", "an optional one need not exist"
        ),
        ([:], "${COLOUR} ${SIZE:=small} ${TOKEN:=none}", "no variables, no substitution"),
    ]

    @Test(arguments: values.indices) func valuesAreApplied(_ index: Int) async throws {
        let test = Self.values[index]
        let fixture = try fixture(test.postBuild)
        try await fixture.reconcile()
        let applied = fixture.cluster.object(ApplyFixture.mapPath("a"))?[path: ["data", "key"]]?.string
        #expect(applied == test.value, "\(test.why): \(fixture.message("Ready"))")
        #expect(fixture.conditions == ApplyFixture.healthy)
    }

    @Test func alwaysFillsInDefaultsWithoutVariables() async throws {
        let fixture = try fixture(["substituteStrategy": "Always"])
        try await fixture.reconcile()
        #expect(fixture.message("Ready").contains("variable not set (strict mode): \"COLOUR\""))
        fixture.configure { $0.substitutesStrictly = false }
        try await fixture.reconcile()
        #expect(fixture.cluster.object(ApplyFixture.mapPath("a"))?[path: ["data", "key"]] == "small none")
    }

    @Test func anObjectThatIsMissingIsNamedAndNothingIsApplied() async throws {
        let fixture = try fixture(["substituteFrom": [Self.reference("Secret", "gone")]])
        try await fixture.reconcile()
        #expect(fixture.conditions.contains("Ready=False/BuildFailed"))
        #expect(fixture.message("Ready").hasPrefix("spec.postBuild.substituteFrom[0] names the Secret apps/gone"))
        #expect(!fixture.maps.contains("a"))
    }

    @Test func aChangedValueIsAppliedAtTheNextReconcile() async throws {
        let fixture = try fixture(["substituteFrom": [Self.reference("ConfigMap", "vars")]])
        try await fixture.reconcile()
        fixture.cluster.change("/api/v1/namespaces/apps/configmaps/vars") { $0["data"] = ["COLOUR": "green"] }
        try await fixture.reconcile()
        #expect(fixture.cluster.object(ApplyFixture.mapPath("a"))?[path: ["data", "key"]] == "green small none")
    }

    @Test(arguments: [Kustomization.VariableReference.Kind.configMap, .secret])
    func aWatchedObjectIsReadOnceAndItsChangeWakesWhoeverNamesIt(
        kind: Kustomization.VariableReference.Kind
    ) async throws {
        let fixture = try fixture(["substituteFrom": [Self.reference(kind.rawValue, "vars")]])
        let watched = fixture.variables.objects(kind)
        let path = "/api/v1/namespaces/apps/\(kind.rawValue.lowercased())s/vars"
        func told() throws -> KubeObject { try KubeObject(#require(fixture.cluster.object(path))) }
        _ = watched.replace(with: [try told()])
        try await fixture.reconcile()
        _ = fixture.cluster.takeRequests()
        try await fixture.reconcile()
        #expect(!fixture.cluster.takeRequests().map(\.line).contains("GET \(path)"))

        fixture.cluster.change(path) { $0["data"] = ["COLOUR": "Z3JlZW4="] }
        let change = try #require(watched.apply(.modified(try told())))
        #expect(watched.dependents(on: try #require(change.key)) == [ApplyFixture.key])
        try await fixture.reconcile()
        let green = kind == .secret ? "green" : "Z3JlZW4="
        let value = fixture.cluster.object(ApplyFixture.mapPath("a"))?[path: ["data", "key"]]?.string
        #expect(value?.hasPrefix(green) == true)

        fixture.changeSpec { $0["postBuild"] = nil }
        try await fixture.reconcile()
        #expect(watched.count == 0, "what is no longer named is forgotten")
    }
}
