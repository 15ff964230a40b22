/// Random pods, as YAML in flow style, so that one text can stand inside of another.
struct RandomPods {
    static let names = ["web", "api", "db", "cache", "worker"]
    static let containers = ["web", "app", "sidecar"]
    static let images = [
        "nginx", "nginx:1.25", "registry.example.com:5000/app/api:v1", "redis:7-alpine", "ghcr.io/x/y", "app",
        "ghcr.io/x/y@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3",
        "nginx:1.25@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3",
    ]

    static func spec(_ random: inout SeededRandom) -> String {
        var fields = ["containers: \(containers(&random))"]
        fields += [
            random.maybe(20) { "initContainers: \(containers(&$0))" },
            random.maybe(40) { "volumes: \(volumes(&$0))" },
            random.maybe(30) { "serviceAccountName: \($0.pick(names))" },
            random.maybe(15) { random in "imagePullSecrets: [{name: \(random.pick(names))}, {name: regcred}]" },
            random.maybe(10) { "priorityClassName: \($0.pick(names))" },
            random.maybe(10) { _ in "hostAliases: [{ip: 10.0.0.1, hostnames: [a, b]}, {ip: 10.0.0.2, hostnames: [c]}]"
            },
            random.maybe(10) { "tolerations: [{key: \($0.pick(names)), operator: Exists}, {effect: NoSchedule}]" },
            random.maybe(10) { "nodeSelector: {disk: ssd, zone: \($0.pick(names))}" },
            random.maybe(10) { spread(&$0) },
            random.maybe(10) { affinity(&$0) },
            random.maybe(10) { "terminationGracePeriodSeconds: \($0.number(0...90))" },
            random.maybe(5) { _ in "restartPolicy: null" },
        ].compactMap(\.self)
        return "{\(fields.joined(separator: ", "))}"
    }

    private static func spread(_ random: inout SeededRandom) -> String {
        let entries = (0..<random.number(1...3)).map { _ in
            "{topologyKey: \(random.pick(["zone", "host"])), "
                + "whenUnsatisfiable: \(random.pick(["DoNotSchedule", "ScheduleAnyway"])), "
                + "maxSkew: \(random.number(1...3)), labelSelector: {matchLabels: {app: \(random.pick(names))}}}"
        }
        return "topologySpreadConstraints: [\(entries.joined(separator: ", "))]"
    }

    private static func affinity(_ random: inout SeededRandom) -> String {
        let term = "{topologyKey: host, labelSelector: {matchLabels: {app: \(random.pick(names))}}}"
        return random.chance(50)
            ? "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [\(term)]}}"
            : "affinity: {podAffinity: {preferredDuringSchedulingIgnoredDuringExecution: "
                + "[{weight: 1, podAffinityTerm: \(term)}]}}"
    }

    static func containers(_ random: inout SeededRandom) -> String {
        var names = random.some(containers, 50)
        if names.isEmpty || random.chance(3) { names.append(random.pick(containers)) }
        return "[\(names.map { container($0, &random) }.joined(separator: ", "))]"
    }

    static func container(_ name: String, _ random: inout SeededRandom) -> String {
        var fields = ["name: \(name)", "image: '\(random.pick(images))'"]
        fields += [
            random.maybe(40) { "env: \(env(&$0))" },
            random.maybe(40) { "ports: \(ports(&$0))" },
            random.maybe(30) { "volumeMounts: \(mounts(&$0))" },
            random.maybe(20) {
                "envFrom: [{configMapRef: {name: \($0.pick(names))}}, {secretRef: {name: \($0.pick(names))}}]"
            },
            random.maybe(20) { "resources: {limits: {cpu: \($0.number(1...4)), memory: \($0.number(1...9))Gi}}" },
            random.maybe(15) {
                "args: ['--port=\($0.number(1...99))', \"$(\($0.pick(["POD_NAME", "VAR_A", "VAR_C"])))\", 'a: b', '']"
            },
            random.maybe(10) { "livenessProbe: {httpGet: {path: /, port: \($0.number(80...90))}}" },
            random.maybe(5) { _ in "command: [sh, -c, \"echo a\\nsleep 5\\n\"]" },
        ].compactMap(\.self)
        return "{\(fields.joined(separator: ", "))}"
    }

    static func env(_ random: inout SeededRandom) -> String {
        let entries = (0..<random.number(1...4)).map { _ in
            let name = random.pick(["A", "B", "C", "D", "E"])
            let reference = "{name: \(random.pick(names)), key: k}"
            return switch random.number(0...6) {
            case 0: "{name: \(name), valueFrom: {configMapKeyRef: \(reference)}}"
            case 1: "{name: \(name), valueFrom: {secretKeyRef: \(reference)}}"
            case 2: "{name: \(name), valueFrom: {fieldRef: {apiVersion: v1, fieldPath: metadata.name}}}"
            case 3: "{name: \(name), value: '\(random.number(0...9))'}"
            case 4: "{name: \(name), value: \"yes\"}"
            default:
                "{name: \(name), value: "
                    + random.pick(["plain", "two words", "''", "'a: b'", "$(A)-x", "$(VAR_A)", "$$(VAR_A)/$(VAR_B)"])
                    + "}"
            }
        }
        return "[\(entries.joined(separator: ", "))]"
    }

    static func ports(_ random: inout SeededRandom) -> String {
        let entries = (0..<random.number(1...3)).map { index in
            var port = "containerPort: \(random.pick([80, 443, 8080, 9090]))"
            if random.chance(40) { port += ", protocol: \(random.pick(["TCP", "UDP"]))" }
            if random.chance(50) { port += ", name: p\(index)" }
            return "{\(port)}"
        }
        return "[\(entries.joined(separator: ", "))]"
    }

    static func mounts(_ random: inout SeededRandom) -> String {
        let entries = random.some(["/a", "/b", "/etc/x"], 60).map {
            "{mountPath: \($0), name: \(random.pick(["data", "config"]))\(random.chance(20) ? ", readOnly: true" : "")}"
        }
        return "[\(entries.joined(separator: ", "))]"
    }

    static func volumes(_ random: inout SeededRandom) -> String {
        let entries = random.some(["data", "config", "tmp"], 60).map { name in
            let target = random.pick(names)
            let source =
                switch random.number(0...5) {
                case 0: "configMap: {name: \(target)}"
                case 1: "secret: {secretName: \(target)}"
                case 2: "persistentVolumeClaim: {claimName: \(target)}"
                case 3: "projected: {sources: [{configMap: {name: \(target)}}, {secret: {name: \(target)}}]}"
                case 4: "hostPath: {path: /var, type: null}"
                default: "emptyDir: {}"
                }
            return "{name: \(name), \(source)}"
        }
        return "[\(entries.joined(separator: ", "))]"
    }
}
