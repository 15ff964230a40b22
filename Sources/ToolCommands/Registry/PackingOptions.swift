import ArgumentParser
import ArtifactStore

/// The flags of every command that packs local files: which of them, and what becomes of links.
struct PackingOptions: ParsableArguments {
    @Option(help: "Patterns to leave out, as in .gitignore, separated by commas; replaces the defaults.")
    var ignorePaths: [String] = []

    @Option(help: "Patterns to leave out besides the others.")
    var addIgnorePaths: [String] = []

    @Flag(help: "Pack what symbolic links lead to, also outside of the directory; else links are left out.")
    var resolveSymlinks = false

    /// What is left out where the user says nothing, as Flux's tool does.
    private static let defaults = IgnoreRules.versionControl + IgnoreRules.extensions

    /// - Parameter path: a directory, a file, or `-` for standard input.
    /// - Throws: `ToolError` for no path.
    func source(_ path: String?) throws -> PushSource {
        guard let path, !path.isEmpty else {
            throw ToolError(.usage, "--path is missing; name a directory, a file or - for standard input")
        }
        let patterns = ignorePaths.isEmpty ? Self.defaults : ignorePaths.commaSeparated
        return PushSource(
            path: path,
            ignorePaths: patterns + addIgnorePaths.commaSeparated,
            resolvesLinks: resolveSymlinks
        )
    }
}

extension [String] {
    /// The elements of lists that are written with commas.
    var commaSeparated: [String] { flatMap { $0.split(separator: ",").map(String.init) } }
}
