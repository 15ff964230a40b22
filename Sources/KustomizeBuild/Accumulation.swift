import ManifestTree

/// One build's walk over kustomizations, depth first.
struct Accumulation {
    let options: BuildOptions
    let pace: BuildPace
    var reader: SourceReader
    private(set) var warnings: [String] = []
    var schemas = SchemaChoice()
    /// What `buildMetadata` of the top asks for.
    private(set) var tracking: OriginTracking?
    /// The directories between the top and the one at work.
    private var visiting: [String] = []
    private(set) var visits = 0

    /// Bounds against sources that are made to exhaust the builder.
    private enum Limit {
        static let depth = 64
        static let visits = 20_000
        static let objects = 200_000
    }

    init(files: any SourceFiles, options: BuildOptions) {
        self.options = options
        pace = BuildPace(isOverdue: options.isOverdue)
        reader = SourceReader(
            files: files,
            restrictions: options.loadRestrictions,
            remotes: options.permissions.remotes
        )
        reader.watch = PhaseWatch(now: options.stopwatch)
    }

    var filesRead: [String] {
        reader.filesRead.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Accumulates the directory that is asked for, with the options' overlay.
    mutating func accumulateTop(_ directory: String) throws -> (Kustomization, Layer) {
        let directory = try reader.location(directory)
        guard try reader.kind(directory) == .directory else {
            throw BuildError(
                .unreadable,
                "The path '\(SourcePath.shown(directory))' is no directory of the source. Correct the path",
                at: .init(file: directory)
            )
        }
        var kustomization: Kustomization
        if let found = try kustomizationFile(in: directory) {
            kustomization = try read(found, allowsEmpty: options.generatesMissingKustomization)
        } else if options.generatesMissingKustomization {
            kustomization = Kustomization(file: SourcePath.join(directory, "kustomization.yaml"), directory: directory)
            kustomization.resources = try PlainDirectory(reader: reader).resources(of: directory)
        } else {
            throw missingFile(directory)
        }
        if let overlay = options.overlay { try kustomization.apply(overlay) }
        tracking = OriginTracking(top: directory, kustomization.metadataAnnotations)
        var layer = Layer()
        visiting = [directory]
        try choose(kustomization.openAPI, kustomization)
        try accumulate(kustomization, into: &layer)
        return (kustomization, layer)
    }

    private func missingFile(_ directory: String) -> BuildError {
        BuildError(
            .unreadable,
            "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory "
                + "'\(SourcePath.shown(directory))'. Add one, or name the files in it",
            at: .init(file: directory)
        )
    }

    private func kustomizationFile(in directory: String) throws -> String? {
        let found = try Kustomization.fileNames.map { SourcePath.join(directory, $0) }
            .filter { try reader.kind($0) == .file && reader.isAllowed($0, in: directory) }
        guard found.count < 2 else {
            throw BuildError(
                .conflict,
                "Found multiple kustomization files under: \(SourcePath.shown(directory)): "
                    + "\(found.joined(separator: ", ")). Keep one",
                at: .init(file: directory)
            )
        }
        return found.first
    }

    private mutating func read(_ file: String, allowsEmpty: Bool = false) throws -> Kustomization {
        visits += 1
        try pace.check()
        guard visits <= Limit.visits else {
            throw BuildError(
                .refused,
                "The build reads more than \(Limit.visits) kustomizations. Divide it",
                at: .init(file: file)
            )
        }
        let documents = try reader.kustomizationDocuments(file) ?? []
        if documents.count > 1 {
            warnings.append(
                "# Warning: \(file) holds \(documents.count) documents. Only the first one counts; line "
                    + "\(documents[1].line) starts another."
            )
        }
        let tree = documents.first?.tree ?? .null
        let content = (tree.map ?? TreeMap()).filter { key, value in
            !["apiversion", "kind"].contains(key.lowercased()) && !value.isNull && value.string?.isEmpty != true
        }
        guard allowsEmpty || !content.isEmpty || tree.list != nil else {
            throw BuildError(
                .invalid,
                "\(file): kustomization.yaml is empty. Add resources, or remove it",
                at: .init(file: file)
            )
        }
        let kustomization = try Kustomization(tree.isNull ? .map(TreeMap()) : tree, file: file)
        warnings += kustomization.warnings
        return kustomization
    }

    private mutating func choose(_ choice: Kustomization.OpenAPIChoice?, _ kustomization: Kustomization) throws {
        guard let choice else { return }
        var schema: OpenAPISchema?
        if let path = choice.path {
            // The file has to be there, whether it counts or not.
            let document = try document(path, field: "openapi.path", kustomization)
            if !schemas.isMade { schema = OpenAPISchema(document?.tree ?? .map(TreeMap())) }
        }
        if !schemas.isMade, let problem = choice.problem {
            throw BuildError(
                .invalid,
                "\(kustomization.file): openapi: \(problem)",
                at: .init(file: kustomization.file, field: "openapi")
            )
        }
        schemas.take(schema)
    }

    /// The only document of a file that a kustomization names.
    private mutating func document(_ path: String, field: String, _ kustomization: Kustomization) throws
        -> YAMLDocument?
    {
        let bytes = try reader.load(path, in: kustomization.directory, field: field, file: kustomization.file)
        return try SourceReader.parse(bytes, source: path, .settings).first
    }

    private mutating func accumulate(_ kustomization: Kustomization, into layer: inout Layer) throws {
        do {
            try BuildError.gathering(kustomization.resources.enumerated()) { index, resource in
                try accumulate(resource, field: "resources[\(index)]", of: kustomization, into: &layer)
            }
            try configure(kustomization, &layer)
            try generate(kustomization, into: &layer.objects)
        } catch let error as BuildError where !error.isBound {
            throw BuildError(gathered: [error] + readingErrors(kustomization, layer))
        }
        for (index, component) in kustomization.components.enumerated() {
            try accumulateComponent(component, field: "components[\(index)]", of: kustomization, into: &layer)
        }
        let chain = TransformerChain(kustomization, layer.configuration, schemas.source, pace)
        let links = try chain.links(&reader)
        for (index, link) in links.enumerated() {
            let step = tracking?.step(kustomization.file, apiVersion: "builtin", kind: link.kind, at: reader)
            do {
                try run(link.transformer, step, on: &layer.objects)
            } catch let error as BuildError {
                throw BuildError(gathered: [error] + missing(links[(index + 1)...], layer.objects))
            }
        }
        try runPlugins(kustomization, chain, on: &layer.objects)
        try layer.define(kustomization.variables)
    }

    /// What is wrong with the files and fields of a kustomization that has failed, whatever it builds on.
    private mutating func readingErrors(_ kustomization: Kustomization, _ layer: Layer) -> [BuildError] {
        var found: [BuildError] = []
        let generators =
            kustomization.configMapGenerators.map { ($0, false) } + kustomization.secretGenerators.map { ($0, true) }
        do {
            try BuildError.gathering(generators) { _ = try generated($0, isSecret: $1, kustomization) }
        } catch let error as BuildError { found.append(error) } catch {}
        do {
            _ = try TransformerChain(kustomization, layer.configuration, schemas.source, pace).links(&reader)
        } catch let error as BuildError {
            found.append(error)
        } catch {}
        return found
    }

    /// What the transformers behind one that has failed look for and do not find.
    private func missing(_ links: ArraySlice<TransformerChain.Link>, _ objects: ObjectSet) -> [BuildError] {
        var objects = objects
        return links.flatMap { link in
            do { try link.transformer.transform(&objects) } catch let error as BuildError {
                return error.parts.filter { $0.code == .missing }
            } catch {}
            return []
        }
    }

    /// Runs one transformer and notes it at the objects.
    mutating func run(_ transformer: any Transformer, _ step: Provenance.Step?, on objects: inout ObjectSet) throws {
        try pace.check()
        schemas.noteMerge(transformer.mergesBySchema(objects))
        try transformer.transform(&objects)
        objects.compact()
        guard let step, let tracking else { return }
        objects.updateContent { $0.provenance?.note(step, tracking) }
    }

    /// Adds what `configurations` and `crds` say.
    private mutating func configure(_ kustomization: Kustomization, _ layer: inout Layer) throws {
        var own = TransformerTables()
        for (index, path) in kustomization.configurations.enumerated() {
            guard let document = try document(path, field: "configurations[\(index)]", kustomization) else { continue }
            let more = try TransformerTables(
                document.tree.isNull ? .map(TreeMap()) : document.tree,
                file: path
            )
            do { try own.merge(more) } catch { throw conflict(error, kustomization) }
        }
        do {
            try layer.configuration.merge(TransformerConfiguration.standard(and: own))
        } catch {
            throw conflict(error, kustomization)
        }
        for (index, path) in kustomization.customTypes.enumerated() {
            guard let document = try document(path, field: "crds[\(index)]", kustomization) else { continue }
            let more = try CustomTypeConfiguration.read(document.tree, file: path)
            do { try layer.configuration.merge(.tables(more)) } catch { throw conflict(error, kustomization) }
        }
    }

    private func conflict(_ conflict: TransformerTables.Conflict, _ kustomization: Kustomization) -> BuildError {
        BuildError(
            .invalid,
            "\(kustomization.file): configurations: conflicting fieldspecs for \(conflict.field.path): one says "
                + "create, one does not",
            at: .init(file: kustomization.file, field: "configurations")
        )
    }

    /// Accumulates one entry of `resources`: a file, a directory, or either of them by URL.
    mutating func accumulate(
        _ resource: String,
        field: String,
        of kustomization: Kustomization,
        into layer: inout Layer
    ) throws {
        let file = kustomization.file
        let place = BuildError.Place(file: file, field: field)
        let path = try reader.path(of: resource, in: kustomization.directory, field: field, file: file)
        switch try reader.kind(path) {
        case .file:
            try reader.check(path, resource, in: kustomization.directory, field: field, file: file)
            let found = try ManifestObjects.objects(in: try reader.documents(path) ?? [], source: path)
            let isFlow = reader.isFlow(path)
            for tree in found {
                var object = BuildObject(tree, origin: path, isFlow: isFlow)
                object.provenance = tracking?.provenance(ofFile: path, at: reader)
                schemas.note(object.type)
                try layer.objects.append(object)
            }
        case .directory:
            var base = Layer()
            try visit(path, field: field, of: kustomization, wantsComponent: false, into: &base)
            try layer.merge(base, at: place)
        case nil:
            throw BuildError(
                .unreadable,
                "\(file): \(field) names '\(resource)', which is neither a file nor a directory of the source: no such "
                    + "file or directory. Correct the path or add the file",
                at: place
            )
        }
        guard layer.objects.objects.count <= Limit.objects else {
            throw BuildError(
                .refused,
                "\(file): the build holds more than \(Limit.objects) objects. Divide it",
                at: .init(file: file)
            )
        }
    }

    private mutating func accumulateComponent(
        _ component: String,
        field: String,
        of kustomization: Kustomization,
        into layer: inout Layer
    ) throws {
        let file = kustomization.file
        let path = try reader.path(of: component, in: kustomization.directory, field: field, file: file)
        guard try reader.kind(path) == .directory else {
            if kustomization.ignoresMissingComponents, try reader.kind(path) == nil { return }
            throw BuildError(
                .unreadable,
                "\(file): \(field) names '\(component)', which is no directory of the source. Correct the path",
                at: .init(file: file, field: field)
            )
        }
        try visit(path, field: field, of: kustomization, wantsComponent: true, into: &layer)
        try layer.retake(at: .init(file: file, field: field))
    }

    /// Accumulates another directory: a base into a layer of its own, a component into its user's.
    private mutating func visit(
        _ directory: String,
        field: String,
        of user: Kustomization,
        wantsComponent: Bool,
        into layer: inout Layer
    ) throws {
        try checkWay(to: directory, field, user)
        guard let file = try kustomizationFile(in: directory) else { throw missingFile(directory) }
        let kustomization = try read(file)
        guard kustomization.isComponent == wantsComponent else {
            let (kind, right) = wantsComponent ? ("Kustomization", "resources") : ("Component", "components")
            throw BuildError(
                .invalid,
                "\(user.file): \(field): expected kind \(wantsComponent ? "" : "!")= 'Component' for path "
                    + "'\(directory)', and "
                    + "\(file) is a \(kind). List it under \(right)",
                at: .init(file: user.file, field: field)
            )
        }
        try choose(kustomization.openAPI, kustomization)
        visiting.append(directory)
        defer { visiting.removeLast() }
        try accumulate(kustomization, into: &layer)
    }

    /// - Throws: `BuildError.refused` for a circle, and for too many levels.
    private func checkWay(to directory: String, _ field: String, _ user: Kustomization) throws {
        let place = BuildError.Place(file: user.file, field: field)
        if let visited = visiting.first(where: { SourcePath.contains(directory, $0) }) {
            throw BuildError(
                .refused,
                "\(user.file): \(field): cycle detected: candidate root '\(SourcePath.shown(directory))' contains "
                    + "visited root '\(SourcePath.shown(visited))'. Remove the reference",
                at: place
            )
        }
        guard visiting.count < Limit.depth else {
            throw BuildError(
                .refused,
                "\(user.file): \(field) is more than \(Limit.depth) kustomizations deep. Flatten the bases",
                at: place
            )
        }
    }

    private mutating func generate(_ kustomization: Kustomization, into objects: inout ObjectSet) throws {
        let entries =
            kustomization.configMapGenerators.map { ($0, false) } + kustomization.secretGenerators.map { ($0, true) }
        try BuildError.gathering(entries) { entry, isSecret in
            var object = try generated(entry, isSecret: isSecret, kustomization)
            let kind = isSecret ? "SecretGenerator" : "ConfigMapGenerator"
            object.provenance = tracking?.provenance(
                ofGenerator: tracking?.step(kustomization.file, apiVersion: "builtin", kind: kind, at: reader)
            )
            try objects.absorb(object, at: entry.place)
        }
        try generateByPlugins(kustomization, into: &objects)
    }

    /// The object that one generator makes.
    mutating func generated(_ entry: Kustomization.GeneratorEntry, isSecret: Bool, _ kustomization: Kustomization)
        throws
        -> BuildObject
    {
        var source = reader
        defer { reader = source }
        let pairs = try KeyValueSources(entry: entry) { reference in
            try source.load(
                reference,
                in: kustomization.directory,
                field: entry.place.field ?? "",
                file: kustomization.file
            )
        }.pairs()
        return ObjectGenerator(entry: entry, isSecret: isSecret, pairs: pairs).generate()
    }
}
