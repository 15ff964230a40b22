package import ControllerRuntime
package import KubeClient
package import KubeModel
package import Logging

/// The Secrets and ServiceAccounts that sources name, watched so that a change of one wakes whoever names it.
package struct SourceReferences: Sendable {
    private static let secretType = ResourceType(
        group: "",
        version: "v1",
        resource: "secrets",
        kind: "Secret",
        namespaced: true
    )
    private static let accountType = ResourceType(
        group: "",
        version: "v1",
        resource: "serviceaccounts",
        kind: "ServiceAccount",
        namespaced: true
    )

    let client: KubeClient
    let secrets: ReferencedObjects
    let accounts: ReferencedObjects

    package init(client: KubeClient) {
        self.client = client
        secrets = ReferencedObjects(client: client, type: Self.secretType)
        accounts = ReferencedObjects(client: client, type: Self.accountType)
    }

    /// The watchers that keep this up to date; `onChange` is given every source that names what changed.
    /// - Parameter namespace: nil for all.
    package func watchers(
        namespace: String?,
        logger: Logger,
        onChange: @escaping @Sendable (ObjectKey) -> Void
    ) -> [Watcher] {
        [
            // Helm keeps every release of every chart in a Secret; those are most of the Secrets of many clusters, and
            // no source takes anything from them.
            secrets.watcher(
                namespace: namespace,
                fields: "type!=helm.sh/release.v1",
                logger: logger,
                onChange: onChange
            ),
            accounts.watcher(namespace: namespace, logger: logger, onChange: onChange),
        ]
    }

    /// Forgets what a source named that is gone.
    package func forget(_ source: ObjectKey) {
        secrets.keep(only: [], for: source)
        accounts.keep(only: [], for: source)
    }
}
