import CoreModel
import KubeModel
import ManifestTree
import Testing

@Suite("Readiness")
struct ReadinessTests {
    /// (apiVersion, kind, the rest of the object, kstatus word, why)
    static let cases: [(String, String, Tree, String, String)] = generic + workloads + others

    static let generic: [(String, String, Tree, String, String)] = [
        ("v1", "ConfigMap", ["metadata": ["deletionTimestamp": "2026-01-01T00:00:00Z"]], "Terminating", "deleted"),
        (
            "x/v1", "Y", ["metadata": ["generation": 2], "status": ["observedGeneration": 1]], "InProgress",
            "the controller has not seen the change"
        ),
        ("x/v1", "Y", [:], "Current", "nothing says otherwise"),
        ("x/v1", "Y", conditions("Ready", "False"), "InProgress", "Ready=False of an unknown kind"),
        ("x/v1", "Y", conditions("Ready", "Unknown"), "InProgress", "Ready=Unknown of an unknown kind"),
        ("x/v1", "Y", conditions("Ready", "True"), "Current", "Ready=True"),
        ("x/v1", "Y", conditions("Stalled", "True"), "Failed", "Stalled"),
        ("x/v1", "Y", conditions("Reconciling", "True"), "InProgress", "Reconciling"),
        ("apps/v1", "Deployment", conditions("Stalled", "True"), "Failed", "generic rules come before the kind's"),
    ]

    static let workloads: [(String, String, Tree, String, String)] = [
        ("apps/v1", "Deployment", ["spec": ["replicas": 1]], "InProgress", "no status yet"),
        ("apps/v1", "Deployment", deployment(available: 2), "Current", "rolled out"),
        ("apps/v1", "Deployment", deployment(available: 1), "InProgress", "one replica is missing"),
        ("apps/v1", "Deployment", deployment(available: 2, total: 3), "InProgress", "an old replica is still there"),
        (
            "apps/v1", "Deployment", deployment(available: 2, progressing: "ReplicaSetUpdated"), "InProgress",
            "the new replica set is not the available one"
        ),
        (
            "apps/v1", "Deployment", deployment(available: 2, progressing: "ProgressDeadlineExceeded"), "Failed",
            "the deadline passed"
        ),
        (
            "apps/v1", "StatefulSet",
            ["spec": ["replicas": 3, "updateStrategy": ["type": "OnDelete"]]], "Current", "pods are replaced by hand"
        ),
        (
            "apps/v1", "StatefulSet", statefulSet(updated: 1, partition: 2), "Current", "the partition holds two back"
        ),
        ("apps/v1", "StatefulSet", statefulSet(updated: 0, partition: 2), "InProgress", "one has to be updated"),
        ("apps/v1", "DaemonSet", ["metadata": ["generation": 1]], "InProgress", "not observed yet"),
        ("apps/v1", "DaemonSet", daemonSet(ready: 2), "Current", "on every node"),
        ("apps/v1", "DaemonSet", daemonSet(ready: 1), "InProgress", "one node is missing"),
        ("apps/v1", "ReplicaSet", ["spec": ["replicas": 0]], "Current", "none wanted, none there"),
        ("apps/v1", "ReplicaSet", ["spec": ["replicas": 1]], "InProgress", "one wanted, none there"),
    ]

    static let others: [(String, String, Tree, String, String)] = [
        ("v1", "Pod", ["status": ["phase": "Succeeded"]], "Current", "ran to its end"),
        ("v1", "Pod", ["status": ["phase": "Failed"]], "Current", "kstatus counts this as current too"),
        ("v1", "Pod", ["status": ["phase": "Running"]], "InProgress", "runs without being ready"),
        ("v1", "Pod", pod("Running", crash: true), "Failed", "crash loop"),
        ("v1", "Pod", unschedulable(created: "2026-01-01T00:00:50Z"), "InProgress", "unschedulable for 10 s"),
        ("v1", "Pod", unschedulable(created: "2026-01-01T00:00:00Z"), "Failed", "unschedulable for a minute"),
        ("v1", "PersistentVolumeClaim", ["status": ["phase": "Pending"]], "InProgress", "not bound"),
        ("v1", "PersistentVolumeClaim", ["status": ["phase": "Bound"]], "Current", "bound"),
        ("v1", "Service", ["spec": ["type": "LoadBalancer"]], "InProgress", "no address yet"),
        ("v1", "Service", ["spec": ["type": "LoadBalancer", "clusterIP": "1.2.3.4"]], "Current", "has an address"),
        ("v1", "Service", ["spec": ["type": "ClusterIP"]], "Current", "always"),
        ("batch/v1", "Job", ["status": ["active": 1]], "InProgress", "running is not complete"),
        ("batch/v1", "Job", ["spec": ["suspend": true]], "Current", "suspended"),
        ("batch/v1", "Job", conditions("Complete", "True"), "Current", "complete"),
        ("batch/v1", "Job", conditions("Failed", "True"), "Failed", "failed"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition", [:], "InProgress", "no conditions yet"),
        (
            "apiextensions.k8s.io/v1", "CustomResourceDefinition", conditions("Established", "True"), "Current",
            "established"
        ),
        (
            "apiextensions.k8s.io/v1", "CustomResourceDefinition", conditions("NamesAccepted", "False"), "Failed",
            "another definition has the names"
        ),
        (
            "apiextensions.k8s.io/v1", "CustomResourceDefinition",
            ["status": ["conditions": [["type": "Established", "status": "False", "reason": "Installing"]]]],
            "InProgress", "installing"
        ),
        ("v1", "Secret", [:], "Current", "always"),
        ("example.com/v1", "Deployment", ["spec": ["replicas": 1]], "Current", "another group's kind of this name"),
    ]

    @Test(arguments: cases)
    func followsKstatus(apiVersion: String, kind: String, rest: Tree, word: String, why: String) throws {
        var tree = rest
        tree["apiVersion"] = .string(apiVersion)
        tree["kind"] = .string(kind)
        let now = try #require(Timestamp("2026-01-01T00:01:00Z"))
        #expect(Readiness.of(try KubeObject(tree), now: now).word == word, "\(kind): \(why)")
    }

    static func conditions(_ type: String, _ status: String) -> Tree {
        ["status": ["conditions": [["type": .string(type), "status": .string(status), "message": "m"]]]]
    }

    static func deployment(available: Int, total: Int = 2, progressing: String = "NewReplicaSetAvailable") -> Tree {
        let status: Tree = [
            "replicas": .number(.init(total)), "updatedReplicas": 2, "availableReplicas": .number(.init(available)),
            "readyReplicas": .number(.init(available)),
            "conditions": [
                ["type": "Available", "status": "True"],
                ["type": "Progressing", "status": "True", "reason": .string(progressing)],
            ],
        ]
        return ["spec": ["replicas": 2, "progressDeadlineSeconds": 600], "status": status]
    }

    static func statefulSet(updated: Int, partition: Int) -> Tree {
        let status: Tree = ["replicas": 3, "readyReplicas": 3, "updatedReplicas": .number(.init(updated))]
        let strategy: Tree = ["rollingUpdate": ["partition": .number(.init(partition))]]
        return ["spec": ["replicas": 3, "updateStrategy": strategy], "status": status]
    }

    static func daemonSet(ready: Int) -> Tree {
        let status: Tree = [
            "observedGeneration": 1, "desiredNumberScheduled": 2, "currentNumberScheduled": 2,
            "updatedNumberScheduled": 2, "numberAvailable": 2, "numberReady": .number(.init(ready)),
        ]
        return ["metadata": ["generation": 1], "status": status]
    }

    static func pod(_ phase: String, crash: Bool) -> Tree {
        let waiting: Tree = ["name": "c", "state": ["waiting": ["reason": "CrashLoopBackOff"]]]
        return ["status": ["phase": .string(phase), "containerStatuses": [waiting]]]
    }

    static func unschedulable(created: String) -> Tree {
        let condition: Tree = ["type": "PodScheduled", "status": "False", "reason": "Unschedulable"]
        return [
            "metadata": ["creationTimestamp": .string(created)],
            "status": ["phase": "Pending", "conditions": [condition]],
        ]
    }
}
