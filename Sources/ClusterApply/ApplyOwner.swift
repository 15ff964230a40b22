package import KubeModel

/// The object that other objects are applied for; two labels on each of them say so.
package struct ApplyOwner: Hashable, Sendable {
    /// The group of the label and annotation keys.
    package let group: String
    package let key: ObjectKey

    package init(_ key: ObjectKey, group: String = "kustomize.toolkit.fluxcd.io") {
        self.key = key
        self.group = group
    }

    package var labels: [String: String] { ["\(group)/name": key.name, "\(group)/namespace": key.namespace] }

    /// Selects what has both labels.
    package var selector: LabelSelector { LabelSelector(equals: labels) }

    /// Both labels are there and name this owner.
    package func owns(_ labels: [String: String]) -> Bool {
        self.labels.allSatisfy { labels[$0.key] == $0.value }
    }
}
