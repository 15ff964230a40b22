import CoreModel
import KubeModel
import ManifestTree
import SluiceAPI
import Testing

@testable import ApplyReconciliation
@testable import ControllerRuntime

/// Who has to be woken by what, and who has to wait for whom.
struct DependencyTests {
    static func kustomization(
        _ name: String,
        source: String = "site",
        dependsOn: [Tree] = [],
        status: Tree? = nil
    ) throws -> Kustomization {
        var tree: Tree = [
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": ["name": .string(name), "namespace": "apps", "generation": 2],
            "spec": [
                "sourceRef": ["kind": "OCIRepository", "name": .string(source)], "interval": "1m", "prune": true,
                "dependsOn": .list(dependsOn),
            ],
        ]
        tree["status"] = status
        return Kustomization(try KubeObject(tree))
    }

    static func key(_ name: String, _ namespace: String = "apps") -> ObjectKey {
        ObjectKey(namespace: namespace, name: name)
    }

    @Test func theIndexFollowsEveryChange() throws {
        let index = DependencyIndex()
        let (a, b) = (Self.key("a"), Self.key("b"))
        index.update(a, try Self.kustomization("a"))
        index.update(b, try Self.kustomization("b", dependsOn: [["name": "a"], ["name": "x", "namespace": "infra"]]))
        #expect(index.dependents(onSource: Self.key("site")) == [a, b])
        #expect(index.dependents(onKustomization: a) == [b])
        #expect(index.dependents(onKustomization: Self.key("x", "infra")) == [b])
        #expect(index.dependents(onKustomization: Self.key("x")) == [])
        #expect(index.dependents(onKustomization: Self.key("site")) == [], "a source is no Kustomization")

        index.update(b, try Self.kustomization("b", source: "other"))
        #expect(index.dependents(onSource: Self.key("site")) == [a])
        #expect(index.dependents(onSource: Self.key("other")) == [b])
        #expect(index.dependents(onKustomization: a) == [])

        index.update(a, nil)
        #expect(index.dependents(onSource: Self.key("site")) == [])
        index.update(a, nil)
        index.update(a, try Self.kustomization("a"))
        #expect(index.dependents(onSource: Self.key("site")) == [a])
    }

    @Test func aSpecThatIsInvalidDependsOnNothing() throws {
        let index = DependencyIndex()
        index.update(Self.key("a"), try Self.kustomization("a"))
        var object = try Self.kustomization("a").object
        object.tree[path: ["spec", "interval"]] = "soon"
        index.update(Self.key("a"), Kustomization(object))
        #expect(index.dependents(onSource: Self.key("site")) == [])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let why: String
        /// The dependency's status; nil for a dependency that does not exist.
        let status: Tree?
        var source = "site"
        /// Nil where the dependent may go on.
        let message: String?

        var testDescription: String { why }
    }

    static func status(ready: String = "True", generation: Int = 2, applied: String = "v1@sha256:a") -> Tree {
        [
            "observedGeneration": .number(.init(generation)), "lastAppliedRevision": .string(applied),
            "conditions": [["type": "Ready", "status": .string(ready)]],
        ]
    }

    static let cases: [Case] = [
        Case(why: "ready", status: status(), message: nil),
        Case(why: "missing", status: nil, message: "'apps/base' does not exist"),
        Case(why: "without a status", status: [:], message: "'apps/base' is not ready"),
        Case(why: "not ready", status: status(ready: "False"), message: "'apps/base' is not ready"),
        Case(why: "unknown", status: status(ready: "Unknown"), message: "'apps/base' is not ready"),
        Case(why: "ready of an older generation", status: status(generation: 1), message: "'apps/base' is not ready"),
        Case(
            why: "behind with the shared source",
            status: status(applied: "v1@sha256:b"),
            message: "has not applied the revision v1@sha256:a yet"
        ),
        Case(
            why: "of another source, whose revisions say nothing",
            status: status(applied: "v1@sha256:b"),
            source: "other",
            message: nil
        ),
    ]

    @Test(arguments: cases)
    func theDependencyIsJudged(item: Case) throws {
        let cache = ObjectCache()
        if let status = item.status {
            let base = try Self.kustomization("base", source: item.source, status: status)
            _ = cache.replace(with: [base.object])
        }
        let dependent = try Self.kustomization("site", dependsOn: [["name": "base"]])
        let check = DependencyCheck(kustomizations: cache)
        var message: String?
        do {
            try check.check(dependent.object.key, try dependent.spec(), revision: "v1@sha256:a")
        } catch {
            message = (error as? NotReadyYet)?.message ?? "another error: \(error)"
            #expect((error as? NotReadyYet)?.kind == .waiting)
        }
        if let expected = item.message {
            #expect(message?.contains(expected) == true)
        } else {
            #expect(message == nil)
        }
    }

    @Test func oneThatDependsOnItselfNeverGoesOn() throws {
        let site = try Self.kustomization("site", dependsOn: [["name": "site"]], status: Self.status())
        let cache = ObjectCache()
        _ = cache.replace(with: [site.object])
        let check = DependencyCheck(kustomizations: cache)
        #expect(throws: NotReadyYet.self) {
            try check.check(site.object.key, try site.spec(), revision: "v1@sha256:a")
        }
    }
}
