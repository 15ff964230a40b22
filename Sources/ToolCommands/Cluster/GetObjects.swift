import ArgumentParser
import KubeClient
import KubeModel
import ManifestTree

/// `sluice get`
struct GetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Show objects and their status.",
        subcommands: [GetSources.self, GetKustomizations.self]
    )
}

/// `sluice get sources`
struct GetSources: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sources",
        abstract: "Show sources.",
        subcommands: [GetOCIRepositories.self],
        aliases: ["source"]
    )
}

/// `sluice get sources oci`
struct GetOCIRepositories: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "oci", abstract: "Show OCIRepositories.")

    @OptionGroup var options: GetOptions

    func run() async throws { try await options.show(.ociRepository) }
}

/// `sluice get kustomizations`
struct GetKustomizations: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kustomizations",
        abstract: "Show Kustomizations.",
        aliases: ["ks", "kustomization"]
    )

    @OptionGroup var options: GetOptions

    func run() async throws { try await options.show(.kustomization) }
}

/// The arguments and flags of every `get`.
struct GetOptions: ParsableArguments {
    @Argument(help: "One object; all of the namespace without.")
    var name: String?

    @Flag(name: [.customShort("A"), .long], help: "All namespaces.")
    var allNamespaces = false

    @Flag(help: "Leave the header line out.")
    var noHeader = false

    @Option(help: "Only objects with this condition, as type=status or type!=status, such as ready=false.")
    var statusSelector: StatusSelector?

    @Option(name: [.customShort("l"), .long], help: "Only objects with these labels, as kubectl writes them.")
    var labelSelector: String?

    @Option(name: .shortAndLong, help: "json or yaml.")
    var output: OutputFormat?

    @OptionGroup var cluster: ClusterOptions

    func show(_ kind: ReconciledKind) async throws {
        let context = try ToolContext.required()
        let session = try cluster.session(context)
        let objects = try await objects(kind, session).filter { statusSelector?.takes($0) ?? true }
        if let output {
            context.standardOutput(output.render(document(objects)))
            return
        }
        let namespaces = allNamespaces ? ["namespace"] : []
        var table = TextTable(
            namespaces + ["name", "revision", "suspended", "ready", "message"],
            showsHeader: !noHeader
        )
        for object in objects { table.add((allNamespaces ? [object.namespace] : []) + Self.row(object, kind)) }
        context.write(table.text)
    }

    private func objects(_ kind: ReconciledKind, _ session: ClusterSession) async throws -> [KubeObject] {
        if let name, !allNamespaces {
            return [try await session.object(kind, ObjectKey(namespace: session.namespace, name: name))]
        }
        let namespace = allNamespaces ? nil : session.namespace
        let labels = try labelSelector.map { try LabelSelector(parsing: $0) } ?? LabelSelector()
        let list = try await session.client.list(kind.type, namespace: namespace, options: ListOptions(labels: labels))
        let found = list.items.filter { name == nil || $0.name == name }.sorted { $0.key < $1.key }
        guard !found.isEmpty else { throw kind.noneFound(in: namespace) }
        return found
    }

    /// One object by name is shown as itself, everything else as a list.
    private func document(_ objects: [KubeObject]) -> Tree {
        if name != nil, !allNamespaces, let object = objects.first { return object.tree }
        return ["apiVersion": "v1", "kind": "List", "metadata": [:], "items": .list(objects.map(\.tree))]
    }

    private static func row(_ object: KubeObject, _ kind: ReconciledKind) -> [String] {
        let ready = object.conditions["Ready"]
        return [
            object.name,
            TextTable.shorteningDigests(kind.revision(of: object)),
            object.isSuspended ? "True" : "False",
            ready?.status.rawValue ?? "False",
            TextTable.shorteningDigests(ready?.message ?? "waiting to be reconciled"),
        ]
    }
}

/// A condition that objects have to have, or not.
struct StatusSelector: ExpressibleByArgument, Sendable {
    private let type: String
    private let status: String
    private let isNegated: Bool

    init?(argument: String) {
        let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty else { return nil }
        isNegated = parts[0].hasSuffix("!")
        let name = isNegated ? parts[0].dropLast() : parts[0]
        guard !name.isEmpty else { return nil }
        type = name.lowercased()
        status = parts[1].lowercased()
    }

    /// An absent condition counts as unknown; case does not count.
    func takes(_ object: KubeObject) -> Bool {
        let condition = object.conditions.first { $0.type.lowercased() == type }
        let actual = condition?.status.rawValue.lowercased() ?? "unknown"
        return (actual == status) != isNegated
    }
}
