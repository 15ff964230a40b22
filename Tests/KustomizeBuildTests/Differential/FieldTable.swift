/// Every field of a kustomization, and every field that a transformer may find in an object, with values of every kind:
/// what a field takes, ignores or refuses is where builds differ first.
enum FieldTable {
    private static let values = [
        "null", "\"\"", "text", "5", "true", "[]", "[null]", "[text]", "[5]", "[\"\"]", "[{}]", "[[]]", "{}", "{a: b}",
        "{a: null}", "{a: 5}", "{a: {}}", "[{name: x}]", "{name: x}", "a.yaml", "[a.yaml]",
    ]

    /// Kustomizations with one field in them, and the fields that may stand there; `unknown` is none of kustomize's.
    private static let frames: [(text: String, fields: String)] = [
        (
            "FIELD: VALUE",
            """
            resources bases components crds configurations generators transformers validators patches \
            patchesStrategicMerge patchesJson6902 images imageTags labels commonLabels commonAnnotations namePrefix \
            nameSuffix namespace replicas replacements vars configMapGenerator secretGenerator generatorOptions \
            openapi buildMetadata sortOptions helmCharts helmGlobals helmChartInflationGenerator metadata apiVersion \
            kind unknown
            """
        ),
        ("patches: [{patch: \"\(patch)\", target: {kind: ConfigMap}, FIELD: VALUE}]", "path options unknown Target"),
        ("patches: [{target: {kind: ConfigMap}, FIELD: VALUE}]", "patch path"),
        (
            "patches: [{patch: \"\(patch)\", target: {name: worker, FIELD: VALUE}}]",
            "group version kind namespace labelSelector annotationSelector unknown Kind"
        ),
        (
            "patches: [{patch: \"\(patch)\", target: {name: worker}, options: {FIELD: VALUE}}]",
            "allowNameChange allowKindChange unknown"
        ),
        ("patchesJson6902: [{patch: \"\(patch)\", FIELD: VALUE}]", "target path unknown"),
        ("replicas: [{name: d, FIELD: VALUE}]", "count unknown"), ("replicas: [{count: 2, FIELD: VALUE}]", "name"),
        ("images: [{name: i, FIELD: VALUE}]", "newName newTag digest tagSuffix unknown"),
        ("labels: [{pairs: {l: v}, FIELD: VALUE}]", "includeSelectors includeTemplates fields unknown"),
        ("labels: [{includeSelectors: true, FIELD: VALUE}]", "pairs"),
        ("labels: [{pairs: {l: v}, fields: [{path: spec/x, FIELD: VALUE}]}]", "create kind group version unknown"),
        ("replacements: [{targets: [\(target)], FIELD: VALUE}]", "source sourceValue path"),
        ("replacements: [{source: \(source), FIELD: VALUE}]", "targets unknown"),
        (
            "replacements: [{source: {kind: ConfigMap, FIELD: VALUE}, targets: [\(target)]}]",
            "fieldPath name namespace group version options unknown"
        ),
        (
            """
            replacements: [{source: {kind: ConfigMap, fieldPath: data.a, options: {FIELD: VALUE}}, \
            targets: [\(target)]}]
            """,
            "delimiter index create encoding unknown"
        ),
        (
            "replacements: [{source: \(source), targets: [{select: {kind: Deployment}, FIELD: VALUE}]}]",
            "fieldPaths reject options unknown"
        ),
        (
            "vars: [{name: V, objref: {apiVersion: v1, kind: ConfigMap, name: worker}, FIELD: VALUE}]",
            "fieldref unknown"
        ),
        (
            "vars: [{name: V, objref: {kind: ConfigMap, name: worker, FIELD: VALUE}}]",
            "apiVersion group version namespace"
        ),
        (
            "configMapGenerator: [{name: g, FIELD: VALUE}]",
            "namespace behavior literals files envs env options type unknown"
        ),
        ("secretGenerator: [{name: g, literals: [a=b], FIELD: VALUE}]", "type options behavior"),
        (
            "configMapGenerator: [{name: g, options: {FIELD: VALUE}}]",
            "labels annotations disableNameSuffixHash immutable unknown"
        ),
        ("sortOptions: {FIELD: VALUE}", "order legacySortOptions unknown"),
        ("sortOptions: {order: legacy, legacySortOptions: {FIELD: VALUE}}", "orderFirst orderLast unknown"),
        ("metadata: {FIELD: VALUE}", "name namespace labels annotations unknown"),
        ("openapi: {FIELD: VALUE}", "path version unknown"),
        ("helmGlobals: {FIELD: VALUE}", "chartHome configHome unknown"),
    ]

    private static let patch = "[{op: add, path: /data/x, value: y}]"
    private static let source = "{kind: ConfigMap, fieldPath: data.a}"
    private static let target = "{select: {kind: Deployment}, fieldPaths: [spec.paused]}"
    private static let objects = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: worker}
        data: {a: b}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: d}
        spec: {paused: true, template: {spec: {containers: [{name: c, image: i}]}}}

        """

    // MARK: Fields of objects

    private static let transformers = [
        ("PrefixTransformer", "prefix: p-"), ("SuffixTransformer", "suffix: -s"),
        ("LabelTransformer", "labels: {a: \"1\"}"), ("AnnotationsTransformer", "annotations: {a: \"1\"}"),
        ("ReplicaCountTransformer", "replica: {name: worker, count: 2}"),
        ("ImageTagTransformer", "imageTag: {name: text, newTag: v2}"),
    ]

    private static let paths = [
        "spec/f", "spec/f[]", "spec/f/g", "spec/f[]/g", "spec/f[]/g/h", "spec/f/g[]/h", "spec/f/h/g", "spec/n/m",
        "spec/n[]/m", "/spec/f", "spec//f/g", "spec/f/g/", "",
    ]

    private static let held = [
        "null", "\"\"", "text", "5", "true", "[]", "[1, two]", "[null]", "{}", "{a: b}", "{g: text}", "{g: null}",
        "{g: []}", "{g: {h: 1}}", "[{g: text}]", "[{g: null}, {x: 1}]", "[{g: {h: text}}, {g: [1]}]", "[[{g: text}]]",
        "{h: {g: text}}",
    ]

    // MARK: The table

    /// Every case, each as a source tree.
    static let cases: [SourceCase] = kustomizations + plugins

    private static var kustomizations: [SourceCase] {
        frames.flatMap { frame in
            frame.fields.split(separator: " ").flatMap { field in
                values.map { value in
                    let written = frame.text.replacing("FIELD", with: field).replacing("VALUE", with: value)
                    let base = frame.text.hasPrefix("FIELD") && field == "resources" ? "" : "resources: [a.yaml]\n"
                    return tree(kustomization: "\(base)\(written)\n", ["a.yaml": objects])
                }
            }
        }
    }

    private static var plugins: [SourceCase] {
        transformers.flatMap { kind, setting in
            paths.flatMap { path in
                held.flatMap { value in
                    [true, false].map { creates in
                        tree(
                            kustomization: "resources: [a.yaml]\ntransformers: [t.yaml]\n",
                            [
                                "a.yaml": """
                                apiVersion: example.org/v1
                                kind: Thing
                                metadata: {name: worker}
                                spec: {f: \(value)}

                                """,
                                "t.yaml": """
                                apiVersion: builtin
                                kind: \(kind)
                                metadata: {name: t}
                                \(setting)
                                fieldSpecs: [{path: "\(path)", create: \(creates)}]

                                """,
                            ]
                        )
                    }
                }
            }
        }
    }

    private static func tree(kustomization: String, _ files: [String: String]) -> SourceCase {
        let all = files.merging(["kustomization.yaml": kustomization]) { $1 }
        return SourceCase(files: all.mapValues { .text(Array($0.utf8)) })
    }
}
