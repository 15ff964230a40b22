import ManifestTree

/// `replacements`: copies values between objects, in the order in which they are listed.
struct ReplacementTransformer: Transformer {
    let replacements: [Replacement]

    func transform(_ objects: inout ObjectSet) throws {
        for replacement in replacements {
            var source = try source(of: replacement, objects)
            for target in replacement.targets {
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

        /// Whether a write to an object may change the value too.
        func isIn(_ position: Int) -> Bool { field?.position == position && !isDetached }

        /// To be called after a write at `path`.
        mutating func refresh(from object: Tree, after path: LookupPath) {
            guard let field, let now = try? field.path.value(in: object), now != value else { return }
            if path.steps.count < field.path.steps.count { isDetached = true } else { value = now }
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
        guard let value, !value.isNull, value.map?.isEmpty != true, value.list?.isEmpty != true else {
            throw failure(
                replacement,
                "fieldPath `\(field.path.text)` is missing for replacement source \(field.identity)",
                object.id.description
            )
        }
        guard field.options.delimiter.isEmpty else { return Source(try part(of: value, field, replacement)) }
        return Source(value, (position, field.path))
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

    /// What a new field is that is given no text: kustomize makes it in the style of what is around it, and so in JSON
    /// only it has quotes. Annotations are always text.
    private static func newEmpty(at path: LookupPath, in object: BuildObject) -> Tree {
        let isText = object.isFlow || path.steps.starts(with: ["metadata", "annotations"])
        return isText ? .string("") : .null
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
            let leaf: LookupPath.Leaf? = creates ? source.value.leaf : nil
            if let leaf, leaf != .scalar, source.isIn(site.position) {
                // A field that is made inside of the source is a part of what is copied.
                _ = try path.apply(to: &object.tree, creating: leaf) { _, _ in }
                source.refresh(from: object.tree, after: path)
            }
            let value = source.value
            var edit = ScalarEdit(options: site.options)
            edit.newEmpty = Self.newEmpty(at: path, in: object)
            edit.ignoresType = object.isNameUntyped && path.steps == ["metadata", "name"]
            let count = try path.apply(to: &object.tree, creating: leaf) { field, isNew in
                try edit.set(&field, to: value, isNew: isNew)
            }
            guard count > 0 else { throw LookupPath.Mismatch(phrase: "") }
            if source.isIn(site.position) { source.refresh(from: object.tree, after: path) }
            object.retype(path)
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
            object.mistyped.append(MistypedField(path: path, type: type, text: text, error: error))
        }
    }
}

/// Writes a value into a field. A scalar keeps its type and takes only the text of another scalar.
struct ScalarEdit {
    struct Problem: Error {
        let phrase: String
        /// What the field held, and the text that it holds now, where that is none of the same type.
        var mistyped: (type: Tree, text: String)?
    }

    let options: Replacement.Options
    /// A new field without text.
    var newEmpty = Tree.string("")
    /// Whether the type of what was there does not matter.
    var ignoresType = false

    func set(_ field: inout Tree, to value: Tree, isNew: Bool) throws {
        var text = value.scalarText ?? ""
        if !options.delimiter.isEmpty {
            guard let held = isNew ? "" : field.isNull ? "null" : field.scalarText else {
                throw Problem(phrase: "delimiter option can only be used with scalar nodes")
            }
            text = spliced(text, into: held)
        }
        // Text that is nothing stays text; all else gets the type that it reads as.
        if isNew || field.isNull, text.isEmpty, field.map == nil, field.list == nil {
            field = isNew ? newEmpty : .string("")
            return
        }
        switch field {
        case .list, .map: field = options.delimiter.isEmpty ? value : .string(text)
        case .string, .number, .bool, .null:
            let held = field
            let read = isNew || ignoresType ? PlainScalar.value(of: text) : PlainScalar.value(of: text, typedAs: field)
            field = read ?? .string(text)
            guard read != nil else {
                throw Problem(
                    phrase: "cannot decode `\(text)` as the \(held.kindName.dropArticle) that stands there",
                    mistyped: (held, text)
                )
            }
        }
    }

    private func spliced(_ text: String, into held: String) -> String {
        var parts = held.split(parts: options.delimiter)
        if options.index < 0 {
            parts.insert(text, at: 0)
        } else if let index = Int(exactly: options.index), index < parts.count {
            parts[index] = text
        } else {
            parts.append(text)
        }
        return parts.joined(separator: options.delimiter)
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

extension String {
    /// The parts between a delimiter, empty ones too.
    fileprivate func split(parts delimiter: String) -> [String] {
        let bytes = Array(utf8)
        let mark = Array(delimiter.utf8)
        var parts: [String] = []
        var start = 0
        var index = 0
        while index + mark.count <= bytes.count {
            guard bytes[index] == mark[0], bytes[index..<(index + mark.count)].elementsEqual(mark) else {
                index += 1
                continue
            }
            parts.append(String(decoding: bytes[start..<index], as: UTF8.self))
            index += mark.count
            start = index
        }
        return parts + [String(decoding: bytes[start...], as: UTF8.self)]
    }

    fileprivate var dropArticle: Substring { hasPrefix("a ") ? dropFirst(2) : self[...] }
}

extension Tree {
    /// What kind of node a copy of this makes.
    fileprivate var leaf: LookupPath.Leaf {
        switch self {
        case .list: .list
        case .map: .map
        case .null, .bool, .number, .string: .scalar
        }
    }
}
