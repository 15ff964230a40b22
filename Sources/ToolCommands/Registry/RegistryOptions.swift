import ArgumentParser
import CoreModel
import HTTPExchange
import OCIDistribution
import RegistryLogin

/// The flags of every command that talks to a registry.
struct RegistryOptions: ParsableArguments {
    @Option(help: "Credentials as user:password, or a registry token; else those of --provider or of Docker are used.")
    var creds: String?

    @Option(
        name: .customLong("provider"),
        help: "Log in as this workload's identity: aws, azure or gcp; generic uses Docker's configuration."
    )
    var providers: [String] = []

    @Flag(name: .customLong("insecure-registry"), help: "Allow plain HTTP.")
    var insecureRegistry = false

    @Option(help: "Bounds each operation on the registry.")
    var timeout = DurationArgument.standard

    /// How an artifact was signed: commands that verify share `--provider` with the login.
    private static let signatureProviders = ["cosign", "notation"]

    func validate() throws {
        for name in providers where !Self.isLogin(name) && !Self.signatureProviders.contains(name) {
            throw ValidationError(Self.unknown(name))
        }
    }

    /// A client, and the access that these flags ask for.
    /// - Throws: `ToolError`, `LoginError` or `RegistryError` for credentials that cannot be used.
    func session(for repository: Repository, _ context: ToolContext) throws -> RegistrySession {
        RegistrySession(client: client(context), access: try access(to: repository, context))
    }

    /// A client for any number of repositories.
    func client(_ context: ToolContext) -> RegistryClient {
        var settings = RegistryClient.Settings()
        settings.onWarning = { context.action("warning: registry \($0.registry) says: \($0.text)") }
        return RegistryClient(transport: context.transport, clock: context.clock, settings: settings)
    }

    /// The access that these flags ask for.
    /// - Throws: as `session`.
    func access(to repository: Repository, _ context: ToolContext) throws -> RegistryAccess {
        RegistryAccess(
            plainHTTP: insecureRegistry,
            credentials: try credentials(for: repository, context),
            timeout: timeout.duration
        )
    }

    /// What the user says, else what the cloud gives, else what Docker and its kin have stored.
    private func credentials(for repository: Repository, _ context: ToolContext) throws -> any CredentialSource {
        let provider = try provider()
        if let creds { return FixedCredentials(try Self.credentials(creds), for: repository.registry) }
        let environment = LoginEnvironment(context.environment)
        guard let provider else { return try UserCredentials(environment, clock: context.clock) }
        guard !insecureRegistry else {
            throw ToolError(
                .usage,
                "--insecure-registry would show the login of --provider \(provider.rawValue) to whoever answers under "
                    + "the registry's name; leave it out, since the registries of clouds have certificates"
            )
        }
        let login = CloudLogin(transport: context.transport, environment: environment, clock: context.clock)
        return CloudCredentials(login, LoginRequest(provider, registry: repository.registry))
    }

    private static func credentials(_ creds: String) throws -> RegistryCredentials {
        let parts = creds.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { return .registryToken(Redacted(creds)) }
        return .basic(username: parts[0], password: Redacted(parts[1]))
    }

    /// Nil for `generic`; where the flag is given several times, the last one counts.
    private func provider() throws -> CloudProvider? {
        if let name = providers.first(where: { !Self.isLogin($0) }) { throw ToolError(.usage, Self.unknown(name)) }
        return providers.last.flatMap { CloudProvider(rawValue: $0) }
    }

    private static func isLogin(_ name: String) -> Bool { name == "generic" || CloudProvider(rawValue: name) != nil }

    private static func unknown(_ name: String) -> String {
        "The provider '\(name)' is not known; use generic, aws, azure or gcp"
    }

    /// Takes the words out of `--provider` that say how an artifact was signed.
    func separatingSignatureProviders() -> (options: RegistryOptions, signatures: [String]) {
        var options = self
        options.providers = providers.filter { !Self.signatureProviders.contains($0) }
        return (options, providers.filter(Self.signatureProviders.contains))
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
