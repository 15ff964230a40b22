import ManifestTree

/// One patch of a kustomization, strategic merge or JSON 6902.
struct PatchTransformer: Transformer {
    /// What a patch is applied to.
    enum Target {
        /// Every object that the selector chooses; none is fine.
        case selected(ObjectSelector)
        /// The object that each strategic merge patch names itself.
        case named
        /// The same, as `patchesStrategicMerge` has it: labels and annotations of the patch are text.
        case addressed
    }

    enum Change {
        case merge([Tree])
        case operations(JSONPatch)
    }

    let change: Change
    let target: Target
    let schema: MergeSchemaSource
    var allowsNameChange = false
    var allowsKindChange = false
    /// Whether references follow when a JSON patch renames an object: those of `patchesJson6902` do not.
    var remembersNames = true
    let place: BuildError.Place

    private var isMerge: Bool { if case .merge = change { true } else { false } }

    func mergesBySchema(_ objects: ObjectSet) -> Bool {
        guard case .selected(let selector) = target else { return isMerge }
        return isMerge && objects.objects.indices.contains { isSelected($0, by: selector, objects) }
    }

    private func isSelected(_ position: Int, by selector: ObjectSelector, _ objects: ObjectSet) -> Bool {
        !objects.isRemoved(position) && selector.selects(objects.objects[position])
    }

    func transform(_ objects: inout ObjectSet) throws {
        switch target {
        case .selected(let selector):
            for position in objects.objects.indices where isSelected(position, by: selector, objects) {
                try apply(at: position, to: &objects)
            }
            if isMerge { try objects.checkUnique() }
        case .named, .addressed:
            guard case .merge(let patches) = change else { return }
            for var patch in patches {
                let position = try only(BuildObject(patch, origin: "").id, &objects)
                if case .addressed = target {
                    patch = addressed(patch, to: objects.objects[position])
                } else if allowsNameChange || allowsKindChange {
                    // Kustomize notes these options in the patch's annotations, which turns all of them to text.
                    _ = patch.settleAnnotations()
                }
                try merge(patch, at: position, to: &objects)
                if case .addressed = target { try objects.checkUnique() }
            }
        }
    }

    private func only(_ id: ObjectID, _ objects: inout ObjectSet) throws -> Int {
        let found = objects.positions(id)
        guard let position = found.first, found.count == 1 else {
            let known =
                found.isEmpty ? "no matches for Id \(id.kustomizeText)" : "multiple matches for Id \(id.kustomizeText)"
            throw BuildError(
                found.isEmpty ? .missing : .conflict,
                "\(place.file ?? "A kustomization"): \(place.field ?? "a patch"): \(known); failed to find unique "
                    + "target for patch \(id.kustomizeText). Correct its name, or choose by a target",
                at: .init(file: place.file, field: place.field, object: id.description)
            )
        }
        return position
    }

    private func apply(at position: Int, to objects: inout ObjectSet) throws {
        switch change {
        case .merge(let patches):
            for patch in patches where !objects.isRemoved(position) {
                let hasVersion = objects.objects[position].tree["apiVersion"] != nil
                try merge(addressed(patch, to: objects.objects[position]), at: position, to: &objects)
                // kustomize writes the version of the object into the patch, and so a null where there is none.
                if !hasVersion, !objects.isRemoved(position) {
                    objects.update(position) { $0.tree["apiVersion"] = .null }
                }
            }
        case .operations(let operations):
            // To kustomize, no operations are no patch.
            guard !operations.operations.isEmpty else { return }
            try objects.update(position) { object in
                let before = object.id
                try object.checkTypes()
                // As JSON, which the patch is made for, it is no name.
                if object.typedName?.isNull == true { throw failure(before, "has a name that reads as null") }
                if remembersNames { object.rememberID() }
                do {
                    try object.patchAnnotated { try operations.apply(to: &$0) }
                } catch {
                    throw failure(before, "cannot be patched", cause: error)
                }
                try keepIdentity(&object, before)
            }
        }
    }

    /// A patch with a target says nothing of what it is for by its own name.
    private func addressed(_ patch: Tree, to object: BuildObject) -> Tree {
        var patch = patch
        // The version stays, even where the kind may change.
        patch["apiVersion"] = object.tree["apiVersion"]
        if !allowsKindChange { patch["kind"] = object.tree["kind"] }
        if !allowsNameChange { patch[path: ["metadata", "name"]] = object.tree[path: ["metadata", "name"]] }
        let namespace = object.tree[path: ["metadata", "namespace"]]
        if namespace?.map == nil, namespace?.list == nil { patch[path: ["metadata", "namespace"]] = namespace }
        // Kustomize rewrites these as strings here, null included: only a patch without target removes a label.
        for field in ["labels", "annotations"] {
            guard let entries = patch["metadata"]?[field]?.map, !entries.isEmpty else {
                if patch["metadata"]?[field] != nil { patch[path: ["metadata", field]] = nil }
                continue
            }
            let texts = entries.map { ($0.key, Tree.string($0.value.annotationText)) }
            patch[path: ["metadata", field]] = .map(TreeMap(texts))
        }
        return patch
    }

    private func merge(_ patch: Tree, at position: Int, to objects: inout ObjectSet) throws {
        let merge = StrategicMerge(schemas: schema)
        if objects.objects[position].notes.hasUntyped {
            objects.update(position) { $0.notes.settle(in: &$0.tree, by: merge) }
        }
        let object = objects.objects[position]
        let merged: Tree?
        do {
            merged = try merge.merge(patch, into: object.tree)
        } catch let mismatch as StrategicMerge.Mismatch {
            let field = mismatch.path.isEmpty ? "the object" : mismatch.path.joined(separator: ".")
            throw failure(object.id, "cannot be patched: \(field) \(mismatch.phrase)")
        }
        guard let merged else { return objects.remove(position) }
        try objects.update(position) { object in
            let kind = object.kind
            let name = object.name
            let namespace = object.namespace
            let held = object.tree["metadata"]?["namespace"]
            if allowsNameChange || allowsKindChange { object.rememberID() }
            if Self.takesAnnotationsAway(patch) { object.forgetNotes() }
            object.tree = merged
            if !allowsKindChange { object.kind = kind }
            if !allowsNameChange {
                object.name = name
                object.loseNameType()
            }
            // What is no text is no namespace, and goes.
            if object.namespace != namespace || namespace == nil {
                object.tree[path: ["metadata", "namespace"]] = namespace == nil ? nil : held
            }
            // kustomize writes it anew, without a type.
            if namespace != nil, held?.string == nil {
                object.notes.noteUntyped(["metadata", "namespace"], in: object.tree, nil)
            }
            guard object.tree.settleAnnotations() else {
                throw failure(object.id, "cannot be patched: metadata.annotations would be a list")
            }
        }
    }

    /// Whether nothing is left of the annotations that were there before.
    private static func takesAnnotationsAway(_ patch: Tree) -> Bool {
        guard let metadata = patch["metadata"] else { return false }
        return [metadata, metadata["annotations"]].contains { held in
            held?.isNull == true || ["replace", "delete"].contains(held?["$patch"]?.string)
        }
    }

    /// JSON patches may rewrite anything; what they leave has to be an object still.
    private func keepIdentity(_ object: inout BuildObject, _ before: ObjectID) throws {
        guard !object.kind.isEmpty, !object.name.isEmpty else {
            throw failure(before, "has no kind or no name after its patch")
        }
        guard object.tree.settleAnnotations() else {
            throw failure(before, "has a list in metadata.annotations after its patch")
        }
    }

    private func failure(_ id: ObjectID, _ reason: String, cause: (any Error)? = nil) -> BuildError {
        BuildError(
            .invalid,
            "\(place.file ?? "A kustomization"): \(place.field ?? "a patch"): \(id) \(reason)",
            at: .init(file: place.file, field: place.field, object: id.description),
            cause: cause
        )
    }
}
