import ArgumentParser
import KustomizeBuild
import SafeFiles
import SystemPackage

/// `sluice kustomize DIR`: prints what the directory builds to, byte for byte as kustomize does.
struct KustomizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kustomize",
        abstract: "Build a kustomization and print its objects."
    )

    @Argument(help: "The directory with the kustomization file.")
    var directory = "."

    @Option(name: .shortAndLong, help: "A file to write to instead of standard output.")
    var output: String?

    @Option(help: "LoadRestrictionsRootOnly or LoadRestrictionsNone: from where files may be read.")
    var loadRestrictor = LoadRestrictor.rootOnly

    func run() async throws {
        let context = try ToolContext.required()
        let (path, options) = (LocalPath(directory), BuildOptions(loadRestrictions: loadRestrictor.restrictions))
        let result = try await BlockingPool.shared.run {
            // Bases may lie beside and above the directory, so the tree is the whole file system.
            let place = try path.absolute()
            let files = DirectoryFiles(try Directory.open("/"))
            return try KustomizeBuilder(files: files, options: options).build(place)
        }
        for warning in result.warnings { context.failure("Warning: \(warning)") }
        guard let output else { return context.standardOutput(result.yaml) }
        try await BlockingPool.shared.run { try LocalPath(output).write(result.yaml) }
    }
}

/// kustomize's own names for load restrictions.
enum LoadRestrictor: String, CaseIterable, ExpressibleByArgument, Sendable {
    case rootOnly = "LoadRestrictionsRootOnly"
    case none = "LoadRestrictionsNone"

    var restrictions: BuildOptions.LoadRestrictions {
        switch self {
        case .rootOnly: .rootOnly
        case .none: .none
        }
    }
}
