import ManifestTree

/// Random configurations of built-in plugins.
enum RandomPlugins {
    private static let names = RandomPods.names

    private static func parse(_ text: String) throws -> Tree { try RandomPatches.parse(text) }

    /// A builtin with its fields.
    private static func plugin(_ kind: String, _ name: String, _ fields: String) throws -> Tree {
        try parse("{apiVersion: builtin, kind: \(kind), metadata: {name: \(name)}, \(fields)}")
    }

    /// - Parameter tag: makes the names of the configuration and of what it adds its own.
    static func transformer(
        _ objects: [Tree],
        _ tag: String,
        _ focus: RandomFocus,
        _ random: inout SeededRandom
    ) throws -> Tree {
        let specs = fieldSpecs(&random)
        let name = random.pick(["pre-", "x"])
        switch random.number(0...13) {
        case 0:
            return try plugin(
                "AnnotationsTransformer",
                tag,
                "annotations: {\(tag): 'yes', b-\(tag): x}, \(specs.annotations)"
            )
        case 1: return try plugin("LabelTransformer", tag, "labels: {\(tag): l}, \(specs.labels)")
        case 2: return try plugin("PrefixTransformer", tag, "prefix: \(name), \(specs.names)")
        case 3: return try plugin("SuffixTransformer", tag, "suffix: \(name), \(specs.names)")
        case 4: return try plugin("PrefixSuffixTransformer", tag, "prefix: \(name), suffix: -s, \(specs.names)")
        case 5: return try namespace(tag, &random)
        case 6:
            let image = random.pick([
                "{name: nginx, newTag: v7}", "{name: redis, newName: valkey}", "{name: app, digest: sha256:abc}",
            ])
            return try plugin(
                "ImageTagTransformer",
                tag,
                "imageTag: \(image)\(random.chance(50) ? "" : ", \(specs.images)")"
            )
        case 7: return try replicas(objects, tag, specs.replicas, &random)
        case 8: return try mergePatch(objects, tag, &random)
        case 9: return try operations(objects, tag, daring: focus.contains(.mistakes), &random)
        case 10:
            var plugin = try plugin("PatchStrategicMergeTransformer", tag, "paths: []")
            let patch = try RandomPatches.merge(for: random.pick(objects), &random)
            plugin["paths"] = random.chance(50) ? [] : [.string(patch.yamlString(sortedKeys: false))]
            if plugin["paths"]?.list?.isEmpty == true {
                plugin["patches"] = .string(patch.yamlString(sortedKeys: false))
            }
            return plugin
        case 11:
            var plugin = try plugin("ReplacementTransformer", tag, "replacements: []")
            plugin["replacements"] = [RandomReplacements.replacement(objects, focus, &random)]
            return plugin
        case 12: return try valueAdd(objects, tag, &random)
        default: return try plugin("HashTransformer", tag, "unused: 1")
        }
    }

    private static func fieldSpecs(
        _ random: inout SeededRandom
    ) -> (annotations: String, labels: String, names: String, images: String, replicas: String) {
        let creates = random.chance(70)
        let kind = random.maybe(30) { ", kind: \($0.pick(["Deployment", "Service", "ConfigMap"]))" } ?? ""
        return (
            "fieldSpecs: [{path: metadata/annotations, create: true\(kind)}]",
            "fieldSpecs: [{path: metadata/labels, create: \(creates)\(kind)}]",
            "fieldSpecs: [{path: metadata/name\(kind)}]",
            "fieldSpecs: [{path: 'spec/template/spec/containers[]/image'\(kind)}]",
            "fieldSpecs: [{path: spec/replicas, create: \(creates)\(kind)}]"
        )
    }

    private static func namespace(_ tag: String, _ random: inout SeededRandom) throws -> Tree {
        var fields =
            "fieldSpecs: [{path: metadata/name, kind: Namespace, create: true}, "
            + "{path: metadata/namespace, create: true}]"
        if random.chance(30) { fields += ", unsetOnly: true" }
        if random.chance(40) {
            fields += ", setRoleBindingSubjects: \(random.pick(["defaultOnly", "allServiceAccounts", "none"]))"
        }
        var plugin = try plugin("NamespaceTransformer", tag, fields)
        plugin[path: ["metadata", "namespace"]] = .string(random.pick(RandomObjects.namespaces))
        return plugin
    }

    private static func replicas(_ objects: [Tree], _ tag: String, _ specs: String, _ random: inout SeededRandom) throws
        -> Tree
    {
        let scaled = objects.first { ["Deployment", "StatefulSet", "ReplicaSet"].contains($0["kind"]?.string) }
        let name = scaled?["metadata"]?["name"]?.string ?? random.pick(names)
        return try plugin(
            "ReplicaCountTransformer",
            tag,
            "replica: {name: \(name), count: \(random.number(0...9))}, \(specs)"
        )
    }

    private static func mergePatch(_ objects: [Tree], _ tag: String, _ random: inout SeededRandom) throws -> Tree {
        let object = random.pick(objects)
        var plugin = try plugin("PatchTransformer", tag, "patch: ''")
        plugin["patch"] = .string(try RandomPatches.merge(for: object, &random).yamlString(sortedKeys: false))
        if random.chance(40) { plugin["target"] = ["kind": object["kind"] ?? .null] }
        if random.chance(15) { plugin["options"] = ["allowNameChange": true] }
        return plugin
    }

    private static func operations(_ objects: [Tree], _ tag: String, daring: Bool, _ random: inout SeededRandom) throws
        -> Tree
    {
        let object = random.pick(objects)
        let isExact = random.chance(50)
        var plugin = try plugin(isExact ? "PatchJson6902Transformer" : "PatchTransformer", tag, "target: {}")
        let text = RandomPatches.operations(for: object, daring: daring, &random).yamlString(sortedKeys: false)
        plugin[isExact ? "jsonOp" : "patch"] = .string(text)
        plugin["target"] = ["kind": object["kind"] ?? .null, "name": object["metadata"]?["name"] ?? .null]
        return plugin
    }

    private static func valueAdd(_ objects: [Tree], _ tag: String, _ random: inout SeededRandom) throws -> Tree {
        let kind = random.pick(objects)["kind"]?.string ?? ""
        let targets = (0..<random.number(1...2)).map { _ in
            let path = random.pick([
                "metadata/annotations/added", "spec/new/deep", "data/a", "metadata/namespace", "spec/size",
                "metadata/labels/app",
            ])
            let position = random.maybe(40) { ", filePathPosition: \($0.number(0...3))" } ?? ""
            return "{\(random.chance(80) ? "selector: {kind: \(kind)}, " : "")fieldPath: \(path)\(position)}"
        }
        return try plugin(
            "ValueAddTransformer",
            tag,
            "value: \(random.pick(["peach", "a/b"])), targets: [\(targets.joined(separator: ", "))]"
        )
    }

    static func generator(_ tag: String, _ random: inout SeededRandom) throws -> Tree {
        let name = "\(random.pick(names))-\(tag)"
        switch random.number(0...4) {
        case 0, 1:
            return try plugin(
                "ConfigMapGenerator",
                name,
                "literals: [a=1, 'b=two words']\(random.chance(30) ? ", namespace: prod" : "")"
                    + (random.chance(30) ? ", options: {disableNameSuffixHash: true}" : "")
                    + (random.chance(15) ? ", behavior: merge" : "")
            )
        case 2, 3:
            return try plugin(
                "SecretGenerator",
                name,
                "literals: [p=s3cret]\(random.chance(50) ? ", type: x/y" : ""), options: {labels: {g: x}}"
            )
        default:
            return try plugin(
                "IAMPolicyGenerator",
                tag,
                "cloud: \(random.chance(90) ? "gke" : "other"), kubernetesService: {namespace: kns, name: \(name)}, "
                    + "serviceAccount: {name: gsa, projectId: proj}"
            )
        }
    }

    /// Changes nothing, or something, or leaves its mark.
    static func validator(_ tag: String, _ random: inout SeededRandom) throws -> Tree {
        switch random.number(0...3) {
        case 0:
            return try plugin(
                "LabelTransformer",
                tag,
                "labels: {other: x}, fieldSpecs: [{path: metadata/labels, create: true}]"
            )
        case 1: return try plugin("ImageTagTransformer", tag, "imageTag: {name: no-such-image, newTag: x}")
        default:
            return try plugin(
                "AnnotationsTransformer",
                tag,
                "annotations: {a: b}, fieldSpecs: [{path: metadata/annotations, kind: NoSuch}]"
            )
        }
    }
}
