import ArgumentParser
import CoreModel
import HTTPExchange
import SafeFiles
import SignatureCrypto
import SystemPackage
import UpdateFramework

/// The flags that say where Sigstore's trusted root comes from: certificate authorities, logs, timestamp authorities.
struct TrustedRootOptions: ParsableArguments {
    @Option(help: "A file with Sigstore's trusted root (trusted_root.json). Nothing else is asked then.")
    var trustedRoot: String?

    @Option(help: "A TUF repository that holds trusted_root.json: an http(s) address or a directory.")
    var tufMirror: String?

    @Option(
        help: """
            The TUF repository's root.json, which came by a way that you trust; it may be an old one. A directory's \
            own is taken where this is left out.
            """
    )
    var tufRoot: String?

    @Option(help: "Where what was trusted of a TUF repository is kept; else below the user's cache directory.")
    var tufCache: String?

    @Flag(help: "Do not ask the TUF repository: what was trusted of it before serves until it expires.")
    var offline = false

    private static let target = "trusted_root.json"

    /// Any of the flags was given.
    var isGiven: Bool { trustedRoot != nil || tufMirror != nil || tufRoot != nil || tufCache != nil || offline }

    func validate() throws {
        if trustedRoot != nil, tufMirror != nil || tufRoot != nil || tufCache != nil || offline {
            throw ValidationError("--trusted-root is the root itself; leave out the flags that say how to fetch one")
        }
        if trustedRoot == nil, tufMirror == nil, isGiven {
            throw ValidationError("--tuf-root, --tuf-cache and --offline need --tuf-mirror; name the TUF repository")
        }
    }

    /// The bytes of the trusted root; nil where no flag names one.
    /// - Throws: `ToolError`, or `UpdateError` for a repository that cannot be trusted.
    func bytes(_ context: ToolContext) async throws -> [UInt8]? {
        if let trustedRoot { return try LocalPath(trustedRoot).file().file.readAll(limit: 16 << 20) }
        guard let tufMirror else { return nil }
        let found =
            if tufMirror.contains("://") {
                try await client(mirror: tufMirror, context).target(Self.target)
            } else {
                try await client(directory: tufMirror, context).target(Self.target)
            }
        if let staleness = found.staleness {
            context.action("warning: the trusted root of before is used, until \(found.expires): \(staleness)")
        }
        return found.bytes
    }

    private func client(mirror: String, _ context: ToolContext) throws -> UpdateClient {
        guard let url = HTTPURL(mirror) else {
            throw ToolError(.usage, "The TUF mirror '\(mirror)' is no http(s) address; write https://host/path")
        }
        guard let tufRoot else {
            throw ToolError(
                .usage,
                "--tuf-root is missing; name the root.json of \(mirror) that you got by a way that you trust"
            )
        }
        let root = try LocalPath(tufRoot).file().file.readAll(limit: UpdateLimits().rootBytes)
        let repository = MirrorRepository(url, transport: context.transport)
        let store = try store(for: mirror, context)
        guard store != nil || !offline else {
            throw ToolError(.usage, "--offline needs what was kept before; name its directory by --tuf-cache")
        }
        var client = UpdateClient(root: root, repository: repository, store: store, clock: context.clock)
        client.refresh = offline ? .never : .always
        return client
    }

    /// A directory is read as it is: there is nobody to be offline from.
    private func client(directory: String, _ context: ToolContext) async throws -> UpdateClient {
        let repository = try DirectoryRepository(LocalPath(directory).directory())
        let root =
            if let tufRoot {
                try LocalPath(tufRoot).file().file.readAll(limit: UpdateLimits().rootBytes)
            } else {
                try await repository.ownRoot()
            }
        let store = try tufCache.map { _ in try self.store(for: directory, context) } ?? nil
        return UpdateClient(root: root, repository: repository, store: store, clock: context.clock)
    }

    /// One directory for each mirror; nil where the user has no cache directory.
    private func store(for mirror: String, _ context: ToolContext) throws -> TrustedStore? {
        guard let base = tufCache.map({ FilePath($0) }) ?? Self.cache(context.environment) else { return nil }
        let name = try Digest.of(mirror.utf8).short
        do {
            return TrustedStore(try Directory.open(base.appending(name), creating: true))
        } catch {
            throw ToolError(
                .file,
                "The directory '\(base)' for what is trusted of TUF repositories cannot be used; name another by "
                    + "--tuf-cache",
                cause: error
            )
        }
    }

    private static func cache(_ environment: [String: String]) -> FilePath? {
        if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") {
            return FilePath(folder).appending("sluice").appending("tuf")
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return FilePath(home).appending(".cache").appending("sluice").appending("tuf")
    }
}
