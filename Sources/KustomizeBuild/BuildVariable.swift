import ManifestTree

/// One entry of `vars`: a name for a field of an object, written `$(NAME)` elsewhere.
struct BuildVariable: Sendable {
    let name: String
    let type: ObjectType
    let objectName: String
    let namespace: String
    let path: String
    let place: BuildError.Place

    init(_ entry: FieldReader) throws {
        var entry = entry
        name = try entry.string("name") ?? ""
        var object = try entry.map("objref")
        var type = ObjectType()
        var objectName = ""
        var namespace = ""
        if var reference = object {
            type = try ObjectType(&reference)
            let version = try reference.string("apiVersion") ?? ""
            if !version.isEmpty { type = ObjectType(apiVersion: version, kind: type.kind) }
            objectName = try reference.string("name") ?? ""
            namespace = try reference.string("namespace") ?? ""
            object = reference
        }
        try object?.finish()
        var path = ""
        if var field = try entry.map("fieldref") {
            path = try field.string("fieldpath") ?? ""
            try field.finish()
        }
        self.type = type
        self.objectName = objectName
        self.namespace = namespace
        self.path = path.isEmpty ? "metadata.name" : path
        place = .init(file: entry.file, field: entry.path)
        try entry.finish()
    }

    /// Whether it is the object with this identity that it means. Without a namespace it may be in any; with one it is
    /// none without.
    func means(_ id: ObjectID) -> Bool {
        guard id.type == type, id.name == objectName else { return false }
        if namespace.isEmpty { return true }
        return !type.isClusterScoped
            && id.namespace == ObjectID(type: type, name: objectName, namespace: namespace).namespace
    }

    /// As kustomize writes it in messages.
    var shown: String {
        let version = type.version.isEmpty ? "[noVer]" : type.version
        let group = type.group.isEmpty ? "[noGrp]" : type.group
        return "{\(name) \(type.kind).\(version).\(group) {\(path)}}"
    }

    func failure(_ code: BuildError.Code, _ reason: String) -> BuildError {
        BuildError(code, "\(place.file ?? ""): \(place.field ?? ""): \(reason)", at: place)
    }

    /// The path in the notation of `LookupPath`: `a[0]` is an index of a list there.
    var lookup: LookupPath {
        let steps = LookupPath(path).steps.flatMap { step -> [String] in
            guard step.hasSuffix("]"), let open = step.firstIndex(of: "["), open > step.startIndex else {
                return [step]
            }
            let index = step[step.index(after: open)...].dropLast()
            guard Int(index) != nil else { return [step] }
            return [String(step[..<open]), String(index)]
        }
        return LookupPath(text: path, steps: steps)
    }
}
