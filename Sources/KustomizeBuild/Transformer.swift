import ManifestTree

/// One change to all objects of a kustomization.
protocol Transformer {
    /// - Throws: `BuildError`.
    func transform(_ objects: inout ObjectSet) throws
}

/// `namespace`: moves every namespaced object, and what points at namespaces by convention, into one namespace.
struct NamespaceTransformer: Transformer {
    let namespace: String

    func transform(_ objects: inout ObjectSet) throws {
        try objects.updateAll { object in
            object.rememberID()
            let type = object.type
            if !type.isClusterScoped { object.namespace = namespace }
            if type.kind == "RoleBinding" || type.kind == "ClusterRoleBinding" { moveSubjects(&object.tree) }
            for field in DefaultFieldSpecs.namespace where type.isSelected(by: field.type) {
                if field.type.kind == "Namespace", !type.group.isEmpty { continue }
                try field.apply(to: &object.tree, creating: "") { $0 = .string(namespace) }
            }
        }
    }

    /// Only subjects of the name `default` are moved here; others follow the account that they name.
    private func moveSubjects(_ tree: inout Tree) {
        guard case .list(var subjects)? = tree["subjects"] else { return }
        for index in subjects.indices where subjects[index]["name"]?.string == "default" {
            subjects[index]["namespace"] = .string(namespace)
        }
        tree["subjects"] = .list(subjects)
    }
}

/// `namePrefix` and `nameSuffix`.
struct NameAffixTransformer: Transformer {
    enum Affix { case prefix(String), suffix(String) }

    let affix: Affix
    /// Kinds whose name means something outside of the cluster's objects.
    private static let keptKinds: Set<String> = ["CustomResourceDefinition", "APIService", "Namespace"]

    func transform(_ objects: inout ObjectSet) throws {
        try objects.updateAll { object in
            guard !Self.keptKinds.contains(object.originalID.type.kind) else { return }
            object.rememberID()
            switch affix {
            case .prefix(let text):
                object.prefixes.append(text)
                object.name = text + object.name
            case .suffix(let text):
                object.suffixes.append(text)
                object.name += text
            }
        }
    }
}

/// `labels`, `commonLabels` and `commonAnnotations`: sets entries in maps of strings.
struct MetadataTransformer: Transformer {
    let pairs: [(key: String, value: String)]
    let fields: [FieldSpec]

    func transform(_ objects: inout ObjectSet) throws {
        guard !pairs.isEmpty else { return }
        try objects.updateContent { object in
            let type = object.type
            for field in fields where type.isSelected(by: field.type) {
                try field.apply(to: &object.tree, creating: .map(TreeMap())) { tree in
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
    let place: BuildError.Place

    func transform(_ objects: inout ObjectSet) throws {
        var found = false
        for position in objects.positions(named: name) {
            let ids = objects.objects[position].allIDs
            for field in DefaultFieldSpecs.replicas {
                guard ids.contains(where: { $0.name == name && $0.type.isSelected(by: field.type) }) else { continue }
                found = true
                try objects.update(position) { object in
                    guard object.type.isSelected(by: field.type) else { return }
                    try field.apply(to: &object.tree, creating: 0) { $0 = .number(.init(Int(count))) }
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
        try objects.updateAll { object in
            guard object.needsHash else { return }
            let hash = try ContentHash.suffix(of: object.tree)
            object.rememberID()
            object.name = "\(object.name)-\(hash)"
        }
    }
}
