package import ControllerRuntime
import KubeClient
package import KubeModel
package import Logging
import SluiceAPI

/// The ConfigMaps and Secrets that Kustomizations take variables from, watched so that a change of one wakes whoever
/// names it.
package struct VariableReferences: Sendable {
    private let configMaps: ReferencedObjects
    private let secrets: ReferencedObjects

    init(client: KubeClient) {
        func objects(_ resource: String, _ kind: String) -> ReferencedObjects {
            let type = ResourceType(group: "", version: "v1", resource: resource, kind: kind, namespaced: true)
            return ReferencedObjects(client: client, type: type)
        }
        configMaps = objects("configmaps", "ConfigMap")
        secrets = objects("secrets", "Secret")
    }

    /// The watchers that keep this up to date; `onChange` is given every Kustomization that names what changed.
    /// - Parameter namespace: nil for all.
    package func watchers(
        namespace: String?,
        logger: Logger,
        onChange: @escaping @Sendable (ObjectKey) -> Void
    ) -> [Watcher] {
        [
            configMaps.watcher(namespace: namespace, logger: logger, onChange: onChange),
            // Releases of Helm are most of the Secrets of many clusters, and nobody takes variables from them.
            secrets.watcher(
                namespace: namespace,
                fields: "type!=helm.sh/release.v1",
                logger: logger,
                onChange: onChange
            ),
        ]
    }

    /// What a Kustomization names; nil where it is not there.
    /// - Throws: `KubeError`.
    func object(_ type: ResourceType, _ key: ObjectKey, for dependent: ObjectKey) async throws -> KubeObject? {
        try await (type.kind == "Secret" ? secrets : configMaps).object(key, for: dependent)
    }

    /// Ends the interest of a Kustomization in everything but these.
    func keep(only references: [Kustomization.VariableReference], for dependent: ObjectKey) {
        for kind in [Kustomization.VariableReference.Kind.configMap, .secret] {
            let names = references.filter { $0.kind == kind }.map(\.name)
            let keys = Set(names.map { ObjectKey(namespace: dependent.namespace, name: $0) })
            objects(kind).keep(only: keys, for: dependent)
        }
    }

    /// Forgets what a Kustomization named that is gone.
    package func forget(_ dependent: ObjectKey) { keep(only: [], for: dependent) }

    /// The objects of one kind.
    func objects(_ kind: Kustomization.VariableReference.Kind) -> ReferencedObjects {
        kind == .secret ? secrets : configMaps
    }
}
