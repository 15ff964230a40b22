package import CoreModel
package import OCIDistribution

/// The credentials of the user who runs a command: Docker's configuration and that of Podman, Skopeo and Buildah, with
/// the helpers that they name.
///
/// A registry's helper is run once and its answer used for some minutes: commands ask for each request.
package struct UserCredentials: CredentialSource {
    private let configurations: [DockerConfig]
    private let environment: LoginEnvironment
    private let answers: TokenCache<RegistryCredentials>
    private let clock: any WallClock

    /// How long a helper's answer is used.
    private static let answerLife = Duration.seconds(300)

    /// Reads the configurations of an environment, each only where it is there. `DOCKER_AUTH_CONFIG` holds one itself,
    /// as in GitLab's and Docker's own clients: it names the registry of each password, which a plain pair of user and
    /// password would not.
    /// - Throws: `RegistryError.invalidCredentials` or `LoginError.configuration` for one that cannot be used.
    package init(_ environment: LoginEnvironment, clock: any WallClock = SystemWallClock()) throws {
        var configurations: [DockerConfig] = []
        if let text = environment["DOCKER_AUTH_CONFIG"] {
            let source = "The variable DOCKER_AUTH_CONFIG"
            configurations.append(try DockerConfig(parsing: Array(text.utf8), source: source))
        }
        if let path = environment["REGISTRY_AUTH_FILE"] {
            let subject = "The file \(path) of REGISTRY_AUTH_FILE"
            let bytes = try LoginEnvironment.bytes(path, named: subject)
            configurations.append(try DockerConfig(parsing: bytes, source: subject))
        } else {
            for path in Self.files(environment) {
                let subject = "The credentials file \(path)"
                guard let bytes = try LoginEnvironment.bytesIfPresent(path, named: subject) else { continue }
                configurations.append(try DockerConfig(parsing: bytes, source: subject))
            }
        }
        self.configurations = configurations
        self.environment = environment
        self.clock = clock
        answers = TokenCache(CloudLogin.CacheSettings(), clock: clock)
    }

    /// The first configuration that knows the registry counts.
    /// - Throws: `LoginError.helper`.
    package func credentials(for repository: Repository) async throws -> RegistryCredentials {
        for configuration in configurations {
            let credentials =
                switch configuration.answer(for: repository) {
                case .credentials(let credentials): credentials
                case .helper(let question): try await answer(question)
                }
            if !credentials.isAnonymous { return credentials }
        }
        return .anonymous
    }

    private func answer(_ question: DockerConfig.HelperQuestion) async throws -> RegistryCredentials {
        try await answers.value(for: "\(question.helper) \(question.server)") {
            let helper = CredentialHelper(question: question, environment: environment)
            return (try await helper.credentials(), clock.now() + Self.answerLife)
        }
    }

    /// Docker's file first, then those of the other tools.
    private static func files(_ environment: LoginEnvironment) -> [String] {
        let home = environment["HOME"]
        let docker = environment["DOCKER_CONFIG"] ?? home.map { "\($0)/.docker" }
        let configuration = environment["XDG_CONFIG_HOME"] ?? home.map { "\($0)/.config" }
        return [
            docker.map { "\($0)/config.json" },
            environment["XDG_RUNTIME_DIR"].map { "\($0)/containers/auth.json" },
            configuration.map { "\($0)/containers/auth.json" },
        ].compactMap { $0 }
    }
}
