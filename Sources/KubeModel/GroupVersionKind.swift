/// A kind within its API group, whatever the version.
package struct GroupKind: Hashable, Sendable, CustomStringConvertible {
    /// Empty for the core group.
    package let group: String
    package let kind: String

    package init(group: String, kind: String) {
        self.group = group
        self.kind = kind
    }

    /// `Kind.group`, or `Kind` alone for the core group, as kubectl writes it.
    package var description: String { group.isEmpty ? kind : "\(kind).\(group)" }
}

/// What `apiVersion` and `kind` of an object say.
package struct GroupVersionKind: Hashable, Sendable, CustomStringConvertible {
    /// Empty for the core group.
    package let group: String
    package let version: String
    package let kind: String

    package init(group: String, version: String, kind: String) {
        self.group = group
        self.version = version
        self.kind = kind
    }

    /// Takes `v1` or `group/v1` apart.
    package init(apiVersion: String, kind: String) {
        let slash = apiVersion.firstIndex(of: "/")
        group = slash.map { String(apiVersion[..<$0]) } ?? ""
        version = slash.map { String(apiVersion[apiVersion.index(after: $0)...]) } ?? apiVersion
        self.kind = kind
    }

    /// `v1` or `group/v1`.
    package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// The same without the version.
    package var groupKind: GroupKind { GroupKind(group: group, kind: kind) }

    /// `apiVersion, Kind=kind`, as Kubernetes' own messages write it.
    package var description: String { "\(apiVersion), Kind=\(kind)" }
}
