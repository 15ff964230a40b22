package import ArgumentParser
import CoreModel

/// Parses a command line and runs the command it names.
package enum ToolRunner {
    /// - Parameters:
    ///   - root: the command that all others are below.
    ///   - arguments: without the program's name.
    /// - Returns: the exit status: 0, 1 for a command that failed or a command line that cannot be understood (as with
    ///   flux, kubectl and kustomize; 2 of `diff`, whose 1 means a difference), 130 for one that was interrupted.
    package static func run(
        _ root: any ParsableCommand.Type,
        _ arguments: [String],
        _ context: ToolContext
    ) async -> Int32 {
        await ToolContext.$current.withValue(context) {
            do {
                var command = try parse(root, GoBooleans.plain(arguments))
                if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    try command.run()
                }
                return 0
            } catch {
                let status = report(error, root, context)
                guard status == ExitCode.validationFailure.rawValue else { return status }
                return arguments.first == "diff" ? 2 : 1
            }
        }
    }

    /// The command that the first argument names is read by itself, so that nothing is put together for all the others.
    /// What is no plain call of it is for the root to tell: a mistake, or a question for help, whose command is no
    /// asynchronous one.
    private static func parse(
        _ root: any ParsableCommand.Type,
        _ arguments: [String]
    ) throws -> any ParsableCommand {
        let commands = root.configuration.subcommands
        if let named = commands.first(where: { $0.configuration.commandName == arguments.first }),
            let command = try? named.parseAsRoot(Array(arguments.dropFirst())) as? any AsyncParsableCommand
        {
            return command
        }
        return try root.parseAsRoot(arguments)
    }

    private static func report(_ error: any Error, _ root: any ParsableCommand.Type, _ context: ToolContext) -> Int32 {
        if let error = error as? any ModuleError {
            context.failure(error.description)
            return 1
        }
        if error is CancellationError {
            context.failure("The command was interrupted")
            return 130
        }
        let status = root.exitCode(for: error).rawValue
        let text = root.fullMessage(for: error)
        if !text.isEmpty {
            let write = status == 0 ? context.standardOutput : context.standardError
            write(Array("\(text)\n".utf8))
        }
        return status
    }
}
