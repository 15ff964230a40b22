import ArgumentParser
import CoreModel
import KubeClient
import KubeModel

/// The flags of every command that talks to a cluster.
struct ClusterOptions: ParsableArguments {
    @Option(help: "The kubeconfig file; else KUBECONFIG, or ~/.kube/config.")
    var kubeconfig: String?

    @Option(help: "The context of the kubeconfig.")
    var context: String?

    @Option(name: .shortAndLong, help: "The namespace; else FLUX_SYSTEM_NAMESPACE, or flux-system.")
    var namespace: String?

    @Option(help: "How long to wait.")
    var timeout = DurationArgument.standard

    /// - Throws: `KubeError` when no cluster is configured.
    func session(_ context: ToolContext) throws -> ClusterSession {
        let source = ClusterConfig.Source(
            kubeconfig: kubeconfig,
            context: self.context,
            environment: context.environment
        )
        var options = KubeClient.Options()
        options.clock = context.clock
        let fallback = context.environment["FLUX_SYSTEM_NAMESPACE"].flatMap { $0.isEmpty ? nil : $0 } ?? "flux-system"
        return ClusterSession(
            client: KubeClient(config: try .load(source), transport: context.transport, options: options),
            namespace: namespace ?? fallback,
            timeout: timeout.duration,
            context: context
        )
    }
}

/// A cluster, and where in it one command works.
struct ClusterSession: Sendable {
    let client: KubeClient
    let namespace: String
    let timeout: Duration
    let context: ToolContext

    /// Who the API server records as the writer.
    private static let manager = "sluice-cli"

    /// The object of that name.
    /// - Throws: `ToolError` with `notFound`.
    func object(_ kind: ReconciledKind, _ key: ObjectKey) async throws -> KubeObject {
        guard let object = try await client.get(kind.type, key) else {
            throw ToolError(
                .notFound,
                "\(kind.name) object '\(key.name)' not found in \"\(key.namespace)\" namespace; "
                    + "see 'sluice get \(kind.words) -A'"
            )
        }
        return object
    }

    /// The named objects, or all of the namespace where no name is given.
    func objects(_ kind: ReconciledKind, names: [String]) async throws -> [KubeObject] {
        guard names.isEmpty else {
            var found: [KubeObject] = []
            for name in names { found.append(try await object(kind, ObjectKey(namespace: namespace, name: name))) }
            return found
        }
        let all = try await client.list(kind.type, namespace: namespace).items
        guard !all.isEmpty else { throw kind.noneFound(in: namespace) }
        return all
    }

    @discardableResult
    func merge(_ kind: ReconciledKind, _ key: ObjectKey, _ patch: KubePatch) async throws -> KubeObject {
        try await client.patch(kind.type, key, patch, WriteOptions(fieldManager: Self.manager))
    }
}
