import ManifestTree

/// `generators`, `transformers` and `validators`: plugins that are configured by objects of their own.
extension Accumulation {
    /// What the plugins of `generators` make.
    mutating func generateByPlugins(_ kustomization: Kustomization, into objects: inout ObjectSet) throws {
        guard !kustomization.generators.isEmpty else { return }
        let chain = TransformerChain(kustomization, .standard, .builtin, pace)
        for plugin in try plugins(kustomization.generators, field: "generators", kustomization) {
            let place = BuildError.Place(file: plugin.origin, object: plugin.id.description)
            for var object in try generated(by: plugin, chain, kustomization) {
                object.provenance = tracking?.provenance(ofGenerator: step(plugin))
                try objects.absorb(object, at: place)
            }
        }
    }

    private mutating func generated(by plugin: BuildObject, _ chain: TransformerChain, _ kustomization: Kustomization)
        throws -> [BuildObject]
    {
        guard Self.isBuiltin(plugin) else { return try function(plugin, kustomization).generate() }
        let context = BuiltinPlugin.Context(kustomization: kustomization, chain: chain)
        switch try BuiltinPlugin.make(plugin, context, &reader) {
        case .generator(let entry, let isSecret): return [try generated(entry, isSecret: isSecret, kustomization)]
        case .objects(let objects): return objects
        case .transformer: throw misplaced(plugin, "not a generator")
        }
    }

    /// Runs the plugins of `transformers`, and those of `validators`, which may change nothing.
    mutating func runPlugins(_ kustomization: Kustomization, _ chain: TransformerChain, on objects: inout ObjectSet)
        throws
    {
        for plugin in try plugins(kustomization.transformers, field: "transformers", kustomization) {
            try run(try transformer(plugin, chain, kustomization), step(plugin), on: &objects)
        }
        for plugin in try plugins(kustomization.validators, field: "validators", kustomization) {
            var copy = objects
            try run(try transformer(plugin, chain, kustomization), nil, on: &copy)
            // What cannot be told apart cannot be compared.
            try objects.checkUnique()
            try checkUnchanged(objects, copy, plugin)
            // The mark stays.
            objects = copy
        }
    }

    private mutating func transformer(_ plugin: BuildObject, _ chain: TransformerChain, _ kustomization: Kustomization)
        throws -> any Transformer
    {
        guard Self.isBuiltin(plugin) else { return try function(plugin, kustomization) }
        let context = BuiltinPlugin.Context(kustomization: kustomization, chain: chain)
        guard case .transformer(let transformer) = try BuiltinPlugin.make(plugin, context, &reader) else {
            throw misplaced(plugin, "not a transformer")
        }
        return transformer
    }

    private func checkUnchanged(_ before: ObjectSet, _ after: ObjectSet, _ plugin: BuildObject) throws {
        let isSame =
            before.objects.count == after.objects.count
            && zip(before.objects, after.objects).allSatisfy { old, new in
                var tree = new.tree
                // A validator may leave its mark.
                if old.tree[path: ["metadata", "labels", "validated-by"]] == nil,
                    tree["metadata"]?["labels"]?.map != nil
                {
                    tree[path: ["metadata", "labels", "validated-by"]] = nil
                    if old.tree["metadata"]?["labels"] == nil, tree["metadata"]?["labels"]?.map?.isEmpty == true {
                        tree[path: ["metadata", "labels"]] = nil
                    }
                }
                return tree == old.tree
            }
        guard isSame else {
            throw BuildError(
                .invalid,
                "\(plugin.origin): validator shouldn't modify the resource map: \(plugin.id) does",
                at: .init(file: plugin.origin, object: plugin.id.description)
            )
        }
    }

    // MARK: Configurations

    private static func isBuiltin(_ plugin: BuildObject) -> Bool { plugin.tree["apiVersion"]?.string == "builtin" }

    private func misplaced(_ plugin: BuildObject, _ reason: String) -> BuildError {
        BuildError(
            .invalid,
            "\(plugin.origin): plugin \(plugin.id) \(reason)",
            at: .init(file: plugin.origin, object: plugin.id.description)
        )
    }

    private func step(_ plugin: BuildObject) -> Provenance.Step? {
        guard
            var step = tracking?.step(
                plugin.origin,
                apiVersion: plugin.tree["apiVersion"]?.string ?? "",
                kind: plugin.kind,
                at: reader
            )
        else { return nil }
        step.name = plugin.originalID.name
        step.namespace = plugin.namespace ?? ""
        return step
    }

    /// The objects that configure plugins: those written in place first, then those of files and directories, which
    /// are built as resources are.
    private mutating func plugins(_ entries: [String], field: String, _ kustomization: Kustomization) throws
        -> [BuildObject]
    {
        var layer = Layer()
        var paths: [(index: Int, path: String)] = []
        // As in kustomize, an empty entry names nothing.
        for (index, entry) in entries.enumerated() where !entry.isEmpty {
            guard let documents = Self.inline(entry) else {
                paths.append((index, entry))
                continue
            }
            let source = "\(kustomization.file): \(field)[\(index)]"
            for tree in try ManifestObjects.objects(in: documents, source: source) {
                let object = BuildObject(tree, origin: kustomization.file)
                schemas.note(object.type)
                try layer.objects.append(object)
            }
        }
        for (index, path) in paths {
            try accumulate(path, field: "\(field)[\(index)]", of: kustomization, into: &layer)
        }
        return layer.objects.objects
    }

    /// The documents of an entry that is a configuration itself; nil for a path.
    private static func inline(_ entry: String) -> [YAMLDocument]? {
        guard
            let documents = try? SourceReader.parse(
                Array(entry.utf8),
                source: "a plugin",
                .init(annotations: .text)
            ),
            documents.contains(where: { $0.tree.map != nil })
        else { return nil }
        return documents
    }

    private func function(_ plugin: BuildObject, _ kustomization: Kustomization) throws -> FunctionPlugin {
        guard !reader.isRemote(kustomization.directory) else {
            throw BuildError(
                .refused,
                "\(plugin.origin): plugin \(plugin.id) comes from a remote source, whose programs are not run. Copy it",
                at: .init(file: plugin.origin, object: plugin.id.description)
            )
        }
        return try FunctionPlugin(plugin, directory: kustomization.directory, options.permissions)
    }
}
