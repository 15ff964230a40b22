import ArgumentParser
import KustomizeBuild
import SafeFiles
import SystemPackage

/// `sluice kustomize DIR|URL`: prints what it builds to, byte for byte as kustomize does.
///
/// Its flags are in no groups: ArgumentParser looks up conformances for each group that it reads, and a lookup takes as
/// long as the build of an object.
struct KustomizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kustomize",
        // Builds of small overlays take less time than looking for the flags that ask for completion scripts, which
        // belong to the root.
        _superCommandName: "sluice",
        abstract: "Build a kustomization and print its objects.",
        discussion: "Takes the flags of kustomize build and of kubectl kustomize. The fields of a kustomization, and "
            + "what differs from kustomize, are described in Sources/KustomizeBuild/kustomization-fields.md."
    )

    @Argument(help: "The directory with the kustomization file, or the URL of one in a git repository.")
    var directory = "."

    @Option(name: .shortAndLong, help: "A file, or a directory for one file an object, instead of standard output.")
    var output: String?

    @Option(help: "LoadRestrictionsRootOnly (the default) or LoadRestrictionsNone: from where files may be read.")
    var loadRestrictor: LoadRestrictor?

    @Option(help: "legacy or none: the order of objects without sortOptions. Deprecated; use sortOptions.")
    var reorder: Reorder?

    @Flag(name: .customLong("enable-managedby-label"), help: "Label every object. Deprecated; use buildMetadata.")
    var enableManagedByLabel = false

    @Flag(help: "Print the time of each phase and what was read, on standard error.")
    var stats = false

    @Flag(help: .hidden)
    var stackTrace = false

    @Flag(help: "Allow plugins that are not built in. Only for sources that are trusted.")
    var enableAlphaPlugins = false

    @Flag(help: "With --enable-alpha-plugins: run the programs that functions name. Only for sources that are trusted.")
    var enableExec = false

    @Option(name: .shortAndLong, help: "NAME=VALUE, or NAME of a variable here: for the programs of functions.")
    var env: [String] = []

    @Flag(help: "For functions in containers, which are not run.")
    var asCurrentUser = false

    @Flag(help: "For functions in containers, which are not run.")
    var network = false

    @Option(help: "For functions in containers, which are not run.")
    var networkName: String?

    @Option(help: "For functions in containers, which are not run.")
    var mount: [String] = []

    @Flag(help: "Accepted for scripts; charts are not rendered, and a kustomization with helmCharts is refused.")
    var enableHelm = false

    @Option(help: "For charts, which are not rendered.")
    var helmCommand: String?

    @Option(help: "For charts, which are not rendered.")
    var helmKubeVersion: String?

    @Option(help: "For charts, which are not rendered.")
    var helmApiVersions: [String] = []

    @Flag(help: "For charts, which are not rendered.")
    var helmDebug = false

    @Flag(help: "Fetch files and git repositories that the kustomization names by URL.")
    var enableRemote = false

    func run() async throws {
        let context = try ToolContext.required()
        warnOfFlags(context)
        let clock = ContinuousClock()
        let start = clock.now
        let request = KustomizeRequest(
            place: directory,
            options: buildOptions(since: start),
            allowsRemotes: allowsRemotes,
            programs: enableExec ? FunctionPrograms(extra: env, context.environment) : nil
        )
        let result = try await request.build(context)
        for warning in result.warnings { context.standardError(Array("\(warning)\n".utf8)) }
        let writing = clock.now
        try await write(result, context)
        if stats {
            StatisticsReport(result.statistics, writing: clock.now - writing, total: clock.now - start).print(context)
        }
    }

    private func buildOptions(since start: ContinuousClock.Instant) -> BuildOptions {
        var options = BuildOptions(
            order: reorder == Reorder.none ? .none : .legacy,
            loadRestrictions: loadRestrictor?.restrictions ?? .rootOnly
        )
        options.permissions.allowsPlugins = enableAlphaPlugins
        options.labelsManager = enableManagedByLabel
        if stats { options.stopwatch = { ContinuousClock().now - start } }
        return options
    }

    private func warnOfFlags(_ context: ToolContext) {
        var warnings = ineffective
        if reorder != nil {
            warnings.append(
                "Flag --reorder has been deprecated, use the new 'sortOptions' field in kustomization.yaml instead."
            )
        }
        if enableManagedByLabel {
            warnings.append(
                "Flag --enable-managedby-label has been deprecated, use the `managedByLabel` option in the "
                    + "`buildMetadata` field instead."
            )
        }
        for warning in warnings { context.standardError(Array("\(warning)\n".utf8)) }
    }

    private func write(_ result: BuildResult, _ context: ToolContext) async throws {
        guard let output else {
            for piece in await result.yamlPieces() { context.standardOutput(piece) }
            return
        }
        let path = LocalPath(output)
        try await BlockingPool.shared.run {
            guard path.isDirectory == true else { return try path.write(result.yaml) }
            try ObjectFiles(result.objects).write(to: path.directory())
        }
    }
}

/// kustomize's own names for load restrictions.
enum LoadRestrictor: String, CaseIterable, ExpressibleByArgument, Sendable {
    case rootOnly = "LoadRestrictionsRootOnly"
    case none = "LoadRestrictionsNone"

    /// Said here, so that ArgumentParser need not find out that these are texts and all are known.
    static var allValueStrings: [String] { allCases.map(\.rawValue) }
    static var allValueDescriptions: [String: String] { [:] }

    var restrictions: BuildOptions.LoadRestrictions {
        switch self {
        case .rootOnly: .rootOnly
        case .none: .none
        }
    }
}

/// kustomize's own names for the order of objects.
enum Reorder: String, CaseIterable, ExpressibleByArgument, Sendable {
    case legacy, none

    static var allValueStrings: [String] { allCases.map(\.rawValue) }
    static var allValueDescriptions: [String: String] { [:] }
}
