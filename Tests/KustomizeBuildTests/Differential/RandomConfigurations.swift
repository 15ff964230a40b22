import ManifestTree

/// Random files of `configurations`, `crds` and `openapi`, mostly about the custom types of the random objects.
enum RandomConfigurations {
    private static func parse(_ text: String) throws -> Tree { try RandomPatches.parse(text) }

    /// A file of `configurations`.
    static func configuration(daring: Bool, _ random: inout SeededRandom) throws -> Tree {
        let widget = random.pick([
            "kind: Widget", "kind: Widget, group: example.com", "group: example.com, version: v1",
        ])
        let creates = !daring || random.chance(50)
        let lists = [
            random.maybe(30) { _ in
                "nameReference: [{kind: ConfigMap, version: v1, fieldSpecs: [{path: spec/target/name, \(widget)}]}, "
                    + "{kind: Widget, fieldSpecs: [{path: metadata/annotations/note, kind: Service}, "
                    + "{path: spec/template/spec/serviceAccountName}]}]"
            },
            random.maybe(20) {
                "nameReference: [{kind: \($0.pick(["Service", "Deployment", "Secret"])), fieldSpecs: "
                    + "[{path: spec/target, \(widget)}, {path: spec/parts/name, \(widget)}, {path: data/a}]}]"
            },
            random.maybe(25) { _ in
                "varReference: [{path: spec/size, \(widget)}, {path: spec, kind: Holder}, {path: data}]"
            },
            random.maybe(20) { _ in
                "namePrefix: [{path: spec/target/name, \(widget)}, {path: metadata/labels/app, kind: Service}]"
            },
            random.maybe(15) { _ in "nameSuffix: [{path: spec/target/name, \(widget)}]" },
            random.maybe(20) { _ in "namespace: [{path: spec/home, \(widget), create: \(creates)}]" },
            random.maybe(20) { _ in "commonLabels: [{path: spec/selector, \(widget), create: \(creates)}]" },
            random.maybe(15) { _ in "labels: [{path: spec/extra, \(widget), create: \(creates)}]" },
            random.maybe(15) { _ in
                "templateLabels: [{path: spec/template/metadata/labels, \(widget), create: \(creates)}]"
            },
            random.maybe(20) { _ in "commonAnnotations: [{path: spec/notes, \(widget), create: \(creates)}]" },
            random.maybe(20) {
                "images: [{path: '"
                    + $0.pick(["spec/image", "spec/parts/name", "spec/parts[]/name", "spec/target/name"]) + "', "
                    + "\(widget)}]"
            },
            random.maybe(20) { _ in "replicas: [{path: spec/size, \(widget), create: \(creates)}]" },
            random.maybe(daring ? 20 : 0) { _ in "commonLabels: [{path: metadata/labels, create: false}]" },
            random.maybe(daring ? 10 : 0) { _ in "noSuchList: []" },
        ].compactMap(\.self)
        var taken: Set<Substring> = []
        let distinct = lists.filter { taken.insert($0.prefix { $0 != ":" }).inserted }
        return try parse("{\(distinct.joined(separator: ", "))}")
    }

    /// A file of `crds`.
    static func customTypes(_ random: inout SeededRandom) throws -> Tree {
        let referent = random.pick(["ConfigMap", "Service", "ServiceAccount"])
        let fields = [
            "size: {type: integer}",
            random.maybe(60) { _ in
                "target: {type: object, x-kubernetes-object-ref-api-version: v1, "
                    + "x-kubernetes-object-ref-kind: \(referent)}"
            },
            random.maybe(40) { _ in "matching: {type: object, x-kubernetes-label-selector: ''}" },
            random.maybe(40) { _ in "remarks: {type: object, x-kubernetes-annotation: ''}" },
            random.maybe(20) { _ in
                "parts: {type: array, items: {type: object}, x-kubernetes-object-ref-api-version: v1, "
                    + "x-kubernetes-object-ref-kind: \(referent), x-kubernetes-object-ref-name-key: name}"
            },
            random.maybe(15) { _ in "only: {type: string, x-kubernetes-identity: ''}" },
        ].compactMap(\.self)
        return try parse(
            "{example.com/pkg/v1.Widget: {Schema: {properties: {apiVersion: {type: string}, kind: {type: string}, "
                + "metadata: {type: object}, spec: {$ref: example.com/pkg/v1.WidgetSpec}}}}, "
                + "example.com/pkg/v1.WidgetSpec: {Schema: {properties: {\(fields.joined(separator: ", "))}}}}"
        )
    }

    /// A document for `openapi.path`: how the lists of widgets, and of some pods, merge.
    static func schema(_ random: inout SeededRandom) throws -> Tree {
        let strategy = random.pick([
            "x-kubernetes-patch-merge-key: name, x-kubernetes-patch-strategy: merge",
            "x-kubernetes-patch-merge-key: name, x-kubernetes-patch-strategy: 'merge,retainKeys'",
            "x-kubernetes-list-map-keys: [name], x-kubernetes-list-type: map", "x-kubernetes-list-type: atomic",
            "x-kubernetes-list-map-keys: [name, value], x-kubernetes-patch-strategy: merge",
            "x-kubernetes-patch-merge-key: name", "x-kubernetes-patch-strategy: replace",
        ])
        let spec =
            "spec: {type: object, properties: {parts: {type: array, \(strategy), items: {type: object}}, "
            + "nested: {type: object, properties: {containers: {type: array, \(strategy), items: "
            + "{$ref: '#/definitions/example.Container'}}}}}}"
        let container = "{type: object, properties: {env: {type: array, \(strategy), items: {type: object}}}}"
        return try parse(
            "{definitions: {example.Container: \(container), example.Widget: {type: object, properties: {\(spec)}, "
                + "x-kubernetes-group-version-kind: [{group: example.com, version: v1, kind: Widget}]}}}"
        )
    }
}
