/// Group, version and kind of an object.
struct ObjectType: Hashable, Sendable {
    var group: String
    var version: String
    var kind: String

    init(group: String = "", version: String = "", kind: String = "") {
        self.group = group
        self.version = version
        self.kind = kind
    }

    init(apiVersion: String, kind: String) {
        if let slash = apiVersion.utf8.firstIndex(of: UInt8(ascii: "/")) {
            group = String(apiVersion[..<slash])
            version = String(apiVersion[apiVersion.utf8.index(after: slash)...])
        } else {
            group = ""
            version = apiVersion
        }
        self.kind = kind
    }

    var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// Whether this type is one of those that `filter` means; its empty parts mean any.
    func isSelected(by filter: ObjectType) -> Bool {
        (filter.kind.isEmpty || filter.kind == kind) && (filter.group.isEmpty || filter.group == group)
            && (filter.version.isEmpty || filter.version == version)
    }

    /// Whether objects of this type live outside of namespaces, as far as kustomize knows.
    var isClusterScoped: Bool { TypeTable.clusterScoped.contains(self) }
}

/// What makes an object itself within one build. The namespace is the effective one, so that equal identities are
/// equal values: `default` for none, and a mark of its own for objects outside of namespaces.
struct ObjectID: Hashable, Sendable, CustomStringConvertible {
    let type: ObjectType
    let name: String
    let namespace: String

    static let clusterNamespace = "_non_namespaceable_"

    init(type: ObjectType, name: String, namespace: String) {
        self.type = type
        self.name = name
        if type.isClusterScoped {
            self.namespace = Self.clusterNamespace
        } else {
            self.namespace = namespace.isEmpty ? "default" : namespace
        }
    }

    var isClusterScoped: Bool { namespace == Self.clusterNamespace }

    /// Group and version tell few objects of one kind and name apart, so they are not worth their time.
    func hash(into hasher: inout Hasher) {
        hasher.combine(type.kind)
        hasher.combine(name)
        hasher.combine(namespace)
    }

    /// As kustomize writes it in messages, which scripts look for.
    var kustomizeText: String {
        let parts = [(type.kind, "[noKind]"), (type.version, "[noVer]"), (type.group, "[noGrp]")]
        let shownType = parts.map { $0.isEmpty ? $1 : $0 }.joined(separator: ".")
        let isWritten = !isClusterScoped && namespace != "default"
        return "\(shownType)/\(name.isEmpty ? "[noName]" : name).\(isWritten ? namespace : "[noNs]")"
    }

    /// `Kind/namespace/name`, or `Kind/name` outside of namespaces.
    var description: String {
        isClusterScoped ? "\(type.kind)/\(name)" : "\(type.kind)/\(namespace)/\(name)"
    }
}
