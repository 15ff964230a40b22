import ManifestTree

/// `replacements`: copies values between objects, in the order in which they are listed.
struct ReplacementTransformer: Transformer {
    let replacements: [Replacement]
    let pace: BuildPace

    func transform(_ objects: inout ObjectSet) throws {
        for replacement in replacements {
            var source = try source(of: replacement, objects)
            for target in replacement.targets {
                try pace.check()
                for position in objects.objects.indices where Self.selects(target, objects.objects[position]) {
                    try objects.update(position) { object in
                        for path in target.paths {
                            let site = Site(position: position, path: path, options: target.options)
                            try write(&source, to: site, in: &object, for: replacement)
                        }
                        settle(&object, target)
                    }
                }
            }
        }
    }

    /// What is copied. kustomize holds on to the field itself: what a replacement makes of it is what goes to the
    /// targets that follow.
    private struct Source {
        private(set) var value: Tree
        /// The object that the field belongs to and where it is there; nil for a value of its own.
        let field: (position: Int, path: LookupPath)?
        /// A write has replaced what is around the field.
        private var isDetached = false

        init(_ value: Tree, _ field: (position: Int, path: LookupPath)? = nil) {
            self.value = value
            self.field = field
        }

        /// Copies to the fields of the object at a position.
        /// - Parameter notes: Knows which of them have no type of their own, and hears of those that are made.
        mutating func copy(
            to path: LookupPath,
            in tree: inout Tree,
            at position: Int,
            _ notes: inout ScalarNotes,
            _ edit: ScalarEdit
        ) throws {
            let looks = edit.options.creates || notes.hasUntyped
            let places = looks ? try path.places(in: tree).map(\.steps) : []
            let before = Before(places: places, untyped: Set(places.filter { notes.isUntyped($0, in: tree) }))
            let text = value.scalarText
            defer { for steps in before.untyped { notes.noteUntyped(steps, in: tree, text) } }
            if let field, field.position == position, !isDetached {
                try copyAmong(field.path, to: path, in: &tree, before, edit)
            } else {
                try write(to: path, in: &tree, before, edit)
            }
            guard edit.options.creates, value.leaf == .scalar else { return }
            for place in try path.places(in: tree) where !before.all.contains(place.steps) {
                notes.noteUntyped(place.steps, in: tree, text)
            }
        }

        private func write(
            to path: LookupPath,
            in tree: inout Tree,
            _ before: Before,
            _ edit: ScalarEdit
        ) throws {
            let value = value
            var old = before.places[...]
            let count = try path.apply(to: &tree, creating: edit.options.creates ? value.leaf : nil) { field, state in
                // Those that are there already are met in their order.
                let isUntyped = state == .typed && old.popFirst().map(before.untyped.contains) == true
                try edit.set(&field, to: value, isUntyped ? .untyped : state)
            }
            guard count > 0 else { throw LookupPath.Mismatch(phrase: "") }
        }

        /// Copies where the source is in the same object, and may be one of the fields: one field after the other.
        /// Before that those are made that are missing: in a map that is the source they are a part of it.
        private mutating func copyAmong(
            _ own: LookupPath,
            to path: LookupPath,
            in tree: inout Tree,
            _ before: Before,
            _ edit: ScalarEdit
        ) throws {
            var made = 0
            if edit.options.creates {
                made = try path.apply(to: &tree, creating: value.leaf) { _, _ in }
                refresh(own, in: tree, after: path)
            }
            let places = try path.places(in: tree)
            guard made > 0 || !places.isEmpty else { throw LookupPath.Mismatch(phrase: "") }
            for place in places {
                let isNew = edit.options.creates && !before.all.contains(place.steps)
                let state: ScalarEdit.State = isNew ? .new : before.untyped.contains(place.steps) ? .untyped : .typed
                let value = value
                // Also what is no value of its field was written.
                defer { refresh(own, in: tree, after: path) }
                _ = try place.apply(to: &tree, creating: nil) { field, _ in try edit.set(&field, to: value, state) }
            }
        }

        private mutating func refresh(_ own: LookupPath, in tree: Tree, after path: LookupPath) {
            guard !isDetached, let now = try? own.value(in: tree), now != value else { return }
            if path.steps.count < own.steps.count { isDetached = true } else { value = now }
        }
    }

    /// The places of a path before a write, by their steps, and which of them have no type of their own.
    private struct Before {
        let places: [[String]]
        let untyped: Set<[String]>
        let all: Set<[String]>

        init(places: [[String]], untyped: Set<[String]>) {
            self.places = places
            self.untyped = untyped
            all = Set(places)
        }
    }

    /// A field of the object at a position.
    private struct Site {
        let position: Int
        let path: LookupPath
        let options: Replacement.Options
    }

    /// Whatever was written among the annotations becomes text when kustomize looks at them next.
    private func settle(_ object: inout BuildObject, _ target: Replacement.Target) {
        guard target.paths.contains(where: { $0.steps.starts(with: ["metadata", "annotations"]) }) else { return }
        _ = object.tree.settleAnnotations()
    }

    private func failure(_ replacement: Replacement, _ reason: String, _ object: String? = nil) -> BuildError {
        let place = replacement.place
        return BuildError(
            .invalid,
            "\(place.file ?? ""): \(place.field ?? ""): \(reason)",
            at: .init(file: place.file, field: place.field, object: object)
        )
    }

    // MARK: Source

    private func source(of replacement: Replacement, _ objects: ObjectSet) throws -> Source {
        let field: Replacement.SourceField
        switch replacement.source {
        case .value(let text):
            // Text without a type of its own, unless reading it would rewrite it.
            return Source(PlainScalar.value(of: text).flatMap { $0.scalarText == text ? $0 : nil } ?? .string(text))
        case .field(let source): field = source
        }
        let found = objects.objects.indices.filter { Self.isSource(objects.objects[$0], field) }
        guard let position = found.first else { throw failure(replacement, "nothing selected by \(field.selector)") }
        let object = objects.objects[position]
        guard found.count == 1 else {
            let names = found.map { objects.objects[$0].id.description }.joined(separator: ", ")
            throw failure(replacement, "multiple matches for selector \(field.selector): \(names)")
        }
        let value: Tree?
        do {
            value = try field.path.value(in: object.tree)
        } catch let mismatch as LookupPath.Mismatch {
            throw failure(replacement, "error looking up replacement source: \(mismatch.phrase)", object.id.description)
        }
        guard let value, !value.isNull, value.map?.isEmpty != true, value.list?.isEmpty != true,
            !object.notes.isEmptied(field.path, in: object.tree)
        else {
            throw failure(
                replacement,
                "fieldPath `\(field.path.text)` is missing for replacement source \(field.identity)",
                object.id.description
            )
        }
        guard field.options.delimiter.isEmpty else { return Source(try part(of: value, field, replacement)) }
        // Where it is, not how it was found: a target may change what the path looks for.
        let place = (try? field.path.places(in: object.tree))?.first { (try? $0.value(in: object.tree)) == value }
        return Source(value, (position, place ?? field.path))
    }

    /// By what it is called now, every object counts as one with a namespace: the one that is written, or `default`.
    private static func isSource(_ object: BuildObject, _ source: Replacement.SourceField) -> Bool {
        let written = object.namespace ?? ""
        return isSource(object.id, in: written.isEmpty ? "default" : written, source)
            || object.previousIDs.contains { isSource($0, in: $0.namespace, source) }
    }

    private static func isSource(_ id: ObjectID, in namespace: String, _ source: Replacement.SourceField) -> Bool {
        (source.name.isEmpty || source.name == id.name) && (source.namespace.isEmpty || source.namespace == namespace)
            && id.type.isSelected(by: source.type)
    }

    private func part(of value: Tree, _ source: Replacement.SourceField, _ replacement: Replacement) throws -> Tree {
        guard let text = value.scalarText else {
            throw failure(replacement, "delimiter option can only be used with scalar nodes")
        }
        let parts = text.split(parts: source.options.delimiter)
        guard let index = Int(exactly: source.options.index), parts.indices.contains(index) else {
            throw failure(replacement, "options.index \(source.options.index) is out of bounds for value \(text)")
        }
        return PlainScalar.value(of: parts[index], typedAs: value) ?? .string(parts[index])
    }

    // MARK: Targets

    private static func selects(_ target: Replacement.Target, _ object: BuildObject) -> Bool {
        target.selector.satisfiesLabels(object)
            && !target.rejected.contains { $0.hasLabels && $0.satisfiesLabels(object) }
            && !target.rejected.contains { $0.hasNames && $0.selectsWritten(object) }
            && target.selector.selectsWritten(object)
    }

    private func write(
        _ source: inout Source,
        to site: Site,
        in object: inout BuildObject,
        for replacement: Replacement
    ) throws {
        let path = site.path
        let creates = site.options.creates
        do {
            if try StructuredText.write(source.value, at: path, in: &object.tree, creates: creates) {
                return
            }
            var edit = ScalarEdit(options: site.options)
            edit.newEmpty = object.isFlow ? .string("") : .null
            edit.isText = path.steps.starts(with: ["metadata", "annotations"])
            if path.steps == ["metadata", "name"] { object.noteReplacedName() }
            let open = object.openFields
            if source.value.scalarText?.isEmpty ?? true { object.notes.noteEmptied(path, in: object.tree) }
            try source.copy(to: path, in: &object.tree, at: site.position, &object.notes, edit)
            object.retype(open)
        } catch let mismatch as LookupPath.Mismatch {
            let verb = creates ? "find or create" : "find"
            let reason = mismatch.phrase.isEmpty ? "" : ": \(mismatch.phrase)"
            throw failure(
                replacement,
                "unable to \(verb) field \"\(path.text)\" in replacement target \(object.id)\(reason)",
                object.id.description
            )
        } catch let problem as ScalarEdit.Problem {
            let error = failure(
                replacement,
                "\(path.text) of \(object.id): \(problem.phrase)",
                object.id.description
            )
            guard let mistyped = problem.mistyped else { throw error }
            let (type, text) = mistyped
            let written = (try? path.places(in: object.tree)) ?? []
            object.mistyped.append(
                MistypedField(path: path, type: type, text: text, error: error, written: written)
            )
        }
    }
}

extension Replacement.SourceField {
    /// The object as kustomize writes it in messages.
    var identity: String {
        let parts = [(type.kind, "[noKind]"), (type.version, "[noVer]"), (type.group, "[noGrp]")]
        let type = parts.map { $0.isEmpty ? $1 : $0 }.joined(separator: ".")
        return "\(type)/\(name.isEmpty ? "[noName]" : name).\(namespace.isEmpty ? "[noNs]" : namespace)"
    }

    fileprivate var selector: String { path.text == "metadata.name" ? identity : "\(identity):\(path.text)" }
}
