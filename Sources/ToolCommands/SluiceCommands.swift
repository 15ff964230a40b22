package import ArgumentParser

/// The commands of the tool; the composition root puts them below its own and adds the controller.
package enum SluiceCommands {
    package static let all: [any ParsableCommand.Type] = [
        PushCommand.self, PullCommand.self, BuildCommand.self, DiffCommand.self, TagCommand.self, ListCommand.self,
        CopyArtifacts.self, DeleteCommand.self, SignCommand.self, VerifyCommand.self, GetCommand.self,
        ReconcileCommand.self, SuspendCommand.self, ResumeCommand.self, KustomizeCommand.self, VersionCommand.self,
        GenerateCommand.self,
    ]

    /// The version that `sluice version` prints.
    package static let version = "0.1.0"
}

struct PushCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Push artifacts",
        subcommands: [PushArtifact.self]
    )
}

struct PullCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Pull artifacts",
        subcommands: [PullArtifact.self]
    )
}

struct BuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Build artifacts and Kustomizations",
        subcommands: [BuildArtifact.self, BuildKustomization.self]
    )
}

struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compare artifacts with local files",
        subcommands: [DiffArtifact.self]
    )
}

struct TagCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag",
        abstract: "Tag artifacts",
        subcommands: [TagArtifact.self]
    )
}

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List artifacts",
        subcommands: [ListArtifacts.self]
    )
}

struct DeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete artifacts",
        subcommands: [DeleteArtifact.self]
    )
}

struct SignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign artifacts",
        subcommands: [SignArtifact.self]
    )
}

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify signatures",
        subcommands: [VerifyArtifact.self]
    )
}
