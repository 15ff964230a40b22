import ManifestTree

/// Random objects of many kinds, whose names come from one small pool, so that they refer to each other.
struct RandomObjects {
    static let names = RandomPods.names
    static let namespaces = ["default", "prod", "team-a"]

    /// An apiVersion, a kind, and what the object holds beside of its metadata.
    typealias Kind = (type: String, body: @Sendable (inout SeededRandom) -> String)

    static let kinds: [Kind] = workloads + core + access + network + storage + custom

    private static func kind(_ type: String, _ body: @escaping @Sendable (inout SeededRandom) -> String) -> Kind {
        (type, body)
    }

    private static func name(_ random: inout SeededRandom) -> String { random.pick(names) }

    private static func template(_ random: inout SeededRandom) -> String {
        let metadata = random.chance(80) ? "metadata: {labels: {app: \(name(&random))}}, " : ""
        return "template: {\(metadata)spec: \(RandomPods.spec(&random))}"
    }

    private static let workloads: [Kind] = [
        kind("apps/v1 Deployment") { workload(&$0, "strategy: {type: Recreate}") },
        kind("apps/v1 Deployment") { workload(&$0, "paused: false") },
        kind("apps/v1 Deployment") { workload(&$0, "minReadySeconds: 3") },
        kind("apps/v1 ReplicaSet") { workload(&$0, "minReadySeconds: 3") },
        kind("apps/v1 DaemonSet") { workload(&$0, "minReadySeconds: 3") },
        kind("apps/v1 StatefulSet") { random in
            let claims = "volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: \(name(&random))}}]"
            return workload(&random, "serviceName: \(name(&random)), \(random.chance(50) ? claims : "ordinals: {}")")
        },
        kind("v1 ReplicationController") { "spec: {replicas: 1, selector: {app: \(name(&$0))}, \(template(&$0))}" },
        kind("batch/v1 Job") { "spec: {backoffLimit: 2, \(template(&$0))}" },
        kind("batch/v1 CronJob") { "spec: {schedule: '* * * * *', jobTemplate: {spec: {\(template(&$0))}}}" },
        kind("batch/v1beta1 CronJob") { "spec: {schedule: '* * * * *', jobTemplate: {spec: {\(template(&$0))}}}" },
        kind("v1 Pod") { "spec: \(RandomPods.spec(&$0))" },
        kind("v1 PodTemplate") { template(&$0) },
    ]

    private static func workload(_ random: inout SeededRandom, _ more: String) -> String {
        var fields = [template(&random), more]
        if random.chance(60) { fields.append("selector: {matchLabels: {app: \(name(&random))}}") }
        if random.chance(50) { fields.append("replicas: \(random.number(0...5))") }
        let status = random.chance(10) ? ", status: {conditions: [{type: Ready, status: 'True'}]}" : ""
        return "spec: {\(fields.joined(separator: ", "))}\(status)"
    }

    private static let core: [Kind] = [
        kind("v1 ConfigMap") { "data: \(strings(&$0))" },
        kind("v1 ConfigMap") { "data: \(strings(&$0))" },
        kind("v1 Secret") { "type: Opaque, data: {a: YQ==, b: Yg==}, stringData: \(strings(&$0))" },
        kind("v1 ServiceAccount") {
            "secrets: [{name: \(name(&$0))}, {name: extra}], imagePullSecrets: [{name: \(name(&$0))}]"
        },
        kind("v1 Service") { "spec: {selector: {app: \(name(&$0))}, ports: \(servicePorts(&$0))}" },
        kind("v1 Service") { "spec: {type: \($0.pick(["ClusterIP", "NodePort"])), ports: \(servicePorts(&$0))}" },
        kind("v1 Namespace") { _ in "spec: {finalizers: [kubernetes]}" },
        kind("v1 LimitRange") { _ in "spec: {limits: [{type: Pod, max: {cpu: 2}}]}" },
        kind("v1 ResourceQuota") { _ in "spec: {hard: {pods: '10'}}" },
        kind("v1 Endpoints") { _ in "subsets: [{addresses: [{ip: 10.0.0.1}], ports: [{port: 80}]}]" },
    ]

    static func strings(_ random: inout SeededRandom) -> String {
        let values = [
            "'1'", "\"true\"", "plain", "'with: colon'", "\"line one\\nline two\\n\"", "'~'", "\"a\\tb\"", "''",
            "\"no newline\\nat the end\"", "'2020-01-01'", "'  spaced '", "'é ü 😀'", "\"null\"",
            "'$(VAR_A)'", "'see $(VAR_B)'", "'{\"a\": {\"b\": 1}, \"list\": [\"x\"]}'",
            "\"a:\\n  b: 1\\nlist:\\n- x\\n\"",
        ]
        let keys = random.some(["a", "b", "c", "key-10", "key-2", "file.conf"], 50)
        return "{\(keys.map { "\($0): \(random.pick(values))" }.joined(separator: ", "))}"
    }

    static func servicePorts(_ random: inout SeededRandom) -> String {
        let ports = (0..<random.number(1...3)).map { index in
            var port = "port: \(random.pick([80, 443, 8080])), name: p\(index)"
            if random.chance(30) { port += ", protocol: \(random.pick(["TCP", "UDP"]))" }
            if random.chance(40) { port += ", targetPort: \(random.pick(["http", "8080"]))" }
            return "{\(port)}"
        }
        return "[\(ports.joined(separator: ", "))]"
    }

    private static let rbac = "rbac.authorization.k8s.io"

    private static let access: [Kind] = [
        kind("\(rbac)/v1 Role") { "rules: \(rules(&$0))" },
        kind("\(rbac)/v1 ClusterRole") { "rules: \(rules(&$0))" },
        kind("\(rbac)/v1 RoleBinding") { binding(&$0, $0.pick(["Role", "ClusterRole"])) },
        kind("\(rbac)/v1 ClusterRoleBinding") { binding(&$0, "ClusterRole") },
        kind("\(rbac)/v1beta1 RoleBinding") { binding(&$0, "Role") },
        kind("admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration") { webhooks(&$0) },
        kind("admissionregistration.k8s.io/v1 MutatingWebhookConfiguration") { webhooks(&$0) },
        kind("policy/v1 PodDisruptionBudget") {
            "spec: {minAvailable: 1, selector: {matchLabels: {app: \(name(&$0))}}}"
        },
        kind("policy/v1beta1 PodSecurityPolicy") { _ in "spec: {privileged: false}" },
        kind("scheduling.k8s.io/v1 PriorityClass") { "value: \($0.number(1...99999)), globalDefault: false" },
    ]

    private static func rules(_ random: inout SeededRandom) -> String {
        let names = random.chance(60) ? ", resourceNames: [\(name(&random)), \(name(&random))]" : ""
        return "[{apiGroups: [''], resources: [configmaps, secrets], verbs: [get]\(names)}]"
    }

    private static func binding(_ random: inout SeededRandom, _ role: String) -> String {
        let subjects = (0..<random.number(1...3)).map { _ in
            let namespace = random.maybe(60) { ", namespace: \($0.pick(namespaces))" } ?? ""
            let account = random.chance(25) ? "default" : name(&random)
            return random.chance(80)
                ? "{kind: ServiceAccount, name: \(account)\(namespace)}"
                : "{kind: User, apiGroup: \(rbac), name: \(account)}"
        }
        return "roleRef: {apiGroup: \(rbac), kind: \(role), name: \(name(&random))}, "
            + "subjects: [\(subjects.joined(separator: ", "))]"
    }

    private static func webhooks(_ random: inout SeededRandom) -> String {
        let hooks = random.some(["a.example.com", "b.example.com"], 80).map {
            let service = "{name: \(name(&random)), namespace: \(random.pick(namespaces)), path: /x}"
            return "{name: \($0), clientConfig: {service: \(service)}}"
        }
        return "webhooks: [\(hooks.joined(separator: ", "))]"
    }

    private static let network: [Kind] = [
        kind("networking.k8s.io/v1 Ingress") { random in
            let backend = "backend: {service: {name: \(name(&random)), port: {number: 80}}}"
            return
                "spec: {ingressClassName: \(name(&random)), "
                + "tls: [{secretName: \(name(&random)), hosts: [a.example.com]}], "
                + "rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix, \(backend)}]}}]}"
        },
        kind("networking.k8s.io/v1beta1 Ingress") {
            "spec: {backend: {serviceName: \(name(&$0)), servicePort: 80}, rules: [{http: {paths: "
                + "[{path: /, backend: {serviceName: \(name(&$0)), servicePort: http}}]}}]}"
        },
        kind("networking.k8s.io/v1 NetworkPolicy") {
            "spec: {podSelector: {matchLabels: {app: \(name(&$0))}}, ingress: [{from: [{podSelector: {matchLabels: "
                + "{app: \(name(&$0))}}}]}], policyTypes: [Ingress]}"
        },
        kind("networking.k8s.io/v1 IngressClass") { _ in "spec: {controller: example.com/x}" },
        kind("autoscaling/v2 HorizontalPodAutoscaler") { scaler(&$0) },
        kind("autoscaling/v1 HorizontalPodAutoscaler") { scaler(&$0) },
    ]

    private static func scaler(_ random: inout SeededRandom) -> String {
        let target = random.pick(["Deployment", "StatefulSet"])
        return "spec: {maxReplicas: \(random.number(2...9)), minReplicas: 1, scaleTargetRef: "
            + "{apiVersion: apps/v1, kind: \(target), name: \(name(&random))}}"
    }

    private static let storage: [Kind] = [
        kind("v1 PersistentVolumeClaim") {
            "spec: {accessModes: [ReadWriteOnce], storageClassName: \(name(&$0)), volumeName: \(name(&$0)), "
                + "resources: {requests: {storage: 1Gi}}}"
        },
        kind("v1 PersistentVolume") { "spec: {capacity: {storage: 1Gi}, storageClassName: \(name(&$0))}" },
        kind("storage.k8s.io/v1 StorageClass") {
            "provisioner: example.com/x, parameters: {secretName: \(name(&$0)), type: fast}"
        },
    ]

    private static let custom: [Kind] = [
        kind("example.com/v1 Widget") {
            "spec: {size: \($0.number(1...9)), parts: [{name: a, value: 1}, {name: b, value: 2}], target: "
                + "{name: \(name(&$0))}, nested: {containers: \(RandomPods.containers(&$0))}}"
        },
        kind("example.com/v1alpha1 Widget") { "spec: {template: {spec: \(RandomPods.spec(&$0))}}" },
        kind("example.com/v1 Holder") {
            "spec: {manifest: {apiVersion: apps/v1, kind: Deployment, metadata: {name: \(name(&$0))}, spec: "
                + "{\(template(&$0))}}, on: true, off: 'no', "
                + "ratio: \($0.pick(["1.50", "1e3", "0.1", "100", "1_000", "010"]))}"
        },
        kind("apiextensions.k8s.io/v1 CustomResourceDefinition") {
            "spec: {group: example.com, names: {kind: Widget, plural: widgets}, "
                + "scope: \($0.pick(["Namespaced", "Cluster"])), "
                + "versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}"
        },
        kind("apiregistration.k8s.io/v1 APIService") {
            "spec: {group: example.com, version: v1, service: {name: \(name(&$0)), namespace: \($0.pick(namespaces))}}"
        },
    ]

    static func metadata(_ random: inout SeededRandom) -> String {
        var fields = ["name: \(name(&random))"]
        fields += [
            random.maybe(20) { "namespace: \($0.pick(namespaces))" },
            random.maybe(40) { "labels: {app: \(name(&$0))\($0.chance(30) ? ", tier: 'front'" : "")}" },
            random.maybe(20) {
                "annotations: {note: 'some text', example.com/on: \"\($0.pick(["true", "yes", "1"]))\"}"
            },
            random.maybe(5) { _ in "finalizers: [a.example.com/x, b.example.com/y]" },
            random.maybe(5) { _ in "creationTimestamp: null" },
            random.maybe(4) { _ in "annotations: {config.kubernetes.io/local-config: 'true'}" },
            random.maybe(5) {
                "ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: x, uid: \($0.pick(["u1", "u2"]))}]"
            },
        ].compactMap(\.self)
        // A key that is there twice would be refused by everyone.
        if fields.filter({ $0.hasPrefix("annotations") }).count > 1 {
            fields.removeAll { $0.hasPrefix("annotations: {n") }
        }
        return "{\(fields.joined(separator: ", "))}"
    }

    static func object(_ random: inout SeededRandom) throws -> Tree {
        let kind = random.pick(kinds)
        let words = kind.type.split(separator: " ")
        let text = "{apiVersion: \(words[0]), kind: \(words[1]), metadata: \(metadata(&random)), \(kind.body(&random))}"
        return try YAMLReader.document(Array(text.utf8), source: text)
    }
}
