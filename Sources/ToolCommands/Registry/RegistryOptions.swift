import ArgumentParser
import CoreModel
import HTTPExchange
import OCIDistribution
import SafeFiles
import SystemPackage

/// The flags of every command that talks to a registry.
struct RegistryOptions: ParsableArguments {
    @Option(help: "Credentials as user:password, or a registry token; else Docker's configuration is used.")
    var creds: String?

    @Flag(name: .customLong("insecure-registry"), help: "Allow plain HTTP.")
    var insecureRegistry = false

    @Option(help: "Bounds each operation on the registry.")
    var timeout = DurationArgument.standard

    /// A client, and the access that these flags ask for.
    /// - Throws: `ToolError` or `RegistryError` for credentials that cannot be used.
    func session(for repository: Repository, _ context: ToolContext) throws -> RegistrySession {
        RegistrySession(
            client: RegistryClient(transport: context.transport, clock: context.clock),
            access: RegistryAccess(
                plainHTTP: insecureRegistry,
                credentials: try credentials(for: repository, context),
                timeout: timeout.duration
            )
        )
    }

    private func credentials(for repository: Repository, _ context: ToolContext) throws -> any CredentialSource {
        guard let creds else { return try Self.dockerConfig(context.environment) }
        let parts = creds.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let credentials: RegistryCredentials =
            parts.count == 2
            ? .basic(username: parts[0], password: Redacted(parts[1])) : .registryToken(Redacted(creds))
        return FixedCredentials(credentials, for: repository.registry)
    }

    /// `$DOCKER_CONFIG/config.json` or `~/.docker/config.json`; nobody's credentials where there is none.
    static func dockerConfig(_ environment: [String: String]) throws -> DockerConfig {
        let directory =
            environment["DOCKER_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
            ?? environment["HOME"].map { "\($0)/.docker" }
        guard let path = directory.map({ "\($0)/config.json" }), LocalPath(path).isDirectory == false else {
            return DockerConfig()
        }
        let bytes = try LocalPath(path).file().file.readAll(limit: 4 << 20)
        return try DockerConfig(parsing: bytes, source: "The Docker configuration \(path)")
    }
}

/// Flux's `--provider` of commands that have no other.
struct ProviderOptions: ParsableArguments {
    @Option(help: "Where credentials come from; this version knows generic.")
    var provider = "generic"

    func validate() throws {
        guard provider == "generic" else {
            throw ValidationError("The provider '\(provider)' is not known to this version; use generic with --creds")
        }
    }
}

/// A registry client with the access of one command.
struct RegistrySession: Sendable {
    let client: RegistryClient
    let access: RegistryAccess

    func manifest(_ reference: OCIReference) async throws -> FetchedManifest {
        try await client.manifest(reference, access)
    }
}

/// A reference on the command line.
struct ArtifactURL: Sendable {
    let reference: OCIReference

    /// - Throws: `ToolError` without `oci://`, `RegistryError` for a malformed reference.
    init(_ text: String) throws {
        guard text.hasPrefix("oci://") else {
            throw ToolError(.usage, "The URL '\(text)' does not begin with oci://; write oci://registry/repository:tag")
        }
        reference = try OCIReference(text)
    }
}
