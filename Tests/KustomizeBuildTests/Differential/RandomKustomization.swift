import ManifestTree

/// The fields of one random kustomization, and the files that they name.
struct RandomKustomization {
    var random: SeededRandom
    let directory: String
    let objects: [Tree]
    let focus: RandomFocus
    var files: [String: SourceCase.Content] = [:]
    private var labelsMade = 0
    private static let names = RandomPods.names

    init(random: SeededRandom, focus: RandomFocus, directory: String, objects: [Tree]) {
        self.random = random
        self.focus = focus
        self.directory = directory
        self.objects = objects
    }

    /// What may not fit, and is refused then, is tried only on purpose: it hides everything else.
    var isDaring: Bool { focus.contains(.mistakes) }
    /// What the generators make, as far as others refer to it.
    private(set) var generated: [Tree] = []

    mutating func chance(_ feature: RandomFocus, _ percent: Int) -> Bool { focus.chance(feature, percent, &random) }

    func parse(_ text: String) throws -> Tree { try RandomPatches.parse(text) }

    mutating func list(_ count: ClosedRange<Int>, _ make: (inout Self) throws -> Tree) rethrows -> Tree {
        .list(try (0..<random.number(count)).map { _ in try make(&self) })
    }

    mutating func add(to fields: inout TreeMap) throws {
        if chance(.names, 25) { fields["namespace"] = .string(random.pick(RandomObjects.namespaces)) }
        if chance(.names, 25) { fields["namePrefix"] = .string(random.pick(["pre-", "dev-"])) }
        if chance(.names, 20) { fields["nameSuffix"] = .string(random.pick(["-post", "-v2"])) }
        if chance(.labels, 20) { fields["labels"] = try list(1...2) { try $0.labels() } }
        if chance(.labels, 15) {
            fields["commonLabels"] = try parse(
                "{common-\(directory): \(random.pick(Self.names)), 'n-\(directory)': '1'}"
            )
        }
        if chance(.labels, 15) {
            fields["commonAnnotations"] = try parse("{note-\(directory): 'x y', example.com/\(directory): \"true\"}")
        }
        if chance(.images, 25) { fields["images"] = try list(1...2) { try $0.image() } }
        if chance(.images, 12), let object = scalable {
            fields["replicas"] = .list([
                ["name": object["metadata"]?["name"] ?? "x", "count": .number(.init(random.number(0...9)))]
            ])
        }
        if chance(.generators, 30) {
            fields["configMapGenerator"] = try list(1...2) { try $0.generator(isSecret: false) }
        }
        if chance(.generators, 20) { fields["secretGenerator"] = try list(1...2) { try $0.generator(isSecret: true) } }
        if chance(.generators, 15) {
            fields["generatorOptions"] = try parse(
                random.pick([
                    "{disableNameSuffixHash: true}", "{labels: {gen: x}, annotations: {gen: y}}", "{immutable: true}",
                ])
            )
        }
        try addPatches(to: &fields)
        try addReferences(to: &fields)
        try addConfigurations(to: &fields)
        try addPlugins(to: &fields)
        if chance(.output, 10) { fields["sortOptions"] = try parse(random.pick(["{order: fifo}", "{order: legacy}"])) }
        if chance(.output, 5) {
            fields["sortOptions"] = try parse(
                "{order: legacy, legacySortOptions: {orderFirst: [Deployment, Service], orderLast: [ConfigMap]}}"
            )
        }
    }

    private mutating func addPatches(to fields: inout TreeMap) throws {
        guard !objects.isEmpty else { return }
        if chance(.patches, 45) { fields["patches"] = try list(1...3) { try $0.patch() } }
        if chance(.patches, 12) {
            fields["patchesStrategicMerge"] = try list(1...2) { maker in
                let patch = try RandomPatches.merge(for: maker.target, &maker.random)
                return maker.random.chance(50) ? maker.file(patch) : .string(patch.yamlString(sortedKeys: false))
            }
        }
        if chance(.patches, 10) {
            fields["patchesJson6902"] = list(1...1) { maker in
                let object = maker.target
                let operations = RandomPatches.operations(for: object, daring: maker.isDaring, &maker.random)
                return ["target": Self.exactTarget(object), "patch": .string(operations.yamlString(sortedKeys: false))]
            }
        }
    }

    private var scalable: Tree? {
        objects.first { ["Deployment", "StatefulSet", "ReplicaSet"].contains($0["kind"]?.string) }
    }

    private var target: Tree { mutating get { random.pick(objects) } }

    /// Puts a document into a file of its own and returns its name.
    mutating func file(_ tree: Tree, _ kind: String = "patch") -> Tree {
        let name = "\(kind)\(files.count).yaml"
        files["\(directory)/\(name)"] = .documents([tree])
        return .string(name)
    }

    private static func exactTarget(_ object: Tree) -> Tree {
        let parts = (object["apiVersion"]?.string ?? "").split(separator: "/").map { Tree.string(String($0)) }
        var target: Tree = [
            "version": parts.last ?? "v1", "kind": object["kind"] ?? "", "name": object["metadata"]?["name"] ?? "",
        ]
        if parts.count > 1 { target["group"] = parts[0] }
        if let namespace = object["metadata"]?["namespace"] { target["namespace"] = namespace }
        return target
    }

    private mutating func patch() throws -> Tree {
        let object = target
        let isMerge = random.chance(60)
        let patch =
            isMerge
            ? try RandomPatches.merge(for: object, &random)
            : RandomPatches.operations(for: object, daring: isDaring, &random)
        var entry: Tree = [:]
        if random.chance(30) {
            entry["path"] = file(patch)
        } else {
            entry["patch"] = .string(
                random.chance(15)
                    ? String(decoding: patch.jsonBytes(), as: UTF8.self) : patch.yamlString(sortedKeys: false)
            )
        }
        if !isMerge, !isDaring {
            entry["target"] = Self.exactTarget(object)
        } else if !isMerge || random.chance(40) {
            entry["target"] = try selector(object)
        }
        // The hash of a generated object of another kind counts lines and columns in kustomize.
        let changes = entry["target"] == nil ? ["allowNameChange", "allowKindChange"] : ["allowNameChange"]
        if random.chance(12) {
            entry["options"] = try parse("{\(random.pick(changes)): \(random.chance(80))}")
        }
        return entry
    }

    private mutating func selector(_ object: Tree) throws -> Tree {
        let kind = object["kind"]?.string ?? ""
        let name = object["metadata"]?["name"]?.string ?? ""
        return try parse(
            random.pick([
                "{kind: \(kind)}", "{kind: \(kind), name: \(name)}", "{name: '\(name.prefix(1)).*'}",
                "{kind: '\(kind)|Service'}",
                "{labelSelector: app=\(random.pick(Self.names))}",
                "{kind: \(kind), labelSelector: 'app in (web,api),tier!=x'}",
                "{annotationSelector: note}", "{version: v1, kind: \(kind)}",
                "{namespace: \(random.pick(RandomObjects.namespaces))}",
                "{group: apps}", "{kind: \(kind), name: '(web|api|db)'}", "{labelSelector: '!app', kind: \(kind)}",
                "{name: no-such}",
            ])
        )
    }

    private mutating func labels() throws -> Tree {
        let more = random.pick([
            "", ", includeSelectors: true", ", includeTemplates: true", ", includeSelectors: false",
            ", fields: [{path: spec/extra/labels, kind: Widget, create: true}]",
            ", fields: [{path: spec/template/metadata/labels, create: \(random.chance(50))}]",
        ])
        // Kustomize makes a label that it adds in several fields one value, so that whatever changes one of them later
        // changes them all (docs name it as a defect). Here no label is changed after it was added.
        labelsMade += 1
        let pair = "label-\(directory)-\(labelsMade)"
        return try parse("{pairs: {\(pair): \(random.pick(Self.names)), \(pair)x: 'on'}\(more)}")
    }

    private mutating func image() throws -> Tree {
        let name = random.pick([
            "nginx", "redis", "ghcr.io/x/y", "registry.example.com:5000/app/api", "app", "ngin.", "none",
        ])
        let change = random.pick([
            "newTag: v9", "newTag: '1.0'", "newName: other.example.com/n", "newName: n2, newTag: latest",
            "digest: sha256:abc0000000000000000000000000000000000000000000000000000000000000", "tagSuffix: -slim",
            "newName: n3, digest: sha256:def", "newTag: v1, digest: sha256:def",
        ])
        return try parse("{name: \(name), \(change)}")
    }

    private mutating func generator(isSecret: Bool) throws -> Tree {
        let kind = isSecret ? "Secret" : "ConfigMap"
        let existing = (objects + generated).filter { $0["kind"]?.string == kind }
        let taken = existing.compactMap { $0["metadata"]?["name"]?.string }
        let free = isDaring ? Self.names : Self.names.filter { !taken.contains($0) }
        var entry: Tree = ["name": .string(random.pick(free + ["generated-\(directory)-\(generated.count)"]))]
        if !existing.isEmpty, random.chance(50) {
            let object = random.pick(existing)
            entry["name"] = object["metadata"]?["name"]
            entry["namespace"] = object["metadata"]?["namespace"]
            entry["behavior"] = .string(random.pick(["merge", "replace", isDaring ? "create" : "merge"]))
        } else {
            if random.chance(10) {
                entry["behavior"] = .string(random.pick(["create", isDaring ? "merge" : "create", ""]))
            }
            if random.chance(15) { entry["namespace"] = .string(random.pick(RandomObjects.namespaces)) }
            var made: Tree = ["apiVersion": "v1", "kind": .string(kind), "metadata": ["name": entry["name"] ?? .null]]
            if let namespace = entry["namespace"] { made[path: ["metadata", "namespace"]] = namespace }
            generated.append(made)
        }
        if random.chance(70) { entry["literals"] = .list(random.some(Self.literals, 25).map { .string($0) }) }
        if random.chance(25) {
            let name = random.pick(["app.conf", "data.bin", "long.txt"])
            files["\(directory)/\(name)"] = .text(Self.fileBytes[name] ?? [])
            entry["files"] = .list([.string(random.chance(50) ? name : "renamed=\(name)")])
        }
        if random.chance(15) {
            files["\(directory)/some.env"] = .text(
                Array("\u{FEFF}# comment\nE1=one\n  E2 = two \nEMPTY=\nE3=a=b\n\n".utf8)
            )
            entry["envs"] = ["some.env"]
        }
        if random.chance(20) {
            entry["options"] = try parse(
                random.pick([
                    "{disableNameSuffixHash: true}", "{labels: {opt: a}}", "{annotations: {opt: b}, immutable: true}",
                    "{disableNameSuffixHash: false, immutable: false}",
                ])
            )
        }
        if isSecret, random.chance(20) { entry["type"] = "kubernetes.io/tls" }
        return entry
    }

    private static let literals = [
        "a=1", "b=two words", "c='quoted'", "d=\"double\"", "e=x=y", "f=", "g=true", "h=multi\nline", "key-2=2",
        "i=<&>", "j=é😀", "k='mixed\"", "l=0123", "m=~",
    ]

    private static let fileBytes: [String: [UInt8]] = [
        "app.conf": Array("[main]\nkey = value\n\ttabbed\n".utf8), "data.bin": [0, 1, 2, 0xFF, 0xFE],
        "long.txt": Array(String(repeating: "lorem ipsum dolor sit amet ", count: 12).utf8),
    ]
}
