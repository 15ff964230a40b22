import ManifestTree

/// One build's walk over kustomizations, depth first.
struct Accumulation {
    private let options: BuildOptions
    private var reader: SourceReader
    private(set) var warnings: [String] = []
    /// The directories between the top and the one at work.
    private var visiting: [String] = []
    private var visits = 0

    /// Bounds against sources that are made to exhaust the builder.
    private enum Limit {
        static let depth = 64
        static let visits = 20_000
        static let objects = 200_000
    }

    init(files: any SourceFiles, options: BuildOptions) {
        self.options = options
        reader = SourceReader(files: files, restrictions: options.loadRestrictions)
    }

    var filesRead: [String] {
        reader.filesRead.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Accumulates the directory that is asked for, with the options' overlay.
    mutating func accumulateTop(_ directory: String) throws -> (Kustomization, ObjectSet) {
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
        var objects = ObjectSet()
        visiting = [directory]
        try accumulate(kustomization, into: &objects)
        return (kustomization, objects)
    }

    private func missingFile(_ directory: String) -> BuildError {
        BuildError(
            .unreadable,
            "The directory '\(SourcePath.shown(directory))' holds none of kustomization.yaml, kustomization.yml and "
                + "Kustomization. Add one, or name the files in it",
            at: .init(file: directory)
        )
    }

    private func kustomizationFile(in directory: String) throws -> String? {
        let found = try Kustomization.fileNames.map { SourcePath.join(directory, $0) }
            .filter { try reader.kind($0) == .file }
        guard found.count < 2 else {
            throw BuildError(
                .conflict,
                "The directory '\(SourcePath.shown(directory))' holds more than one kustomization file: "
                    + "\(found.joined(separator: ", ")). Keep one",
                at: .init(file: directory)
            )
        }
        return found.first
    }

    private mutating func read(_ file: String, allowsEmpty: Bool = false) throws -> Kustomization {
        visits += 1
        guard visits <= Limit.visits else {
            throw BuildError(
                .refused,
                "The build reads more than \(Limit.visits) kustomizations. Divide it",
                at: .init(file: file)
            )
        }
        let documents = try reader.documents(file) ?? []
        guard documents.count < 2 else {
            throw BuildError(
                .invalid,
                "\(file) holds \(documents.count) documents; a kustomization is one. Remove the others",
                at: .init(file: file, line: documents[1].line)
            )
        }
        let tree = documents.first?.tree ?? .null
        let content = (tree.map.map { $0.keys.map { $0.lowercased() } } ?? []).filter {
            $0 != "apiversion" && $0 != "kind"
        }
        guard allowsEmpty || !content.isEmpty || tree.list != nil else {
            throw BuildError(.invalid, "\(file) is empty. Add resources, or remove it", at: .init(file: file))
        }
        let kustomization = try Kustomization(tree.isNull ? .map(TreeMap()) : tree, file: file)
        warnings += kustomization.warnings
        return kustomization
    }

    private mutating func accumulate(_ kustomization: Kustomization, into objects: inout ObjectSet) throws {
        for (index, resource) in kustomization.resources.enumerated() {
            try accumulate(resource, field: "resources[\(index)]", of: kustomization, into: &objects)
        }
        try generate(kustomization, into: &objects)
        for (index, component) in kustomization.components.enumerated() {
            try accumulateComponent(component, field: "components[\(index)]", of: kustomization, into: &objects)
        }
        for transformer in try TransformerChain(kustomization).transformers(&reader) {
            try transformer.transform(&objects)
            objects.compact()
        }
    }

    private mutating func accumulate(
        _ resource: String,
        field: String,
        of kustomization: Kustomization,
        into objects: inout ObjectSet
    ) throws {
        let file = kustomization.file
        let path = try reader.path(of: resource, in: kustomization.directory, field: field, file: file)
        switch try reader.kind(path) {
        case .file:
            try reader.check(path, resource, in: kustomization.directory, field: field, file: file)
            let found = try ManifestObjects.objects(in: try reader.documents(path) ?? [], source: path)
            for tree in found { try objects.append(BuildObject(tree, origin: path)) }
        case .directory:
            var base = ObjectSet()
            try visit(path, field: field, of: kustomization, wantsComponent: false, into: &base)
            try objects.append(contentsOf: base)
        case nil:
            throw BuildError(
                .unreadable,
                "\(file): \(field) names '\(resource)', which is neither a file nor a directory of the source. "
                    + "Correct the path or add the file",
                at: .init(file: file, field: field)
            )
        }
        guard objects.objects.count <= Limit.objects else {
            throw BuildError(
                .refused,
                "\(file): the build holds more than \(Limit.objects) objects. Divide it",
                at: .init(file: file, field: field)
            )
        }
    }

    private mutating func accumulateComponent(
        _ component: String,
        field: String,
        of kustomization: Kustomization,
        into objects: inout ObjectSet
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
        try visit(path, field: field, of: kustomization, wantsComponent: true, into: &objects)
    }

    /// Accumulates another directory: a base into a set of its own, a component into its user's.
    private mutating func visit(
        _ directory: String,
        field: String,
        of user: Kustomization,
        wantsComponent: Bool,
        into objects: inout ObjectSet
    ) throws {
        let place = BuildError.Place(file: user.file, field: field)
        if let visited = visiting.first(where: { SourcePath.contains(directory, $0) }) {
            throw BuildError(
                .refused,
                "\(user.file): \(field) leads to '\(SourcePath.shown(directory))', which is or holds "
                    + "'\(SourcePath.shown(visited))' that the build came through: a cycle. Remove the reference",
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
        guard let file = try kustomizationFile(in: directory) else { throw missingFile(directory) }
        let kustomization = try read(file)
        guard kustomization.isComponent == wantsComponent else {
            let (kind, right) = wantsComponent ? ("Kustomization", "resources") : ("Component", "components")
            throw BuildError(
                .invalid,
                "\(user.file): \(field): \(file) is a \(kind). List it under \(right)",
                at: place
            )
        }
        visiting.append(directory)
        defer { visiting.removeLast() }
        try accumulate(kustomization, into: &objects)
    }

    private mutating func generate(_ kustomization: Kustomization, into objects: inout ObjectSet) throws {
        for (entries, isSecret) in [(kustomization.configMapGenerators, false), (kustomization.secretGenerators, true)]
        {
            for entry in entries {
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
                let object = ObjectGenerator(entry: entry, isSecret: isSecret, pairs: pairs).generate()
                try objects.absorb(object, at: entry.place)
            }
        }
    }
}
