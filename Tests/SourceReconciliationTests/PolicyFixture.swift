import KubeClient
import KubeModel
import ManifestTree
import Synchronization
import TestSupport

@testable import ControllerRuntime
@testable import SourceReconciliation

extension SourceFixture {
    static func policyPath(_ name: String, namespace: String? = nil) -> String {
        let collection = namespace.map { "namespaces/\($0)/verificationpolicies" } ?? "clusterverificationpolicies"
        return "/apis/sluice.dev/v1alpha1/\(collection)/\(name)"
    }

    /// The only repository of the fixture's registry, and everything beside it.
    var pattern: String { "\(registry.host)/acme/**" }

    /// Puts a policy there, of the cluster or of a namespace; nil for the fixture's own repository.
    func setPolicy(
        _ spec: Tree,
        named name: String = "signed",
        namespace: String? = nil,
        repositories: [String]? = nil
    ) {
        var spec = spec
        spec["repositories"] = .list((repositories ?? [pattern]).map(Tree.string))
        putPolicy(spec, named: name, namespace: namespace)
    }

    func putPolicy(_ spec: Tree, named name: String = "signed", namespace: String? = nil) {
        cluster.put(
            Self.policyPath(name, namespace: namespace),
            [
                "apiVersion": "sluice.dev/v1alpha1",
                "kind": namespace == nil ? "ClusterVerificationPolicy" : "VerificationPolicy", "metadata": [:],
                "spec": spec,
            ]
        )
    }

    /// The spec of a policy that wants a signature by each of these keys.
    static func signed(by keys: String...) -> Tree {
        let authorities = keys.enumerated().map { index, key -> Tree in
            ["name": .string("signer-\(index)"), "cosign": ["keys": [.string(key)]]]
        }
        return ["authorities": .list(authorities), "threshold": .number(.init(keys.count))]
    }

    /// What the watch tells of a policy that is there now, or that is not; gives whom that wakes.
    func tellPolicy(_ name: String = "signed", namespace: String? = nil) throws -> [ObjectKey] {
        let policies = namespace == nil ? context.policies.cluster : context.policies.namespaced
        let key = ObjectKey(namespace: namespace ?? "", name: name)
        let change: CacheChange?
        if let object = cluster.object(Self.policyPath(name, namespace: namespace)) {
            change = policies.apply(.modified(try KubeObject(object)))
        } else if let known = policies.objects[key] {
            change = policies.apply(.deleted(known))
        } else {
            change = nil
        }
        guard let change = change.flatMap(PolicyChange.init) else { return [] }
        let woken = Mutex<[ObjectKey]>([])
        let backoff = Backoff(least: .milliseconds(1), most: .milliseconds(1))
        PolicyServices(context, backoff: backoff) { key in woken.withLock { $0.append(key) } }.policyChanged(change)
        return woken.withLock { $0.sorted() }
    }
}
