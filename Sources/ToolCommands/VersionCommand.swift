import ArgumentParser
import ManifestTree

/// `sluice version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version")

    @Option(name: .shortAndLong, help: "json or yaml.")
    var output: OutputFormat?

    func run() throws {
        let context = try ToolContext.required()
        let version = "v\(SluiceCommands.version)"
        if let output {
            context.standardOutput(output.render(["sluice": .string(version)]))
        } else {
            context.write("sluice: \(version)\n")
        }
    }
}
