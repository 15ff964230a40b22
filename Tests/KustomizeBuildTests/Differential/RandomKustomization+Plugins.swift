import ManifestTree

/// What refers to other fields, what changes the tables of the transformers, and plugins.
extension RandomKustomization {
    mutating func addReferences(to fields: inout TreeMap) throws {
        guard !objects.isEmpty else { return }
        if chance(.replacements, 35) {
            var entries = (0..<random.number(1...2)).map { _ in RandomReplacements.replacement(objects, focus, &random)
            }
            if random.chance(20) {
                let isList = random.chance(50)
                entries = [["path": file(isList ? .list(entries) : entries[0], "replacement")]]
            }
            fields["replacements"] = .list(entries)
        }
        // Each directory defines a variable of its own.
        let names = ["base": "VAR_A", "overlay": "VAR_B", "component": "VAR_C", "other": "VAR_D"]
        if focus.contains(.variables), random.chance(70), let name = names[directory] {
            var entries = [RandomReplacements.variable(name, objects, &random)]
            if isDaring, random.chance(20) { entries.append(RandomReplacements.variable("VAR_A", objects, &random)) }
            fields["vars"] = .list(entries)
        }
    }

    mutating func addConfigurations(to fields: inout TreeMap) throws {
        if chance(.configurations, 30) {
            fields["configurations"] = try list(1...2) { maker in
                let tree = try RandomConfigurations.configuration(daring: maker.isDaring, &maker.random)
                return maker.file(tree, "configuration")
            }
        }
        if chance(.configurations, 15) {
            let tree = try RandomConfigurations.customTypes(&random)
            let name = "types\(files.count).json"
            files["\(directory)/\(name)"] =
                random.chance(50) ? .text(tree.prettyJSONBytes(sortedKeys: false)) : .documents([tree])
            fields["crds"] = [.string(name)]
        }
        if chance(.configurations, 10) {
            if random.chance(25) {
                fields["openapi"] = ["version": .string(isDaring ? "v1.20.0" : "v1.21.2")]
            } else {
                let tree = try RandomConfigurations.schema(&random)
                fields["openapi"] = ["path": file(tree, "schema")]
            }
        }
    }

    mutating func addPlugins(to fields: inout TreeMap) throws {
        if chance(.plugins, 20) {
            fields["generators"] = try plugins("g") { try RandomPlugins.generator($1, &$0.random) }
        }
        if chance(.plugins, 35), !objects.isEmpty {
            fields["transformers"] = try plugins("t") {
                try RandomPlugins.transformer($0.objects, $1, $0.focus, &$0.random)
            }
        }
        if chance(.plugins, 6) {
            fields["validators"] = try plugins("v") { try RandomPlugins.validator($1, &$0.random) }
        }
    }

    /// Configurations in place, in files, and in directories that are built.
    private mutating func plugins(_ tag: String, _ make: (inout Self, String) throws -> Tree) throws -> Tree {
        var entries: [Tree] = []
        for index in 0..<random.number(1...2) {
            let trees = try (0..<(random.chance(20) ? 2 : 1)).map {
                try make(&self, "\(directory)-\(tag)\(index)\($0)")
            }
            switch random.number(0...9) {
            case 0..<5 where trees.count == 1: entries.append(.string(trees[0].yamlString(sortedKeys: false)))
            case 9:
                let folder = "plugins-\(tag)\(index)"
                files["\(directory)/\(folder)/p.yaml"] = .documents(trees)
                var kustomization: Tree = ["resources": ["p.yaml"]]
                if random.chance(30) { kustomization["commonAnnotations"] = ["by": "x"] }
                files["\(directory)/\(folder)/kustomization.yaml"] = .documents([kustomization])
                entries.append(.string(folder))
            default:
                let name = "plugin-\(tag)\(index).yaml"
                files["\(directory)/\(name)"] = .documents(trees)
                entries.append(.string(name))
            }
        }
        return .list(entries)
    }
}
