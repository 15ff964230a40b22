import ArgumentParser
import KubeModel
import ManifestTree

/// `sluice reconcile`
struct ReconcileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Have an object reconciled now, and wait for it.",
        subcommands: [ReconcileSource.self, ReconcileKustomization.self]
    )
}

/// `sluice reconcile source`
struct ReconcileSource: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "source",
        abstract: "Have a source reconciled now.",
        subcommands: [ReconcileOCIRepository.self],
        aliases: ["sources"]
    )
}

/// `sluice reconcile source oci`
struct ReconcileOCIRepository: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "oci", abstract: "Have an OCIRepository fetched now.")

    @Argument(help: "The object's name.")
    var name: String

    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let session = try cluster.session(ToolContext.required())
        let key = ObjectKey(namespace: session.namespace, name: name)
        try await Reconciliation(session: session, kind: .ociRepository).request(key)
    }
}

/// `sluice reconcile kustomization`
struct ReconcileKustomization: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kustomization",
        abstract: "Have a Kustomization built and applied now.",
        aliases: ["ks", "kustomizations"]
    )

    @Argument(help: "The object's name.")
    var name: String

    @Flag(help: "Have its source fetched first.")
    var withSource = false

    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let session = try cluster.session(ToolContext.required())
        let key = ObjectKey(namespace: session.namespace, name: name)
        let reconciliation = Reconciliation(session: session, kind: .kustomization)
        let object = try await reconciliation.activeObject(key)
        if withSource {
            let source = try Self.source(of: object)
            try await Reconciliation(session: session, kind: .ociRepository).request(source)
        }
        try await reconciliation.request(key)
    }

    private static func source(of object: KubeObject) throws -> ObjectKey {
        let reference = object.tree[path: ["spec", "sourceRef"]]
        let kind = reference?["kind"]?.string ?? ""
        guard kind == ReconciledKind.ociRepository.name, let name = reference?["name"]?.string else {
            throw ToolError(
                .usage,
                "\(object.subject) has a source of the kind '\(kind)', which this version cannot reconcile; "
                    + "leave --with-source out"
            )
        }
        return ObjectKey(namespace: reference?["namespace"]?.string ?? object.namespace, name: name)
    }
}
