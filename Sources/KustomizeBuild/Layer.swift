/// What a kustomization has gathered so far: objects, and the rules that hold for whoever uses them too.
struct Layer {
    var objects = ObjectSet()
    /// The fields that transformers write; once a kustomization has been read, kustomize's own tables are in it.
    var configuration = TransformerConfiguration.tables(.init())
    private(set) var variables: [BuildVariable] = []

    /// Takes over what a base has gathered.
    mutating func merge(_ base: Layer, at place: BuildError.Place) throws {
        try objects.append(contentsOf: base.objects)
        try Self.merge(base.configuration, into: &configuration, at: place)
        for variable in base.variables { try append(variable) }
    }

    /// What a component leaves behind, as kustomize takes it over: as if it were all of a base.
    mutating func retake(at place: BuildError.Place) throws {
        try objects.checkUnique()
        guard !configuration.isStandard else { return }
        var fresh = TransformerConfiguration.tables(.init())
        try Self.merge(configuration, into: &fresh, at: place)
        configuration = fresh
    }

    private static func merge(
        _ more: TransformerConfiguration,
        into held: inout TransformerConfiguration,
        at place: BuildError.Place
    ) throws {
        do {
            try held.merge(more)
        } catch {
            throw BuildError(
                .invalid,
                "\(place.file ?? ""): \(place.field ?? ""): conflicting fieldspecs for \(error.field.path)",
                at: place
            )
        }
    }

    /// Adds variables and notes them at the objects that they mean.
    mutating func define(_ variables: [BuildVariable]) throws {
        for variable in variables {
            let found = variable.positions(in: objects)
            guard found.count < 2 else {
                throw variable.failure(
                    .conflict,
                    "found \(found.count) resId matches for var \(variable.shown) (unable to disambiguate)"
                )
            }
            if let position = found.first { objects.update(position) { $0.variables.append(variable.name) } }
        }
        for variable in variables { try append(variable) }
    }

    private mutating func append(_ variable: BuildVariable) throws {
        guard !variables.contains(where: { $0.name == variable.name }) else {
            throw variable.failure(.conflict, "var '\(variable.name)' already encountered")
        }
        variables.append(variable)
    }
}

extension BuildVariable {
    fileprivate func positions(in objects: ObjectSet) -> [Int] {
        objects.objects.indices.filter { objects.objects[$0].allIDs.contains { means($0) } }
    }
}
