import ManifestTree

/// Random patches for objects that are known, most of which fit.
struct RandomPatches {
    static let names = RandomPods.names

    static func parse(_ text: String) throws -> Tree { try YAMLReader.document(Array(text.utf8), source: text) }

    /// A strategic merge patch that names the object.
    static func merge(for object: Tree, _ random: inout SeededRandom) throws -> Tree {
        var patch: Tree = [:]
        patch["apiVersion"] = object["apiVersion"]
        patch["kind"] = object["kind"]
        patch[path: ["metadata", "name"]] = object["metadata"]?["name"]
        if let namespace = object["metadata"]?["namespace"] { patch[path: ["metadata", "namespace"]] = namespace }
        if random.chance(4) {
            patch["$patch"] = "delete"
            return patch
        }
        if random.chance(40) { patch[path: ["metadata", "labels"]] = try labels(&random) }
        if random.chance(20) { patch[path: ["metadata", "annotations"]] = try labels(&random) }
        if random.chance(5) { patch[path: ["metadata", "finalizers"]] = ["b.example.com/y", "c.example.com/z"] }
        for (key, value) in try body(of: object, &random).map ?? TreeMap() { patch[key] = value }
        return patch
    }

    private static func labels(_ random: inout SeededRandom) throws -> Tree {
        let entries = random.some(["app", "tier", "note", "new-1", "new-10"], 40).map {
            "\($0): \(random.pick(["front", "'1'", "null", "\"yes\"", "x"]))"
        }
        return try parse("{\(entries.joined(separator: ", "))}")
    }

    private static func body(of object: Tree, _ random: inout SeededRandom) throws -> Tree {
        let text: String
        switch object["kind"]?.string ?? "" {
        case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController":
            let replicas = random.maybe(40) { "replicas: \($0.number(0...9)), " } ?? ""
            let more = random.maybe(10) {
                "strategy: {\($0.pick(["$patch: replace, ", "$retainKeys: [type], "]))type: Recreate}, "
            }
            text = "{spec: {\(replicas)\(more ?? "")template: {spec: \(podSpec(&random))}}}"
        case "Job": text = "{spec: {template: {spec: \(podSpec(&random))}}}"
        case "CronJob": text = "{spec: {jobTemplate: {spec: {template: {spec: \(podSpec(&random))}}}}}"
        case "Pod": text = "{spec: \(podSpec(&random))}"
        case "PodTemplate": text = "{template: {spec: \(podSpec(&random))}}"
        case "Service":
            let list =
                random.chance(50)
                ? RandomObjects.servicePorts(&random)
                : directedList(["port: 80", "port: 443, protocol: UDP"], exists: true, &random)
            text = "{spec: {ports: \(list)\(random.chance(20) ? ", selector: {app: null, extra: x}" : "")}}"
        case "ConfigMap", "Secret": text = "{data: \(RandomObjects.strings(&random))}"
        case "ServiceAccount": text = "{secrets: \(directedList(["name: extra", "name: new"], exists: true, &random))}"
        case "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration":
            text =
                "{webhooks: \(directedList(webhooks, exists: true, &random))}"
        case "Holder": text = "{spec: {manifest: {spec: {template: {spec: \(podSpec(&random))}}}}}"
        default:
            text = random.pick([
                "{spec: {size: 3, added: {deep: {er: 1}}}}", "{spec: {parts: [{name: a, value: 9}]}}", "{spec: null}",
                "{spec: {nested: {$patch: delete}}}", "{spec: {$patch: replace, only: this}}",
                "{extra: [1, two, null]}",
            ])
        }
        return try parse(text)
    }

    /// Of elements with several keys that the object does not have, and that are to be deleted, kustomize prints some.
    private static func undirected(_ list: String) -> String { list.replacing(", $patch: delete", with: "") }

    private static let webhooks = ["name: a.example.com, failurePolicy: Fail", "name: c.example.com"]
    private static let volumes = ["name: data, emptyDir: null, configMap: {name: x}", "name: tmp"]
    private static let variables = ["name: A", "name: B, value: new"]
    private static let ports = ["containerPort: 80", "containerPort: 443, protocol: UDP"]
    private static let mounts = ["mountPath: /a", "mountPath: /new, name: n"]

    /// A list of maps with what may steer its merging.
    ///
    /// What steers the whole list is tried only on lists that the object has: of a new list with such an element,
    /// kustomize keeps nothing but that element, and prints it.
    private static func directedList(_ elements: [String], exists: Bool = false, _ random: inout SeededRandom) -> String
    {
        var items = random.some(elements, 60).map { "{\($0)\(random.chance(15) ? ", $patch: delete" : "")}" }
        if exists, random.chance(12) { items.append("{$patch: \(random.pick(["replace", "delete", "merge"]))}") }
        return "[\(items.joined(separator: ", "))]"
    }

    private static func podSpec(_ random: inout SeededRandom) -> String {
        let fields = [
            random.maybe(70) { "containers: \(containers(&$0))" },
            random.maybe(15) { "initContainers: \(containers(&$0))" },
            random.maybe(20) {
                "volumes: \($0.chance(50) ? RandomPods.volumes(&$0) : directedList(volumes, &$0))"
            },
            random.maybe(15) { "serviceAccountName: \($0.pick(["null", "web", "db"]))" },
            random.maybe(10) { _ in "tolerations: [{key: patched}]" },
            random.maybe(10) { "imagePullSecrets: \(directedList(["name: regcred", "name: web"], &$0))" },
            random.maybe(10) { _ in "nodeSelector: {disk: null, new: x}" },
            random.maybe(8) { _ in "hostAliases: [{ip: 10.0.0.1, hostnames: [z]}, {ip: 10.0.0.9}]" },
            random.maybe(8) { _ in
                "topologySpreadConstraints: [{topologyKey: zone, whenUnsatisfiable: DoNotSchedule, maxSkew: 7}]"
            },
            random.maybe(5) { _ in "affinity: {$patch: replace, nodeAffinity: {}}" },
            random.maybe(5) { _ in "$setElementOrder/containers: [{name: app}, {name: web}]" },
        ].compactMap(\.self)
        return "{\(fields.joined(separator: ", "))}"
    }

    private static func containers(_ random: inout SeededRandom) -> String {
        var items = random.some(RandomPods.containers + ["new"], 45).map { name in
            if random.chance(10) { return "{name: \(name), $patch: delete}" }
            let fields = [
                random.maybe(30) { "image: '\($0.pick(RandomPods.images))'" },
                random.maybe(35) {
                    "env: \($0.chance(60) ? RandomPods.env(&$0) : directedList(variables, &$0))"
                },
                random.maybe(30) {
                    "ports: \($0.chance(60) ? RandomPods.ports(&$0) : undirected(directedList(ports, &$0)))"
                },
                random.maybe(20) {
                    "volumeMounts: \($0.chance(60) ? RandomPods.mounts(&$0) : directedList(mounts, &$0))"
                },
                random.maybe(20) { _ in "resources: {limits: {cpu: null, memory: 3Gi}}" },
                random.maybe(10) { _ in "args: [patched]" },
                random.maybe(5) { _ in "livenessProbe: null" },
            ].compactMap(\.self)
            return "{\((["name: \(name)"] + fields).joined(separator: ", "))}"
        }
        if random.chance(4) { items.append("{$patch: \(random.pick(["replace", "delete"]))}") }
        return "[\(items.joined(separator: ", "))]"
    }

    /// JSON 6902 operations on places that the object has; daring ones may not fit it.
    static func operations(for object: Tree, daring: Bool = true, _ random: inout SeededRandom) -> Tree {
        var places: [[String]] = []
        collect(object, [], &places)
        places.removeAll {
            ["apiVersion", "kind"].contains($0[0]) || $0 == ["metadata", "name"] || $0 == ["metadata"]
        }
        guard !places.isEmpty else { return [] }
        guard daring else { return .list([fitting(places, &random)]) }
        return .list((0..<random.number(1...3)).map { _ in operation(random.pick(places), places, &random) })
    }

    private static func fitting(_ places: [[String]], _ random: inout SeededRandom) -> Tree {
        let place = random.pick(places)
        let kept = operation(place, places, &random)
        if ["replace", "remove"].contains(kept["op"]?.string) || kept["path"]?.string == pointer(place) { return kept }
        return ["op": "add", "path": .string(pointer(place)), "value": "added"]
    }

    private static func operation(_ place: [String], _ places: [[String]], _ random: inout SeededRandom) -> Tree {
        // An element whose key is no scalar is none that a merge finds again.
        let isKey = ["name", "port", "containerPort", "mountPath", "ip", "uid", "topologyKey"].contains(place.last)
        let value =
            isKey
            ? "text"
            : random.pick([
                Tree.string("text"), "1", 7, true, .null, ["a": 1], [1, "two"], [:], "yes", "multi\nline\n",
                .number(.init(validated: "1.50")),
            ])
        let path = pointer(place)
        switch random.number(0...9) {
        case 0...2: return ["op": "replace", "path": .string(path), "value": settled(value, at: place)]
        case 3: return ["op": "remove", "path": .string(path)]
        case 4, 5: return ["op": "add", "path": .string(path), "value": settled(value, at: place)]
        case 6: return ["op": "add", "path": .string("\(pointer(Array(place.dropLast())))/new-key"), "value": value]
        case 7: return ["op": "add", "path": .string("\(path)/-"), "value": value]
        case 8:
            let target = pointer(random.pick(places))
            // Whoever copies all annotations copies kustomize's notes as well, and no other build has them.
            if place == ["metadata", "annotations"] { return ["op": "remove", "path": .string(path)] }
            return ["op": "copy", "from": .string(path), "path": .string(target)]
        default:
            return random.chance(50)
                ? ["op": "test", "path": .string(path), "value": value]
                : ["op": "move", "from": .string(path), "path": "/metadata/annotations"]
        }
    }

    /// A namespace that is null is no namespace, but to kustomize's `unsetOnly`.
    private static func settled(_ value: Tree, at place: [String]) -> Tree {
        value.isNull && place.last == "namespace" ? "text" : value
    }

    private static func pointer(_ place: [String]) -> String {
        place.map { step in
            "/" + step.map { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }.joined()
        }.joined()
    }

    private static func collect(_ tree: Tree, _ place: [String], _ places: inout [[String]]) {
        if !place.isEmpty { places.append(place) }
        for (key, value) in tree.map ?? TreeMap() { collect(value, place + [key], &places) }
        for (index, value) in (tree.list ?? []).enumerated() { collect(value, place + [String(index)], &places) }
    }
}
