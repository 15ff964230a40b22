import ArgumentParser
import CurlTransport
import ToolCommands

#if canImport(Glibc)
    import Glibc
#endif

/// The program: every command of the tool, and the controller.
@main
enum SluiceMain {
    struct Root: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "sluice",
            abstract: "Pull Kubernetes configuration as OCI artifacts, prove who signed it, build it and apply it.",
            version: SluiceCommands.version,
            subcommands: [ControllerCommand.self] + SluiceCommands.all
        )
    }

    static func main() async {
        // A reader that went away is an error of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            let transport = try CurlTransport(userAgent: "sluice/\(SluiceCommands.version)")
            let context = ToolContext.process(transport: transport)
            var arguments = Array(CommandLine.arguments.dropFirst())
            let status: Int32
            if arguments.first == ControllerCommand.configuration.commandName {
                arguments = GoFlag.completing(arguments, names: ControllerCommand.booleanFlags)
                status = await ToolRunner.run(Root.self, arguments, context)
            } else {
                status = await Interruption.cancelling { [arguments] in
                    await ToolRunner.run(Root.self, arguments, context)
                }
            }
            transport.shutdown()
            exit(status)
        } catch {
            StandardStream.error.write(Array("✗ \(error)\n".utf8))
            exit(1)
        }
    }
}
