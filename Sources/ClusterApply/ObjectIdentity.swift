package import KubeModel

/// Which object is meant, whatever its version: what an inventory remembers.
package struct ObjectIdentity: Hashable, Sendable, CustomStringConvertible {
    package let group: String
    package let kind: String
    /// Empty for objects in no namespace.
    package let namespace: String
    package let name: String

    package init(_ kind: GroupKind, _ key: ObjectKey) {
        group = kind.group
        self.kind = kind.kind
        namespace = key.namespace
        name = key.name
    }

    package init(_ object: KubeObject) { self.init(object.gvk.groupKind, object.key) }

    /// Reads `<namespace>_<name>_<group>_<kind>`. Neither namespace nor group nor kind can hold an underscore, so
    /// whatever is between the first and the last two belongs to the name. Nil for anything else.
    package init?(id: String) {
        guard let first = id.firstIndex(of: "_"), let last = id.lastIndex(of: "_"), first < last,
            let middle = id[..<last].lastIndex(of: "_"), first < middle
        else { return nil }
        group = String(id[id.index(after: middle)..<last])
        kind = String(id[id.index(after: last)...])
        namespace = String(id[..<first])
        let written = String(id[id.index(after: first)..<middle])
        name = Self.allowsColons(group, kind) ? Self.replace("__", by: ":", in: written) : written
        guard !kind.isEmpty, !name.isEmpty else { return nil }
    }

    /// The form that `status.inventory.entries[].id` has.
    package var id: String {
        let written = Self.allowsColons(group, kind) ? Self.replace(":", by: "__", in: name) : name
        return "\(namespace)_\(written)_\(group)_\(kind)"
    }

    package var groupKind: GroupKind { GroupKind(group: group, kind: kind) }
    package var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }

    /// `Kind/namespace/name`, as messages name it.
    package var description: String { "\(kind)/\(key)" }

    private static func allowsColons(_ group: String, _ kind: String) -> Bool {
        group == "rbac.authorization.k8s.io"
            && ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"].contains(kind)
    }

    private static func replace(_ old: String, by new: String, in text: String) -> String {
        var result = ""
        var rest = Substring(text)
        while let character = rest.first {
            if rest.hasPrefix(old) {
                result += new
                rest = rest.dropFirst(old.count)
            } else {
                result.append(character)
                rest = rest.dropFirst()
            }
        }
        return result
    }
}
