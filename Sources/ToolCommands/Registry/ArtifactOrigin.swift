import GitAccess
import SystemPackage

/// Where pushed files come from: as the flags say or, for a flag that is left out, as the git checkout around the
/// files does.
struct ArtifactOrigin: Sendable {
    var source: String?
    var revision: String?

    /// Both, from git where they are missing. Blocks.
    /// - Parameter path: what is pushed; standard input counts as the current directory.
    /// - Throws: `ToolError` that names the flag to give.
    func completed(for path: String, _ context: ToolContext) throws -> (source: String, revision: String) {
        if let source, let revision { return (source, revision) }
        let missing = source == nil ? "source" : "revision"
        let checkout = try checkout(around: path, missing)
        guard let source = source ?? checkout.origin else {
            throw Self.failure("source", "the git checkout '\(checkout.root)' has no remote called origin")
        }
        guard let revision = revision ?? checkout.revision else {
            throw Self.failure("revision", "the git checkout '\(checkout.root)' has no commit yet")
        }
        if self.revision == nil, checkout.hasChanges == true {
            context.failure("Warning: '\(path)' has changes that are not in the commit which the revision names")
        }
        return (source, revision)
    }

    private func checkout(around path: String, _ missing: String) throws -> GitCheckout {
        let place = path == "-" ? "." : path
        do {
            let found = try GitCheckout.enclosing(LocalPath(place).resolved())
            if let found { return found }
        } catch let error as GitError {
            throw ToolError(.usage, "--\(missing) is missing, and git does not tell it", cause: error)
        }
        throw Self.failure(missing, "'\(place)' lies in no git checkout that tells it")
    }

    private static func failure(_ flag: String, _ reason: String) -> ToolError {
        let meaning =
            flag == "source"
            ? "the URL of the repository that the files come from" : "the revision, such as main@sha1:<commit>"
        return ToolError(.usage, "--\(flag) is missing, and \(reason); give \(meaning)")
    }
}
