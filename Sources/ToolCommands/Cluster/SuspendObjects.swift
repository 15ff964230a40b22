import ArgumentParser
import KubeModel
import ManifestTree

/// `sluice suspend`
struct SuspendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspend",
        abstract: "Pause reconciliation.",
        subcommands: [SuspendSource.self, SuspendKustomization.self]
    )
}

/// `sluice suspend source`
struct SuspendSource: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "source",
        abstract: "Pause a source.",
        subcommands: [SuspendOCIRepository.self],
        aliases: ["sources"]
    )
}

/// `sluice suspend source oci`
struct SuspendOCIRepository: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "oci", abstract: "Pause OCIRepositories.")

    @OptionGroup var selection: SelectionOptions

    func run() async throws { try await selection.suspend(.ociRepository) }
}

/// `sluice suspend kustomization`
struct SuspendKustomization: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kustomization",
        abstract: "Pause Kustomizations.",
        aliases: ["ks", "kustomizations"]
    )

    @OptionGroup var selection: SelectionOptions

    func run() async throws { try await selection.suspend(.kustomization) }
}

/// `sluice resume`
struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on with reconciliation.",
        subcommands: [ResumeSource.self, ResumeKustomization.self]
    )
}

/// `sluice resume source`
struct ResumeSource: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "source",
        abstract: "Go on with a source.",
        subcommands: [ResumeOCIRepository.self],
        aliases: ["sources"]
    )
}

/// `sluice resume source oci`
struct ResumeOCIRepository: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "oci", abstract: "Go on with OCIRepositories.")

    @OptionGroup var selection: SelectionOptions

    func run() async throws { try await selection.resume(.ociRepository) }
}

/// `sluice resume kustomization`
struct ResumeKustomization: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kustomization",
        abstract: "Go on with Kustomizations.",
        aliases: ["ks", "kustomizations"]
    )

    @OptionGroup var selection: SelectionOptions

    func run() async throws { try await selection.resume(.kustomization) }
}

/// Which objects a command is about.
struct SelectionOptions: ParsableArguments {
    @Argument(help: "The objects' names.")
    var names: [String] = []

    @Flag(help: "All objects of the namespace.")
    var all = false

    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        guard all == names.isEmpty else {
            throw ValidationError("Name one or more objects, or give --all for all of the namespace, not both")
        }
    }

    func suspend(_ kind: ReconciledKind) async throws {
        let session = try cluster.session(ToolContext.required())
        for object in try await session.objects(kind, names: names) {
            let place = "\(kind.name) \(object.name) in \(object.namespace) namespace"
            session.context.action("suspending \(place)")
            try await session.merge(kind, object.key, .merge(["spec": ["suspend": true]]))
            session.context.success("\(kind.name) suspended")
        }
    }

    func resume(_ kind: ReconciledKind) async throws {
        let session = try cluster.session(ToolContext.required())
        let context = session.context
        let objects = try await session.objects(kind, names: names)
        for object in objects {
            context.action("resuming \(kind.name) \(object.name) in \(object.namespace) namespace")
            try await session.merge(kind, object.key, .merge(["spec": ["suspend": .null]]))
            context.success("\(kind.name) resumed")
        }
        for object in objects {
            context.waiting("waiting for \(kind.name) reconciliation")
            let ready = try await Reconciliation(session: session, kind: kind).finished(object.key) { _ in true }
            context.success("\(kind.name) \(object.name) reconciliation completed")
            context.success("\(kind.verb) revision \(kind.revision(of: ready))")
        }
    }
}
