package import ManifestTree

/// Builds the objects that a directory of a source tree describes, as kustomize does. Holds no state between builds;
/// builds may run side by side.
package struct KustomizeBuilder: Sendable {
    private let files: any SourceFiles
    private let options: BuildOptions

    package init(files: any SourceFiles, options: BuildOptions = BuildOptions()) {
        self.files = files
        self.options = options
    }

    /// Builds one directory; "" is the root of the tree.
    /// - Throws: `BuildError`.
    package func build(_ path: String) throws -> BuildResult {
        do {
            return try buildUnlocated(path)
        } catch let error as BuildError {
            throw error.located { try files.read($0) }
        }
    }

    private func buildUnlocated(_ path: String) throws -> BuildResult {
        guard let directory = SourcePath.resolve(path, from: "") else {
            throw BuildError(.refused, "The path '\(path)' leads outside of the source tree. Use a path below its root")
        }
        var accumulation = Accumulation(files: files, options: options)
        let watch = PhaseWatch(now: options.stopwatch)
        var statistics = BuildStatistics()
        var (kustomization, layer) = try watch.measure(.accumulate, &statistics) {
            try accumulation.accumulateTop(directory)
        }
        let unused = try watch.measure(.resolve, &statistics) { try resolve(&layer) }
        let objects = try watch.measure(.order, &statistics) { try finish(layer, kustomization, accumulation) }
        statistics.add(accumulation, objects: objects.count)
        return BuildResult(
            objects: objects,
            filesRead: accumulation.filesRead,
            warnings: accumulation.warnings + unused,
            statistics: statistics
        )
    }

    /// Settles names, and everything that holds one.
    /// - Returns: warnings.
    private func resolve(_ layer: inout Layer) throws -> [String] {
        try HashTransformer().transform(&layer.objects)
        try NameReferenceTransformer(table: layer.configuration.nameReferences).transform(&layer.objects)
        return try substituteVariables(&layer)
    }

    private func finish(_ layer: Layer, _ kustomization: Kustomization, _ accumulation: Accumulation) throws -> [Tree] {
        let labelsManager = options.labelsManager || kustomization.metadataAnnotations.contains(.managedByLabel)
        try layer.objects.checkUnique(leavingOut: Self.isLocal)
        for object in layer.objects.objects { try Self.checkNamed(object) }
        let finish = ObjectFinish(labelsManager: labelsManager, tracking: accumulation.tracking)
        let kept = try layer.objects.objects.filter { !Self.isLocal($0) }.map { try finish.finished($0) }
        let order = kustomization.order ?? (options.order == .legacy ? .legacy : .fifo)
        return order.sorted(kept).map(\.tree)
    }

    /// - Returns: a warning when there are variables that nothing uses.
    private func substituteVariables(_ layer: inout Layer) throws -> [String] {
        guard !layer.variables.isEmpty else { return [] }
        let fields = layer.configuration.varReference
        var transformer = try VariableTransformer(variables: layer.variables, fields: fields, objects: layer.objects)
        let unused = try transformer.transform(&layer.objects)
        return unused.isEmpty ? [] : ["well-defined vars that were never replaced: \(unused.joined(separator: ","))"]
    }

    /// Whatever was changed, an object keeps a kind and, unless it is a list, a name.
    private static func checkNamed(_ object: BuildObject) throws {
        let kind = object.kind
        let missing = kind.isEmpty ? "kind" : object.name.isEmpty && !kind.hasSuffix("List") ? "metadata.name" : nil
        guard let missing else { return }
        throw BuildError(
            .invalid,
            "missing \(missing) in object \(object.originalID) from \(object.origin): something in the build takes it "
                + "away. Look for patches and replacements of that field",
            at: .init(file: object.origin, field: missing, object: object.originalID.description)
        )
    }

    /// Objects that exist for the build alone: with any value of the annotation but `false`.
    private static func isLocal(_ object: BuildObject) -> Bool {
        guard let mark = object.tree["metadata"]?["annotations"]?["config.kubernetes.io/local-config"] else {
            return false
        }
        return mark.scalarText != "false"
    }
}

extension BuildResult {
    /// Whether an object lives outside of namespaces, as far as kustomize knows.
    package static func isClusterScoped(_ object: Tree) -> Bool {
        ObjectType(apiVersion: object["apiVersion"]?.string ?? "", kind: object["kind"]?.string ?? "").isClusterScoped
    }

    /// The objects as a YAML stream, byte for byte what `kustomize build` prints.
    package var yaml: [UInt8] {
        var writer = YAMLWriter(sortedKeys: true)
        for object in objects { writer.write(object) }
        return writer.output
    }

    /// `yaml` in pieces that follow each other, written on all cores.
    package func yamlPieces() async -> [[UInt8]] { await YAMLWriter.pieces(of: objects) }
}

extension BuildStatistics {
    /// What the walk counted. Reading happens within it, and is told apart here.
    fileprivate mutating func add(_ accumulation: Accumulation, objects: Int) {
        let reading = accumulation.reader.statistics
        files = accumulation.filesRead.count
        bytes = reading.bytes
        kustomizations = accumulation.visits
        self.objects = objects
        guard let time = reading.times[.read] else { return }
        add(time, to: .read)
        subtract(time, from: .accumulate)
    }
}
