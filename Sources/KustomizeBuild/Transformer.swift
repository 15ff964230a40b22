import ManifestTree

/// One change to all objects of a kustomization.
protocol Transformer {
    /// Whether it asks how the lists of any of these objects merge.
    func mergesBySchema(_ objects: ObjectSet) -> Bool
    /// - Throws: `BuildError`.
    func transform(_ objects: inout ObjectSet) throws
}

extension Transformer {
    func mergesBySchema(_ objects: ObjectSet) -> Bool { false }
}

/// `namespace`: moves every namespaced object, and what points at namespaces by convention, into one namespace.
struct NamespaceTransformer: Transformer {
    /// Which subjects of bindings are moved with their binding.
    enum Subjects: String { case defaultOnly, allServiceAccounts, none }

    let namespace: String
    var fields = DefaultFieldSpecs.namespace
    var subjects = Subjects.defaultOnly
    /// Only what has no namespace is moved.
    var unsetOnly = false
    private static let bindings: Set<String> = ["RoleBinding", "ClusterRoleBinding"]

    func transform(_ objects: inout ObjectSet) throws {
        let index = FieldSpecIndex(
            fields.filter { field in
                field.path != "metadata/namespace"
                    && !(Self.bindings.contains(field.type.kind) && field.path == "subjects")
            }
        )
        try objects.updateAll { object in
            object.rememberID()
            try move(&object)
            let type = object.type
            for field in index.fields(of: type) {
                if field.type.kind == "Namespace", !type.group.isEmpty { continue }
                try object.updateScalars(at: field, creating: "", leading: Self.leading) { tree in
                    if !unsetOnly || tree.isNull || tree.string?.isEmpty == true { tree = .string(namespace) }
                }
            }
        }
    }

    private static let leading = "namespace field specs must target scalar nodes: "

    private static func check(_ held: Tree, at path: String, of object: BuildObject) throws {
        guard held.map == nil, held.list == nil else { throw object.misplaced(held, at: path, leading: leading) }
    }

    /// Sets the namespace of an object, and of the subjects of a binding.
    func move(_ object: inout BuildObject) throws {
        let type = object.type
        if !type.isClusterScoped, !unsetOnly || (object.namespace ?? "").isEmpty {
            let held = object.tree["metadata"]?["namespace"] ?? .null
            try Self.check(held, at: "metadata/namespace", of: object)
            object.namespace = namespace
        }
        if Self.bindings.contains(type.kind) { try moveSubjects(&object) }
    }

    /// By default only subjects of the name `default`; others follow the account that they name.
    private func moveSubjects(_ object: inout BuildObject) throws {
        guard subjects != .none, let held = object.tree["subjects"], !held.isNull else { return }
        guard case .list(var list) = held else {
            throw BuildError(
                .invalid,
                "\(object.id) in \(object.origin): subjects is \(held.kindName), so no namespace can be set there: "
                    + "wrong node kind: expected SequenceNode; make it a list"
            )
        }
        if let item = list.first(where: { $0.map == nil && !$0.isNull }) {
            throw BuildError(
                .invalid,
                "\(object.id) in \(object.origin): one of the subjects is \(item.kindName), so no namespace can be set "
                    + "there: wrong node kind: expected MappingNode; make it a map"
            )
        }
        for index in list.indices where moves(list[index]) {
            let held = list[index]["namespace"] ?? .null
            try Self.check(held, at: "subjects/namespace", of: object)
            list[index]["namespace"] = .string(namespace)
        }
        object.tree["subjects"] = .list(list)
    }

    private func moves(_ subject: Tree) -> Bool {
        if unsetOnly, subject["namespace"]?.string?.isEmpty == false { return false }
        return switch subjects {
        case .defaultOnly: subject["name"]?.string == "default"
        case .allServiceAccounts: subject["kind"]?.string == "ServiceAccount"
        case .none: false
        }
    }
}

/// `namePrefix` and `nameSuffix`.
struct NameAffixTransformer: Transformer {
    enum Affix { case prefix(String), suffix(String) }

    let affix: Affix
    var fields = [DefaultFieldSpecs.metadataName]
    /// Types whose name means something outside of the cluster's objects.
    private static let kept = [
        ObjectType(kind: "CustomResourceDefinition"), ObjectType(group: "apiregistration.k8s.io", kind: "APIService"),
        ObjectType(kind: "Namespace"),
    ]

    func transform(_ objects: inout ObjectSet) throws {
        let index = FieldSpecIndex(fields)
        try objects.renameAll { object in
            let original = object.originalType
            guard !Self.kept.contains(where: { original.isSelected(by: $0) }) else { return }
            for field in index.fields(of: original) {
                if field.path == DefaultFieldSpecs.metadataName.path { remember(&object) }
                guard object.type.isSelected(by: field.type) else { continue }
                try object.updateScalars(at: field, creating: "") { $0 = .string(affixed($0.nodeText)) }
            }
        }
    }

    private func remember(_ object: inout BuildObject) {
        object.rememberID()
        object.loseNameType()
        switch affix {
        case .prefix(let text): object.prefixes.append(text)
        case .suffix(let text): object.suffixes.append(text)
        }
    }

    private func affixed(_ text: String) -> String {
        switch affix {
        case .prefix(let prefix): prefix + text
        case .suffix(let suffix): text + suffix
        }
    }
}

/// `labels`, `commonLabels` and `commonAnnotations`: sets entries in maps of strings.
struct MetadataTransformer: Transformer {
    let pairs: [(key: String, value: String)]
    let fields: [FieldSpec]

    func transform(_ objects: inout ObjectSet) throws {
        guard !pairs.isEmpty else { return }
        let index = FieldSpecIndex(fields)
        try objects.updateContent { object in
            let type = object.type
            for field in index.fields(of: type) {
                let origin = object.origin
                try field.apply(to: &object.tree, creating: .map(TreeMap())) { tree in
                    // One that may be made is a map by now.
                    guard !tree.isNull else { return }
                    guard tree.map != nil else {
                        throw BuildError(
                            .invalid,
                            "\(type.kind) from \(origin): \(field.path) has to be a map, not \(tree.kindName)",
                            at: .init(file: origin, field: field.path)
                        )
                    }
                    for (key, value) in pairs { tree[key] = .string(value) }
                }
            }
        }
    }
}

/// `replicas`.
struct ReplicaTransformer: Transformer {
    let name: String
    let count: Int64
    var fields = DefaultFieldSpecs.replicas
    let place: BuildError.Place

    func transform(_ objects: inout ObjectSet) throws {
        var found = false
        for position in objects.positions(named: name) {
            let ids = objects.objects[position].allIDs
            for field in fields {
                guard ids.contains(where: { $0.name == name && $0.type.isSelected(by: field.type) }) else { continue }
                found = true
                try objects.update(position) { object in
                    guard object.type.isSelected(by: field.type) else { return }
                    try object.updateScalars(at: field, creating: 0) {
                        $0.replaceScalar(by: .number(.init(Int(count))))
                    }
                }
            }
        }
        guard found else {
            throw BuildError(
                .missing,
                "\(place.file ?? "The kustomization") sets replicas of \(name), but no Deployment, "
                    + "ReplicationController, ReplicaSet or StatefulSet has that name",
                at: place
            )
        }
    }
}

/// The hash suffixes of generated objects; once, at the very end of the outermost build.
struct HashTransformer: Transformer {
    func transform(_ objects: inout ObjectSet) throws {
        guard objects.objects.contains(where: \.needsHash) else { return }
        try objects.renameAll { object in
            guard object.needsHash else { return }
            let hash = try ContentHash.suffix(of: object.tree)
            object.rememberID()
            object.name = "\(object.name)-\(hash)"
        }
    }
}
