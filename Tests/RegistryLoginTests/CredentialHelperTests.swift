import CoreModel
import Glibc
import OCIDistribution
import Testing

@testable import RegistryLogin

/// Docker's helper protocol with real programs, and where a user's credentials are looked for.
@Suite struct CredentialHelperTests {
    private static func asking(_ helper: String, isListed: Bool = true) -> DockerConfig.HelperQuestion {
        DockerConfig.HelperQuestion(helper: helper, server: "r.example", isListed: isListed)
    }

    private static func ask(_ script: String, _ folder: ScratchFolder, timeout: Duration = .seconds(10)) async throws
        -> RegistryCredentials
    {
        try folder.write("docker-credential-test", "#!/bin/sh\n\(script)\n")
        let environment = LoginEnvironment(["PATH": "\(folder.path):/usr/bin:/bin", "KEPT": "here"])
        let helper = CredentialHelper(question: asking("test"), environment: environment, timeout: timeout)
        return try await helper.credentials()
    }

    /// A helper's script, what it keeps, why.
    static let answers: [(String, RegistryCredentials, String)] = [
        (
            #"read s; [ "$1" = get ] && echo "{\"ServerURL\":\"$s\",\"Username\":\"u-$s\",\"Secret\":\"p\"}""#,
            .basic(username: "u-r.example", password: Redacted("p")), "the server comes on standard input"
        ),
        (
            #"cat >/dev/null; echo "{\"Username\":\"$KEPT\",\"Secret\":\"p\"}""#,
            .basic(username: "here", password: Redacted("p")), "the environment is ours"
        ),
        (
            #"echo '{"Username":"<token>","Secret":"t"}'"#, .identityToken(Redacted("t")),
            "a token, from a helper that does not even read"
        ),
        (#"echo '{"Username":"","Secret":""}'"#, .anonymous, "nothing"),
        ("echo 'credentials not found in native keychain'; exit 1", .anonymous, "an unknown server"),
    ]

    @Test(arguments: answers) func takesTheAnswer(script: String, expected: RegistryCredentials, why: String)
        async throws
    {
        let folder = try ScratchFolder()
        #expect(try await Self.ask(script, folder) == expected, "\(why)")
    }

    /// A script that fails, what the message tells.
    static let failures: [(String, String)] = [
        ("echo 'the keychain is locked'; exit 1", "the keychain is locked"),
        ("echo 'no display' >&2; exit 3", "no display"),
        (#"echo '{"Username":"u","Secret":"canary"}'; exit 1"#, "failed"),
        (#"echo '{"Username":"u","Secret":"canary"'"#, "printed something else"),
        ("echo canary", "printed something else"),
        ("while :; do echo canarycanarycanary; done", "docker-credential-test"),
    ]

    @Test(arguments: failures) func saysHowItFailed(script: String, part: String) async throws {
        let folder = try ScratchFolder()
        let error = try await #require(throws: LoginError.self) { try await Self.ask(script, folder) }
        #expect(error.code == .helper)
        #expect(error.message.contains(part) && error.message.contains("r.example"), "\(error)")
        #expect(!error.description.contains("canary"))
    }

    /// What hangs: the program itself, or one that it started and that holds its output.
    @Test(arguments: ["exec sleep 600", "sleep 600", "trap '' TERM; sleep 600", "sleep 600 & wait"])
    func endsWhatHangs(script: String) async throws {
        let folder = try ScratchFolder()
        let began = ContinuousClock.now
        let error = try await #require(throws: LoginError.self) {
            try await Self.ask(script, folder, timeout: .milliseconds(300))
        }
        #expect(error.message.contains("did not answer within"), "\(error)")
        #expect(ContinuousClock.now - began < .seconds(300), "it ended with its helper, not with the sleep")
    }

    @Test func aStoreThatIsNotThereIsOnlyMissedWhereItIsNeeded() async throws {
        let environment = LoginEnvironment(["PATH": "/nowhere"])
        let store = CredentialHelper(question: Self.asking("gone", isListed: false), environment: environment)
        #expect(try await store.credentials() == .anonymous)
        let own = CredentialHelper(question: Self.asking("gone"), environment: environment)
        let error = try await #require(throws: LoginError.self) { try await own.credentials() }
        #expect(error.message.contains("docker-credential-gone") && error.message.contains("PATH"), "\(error)")
    }

    @Test func leavesNothingOpenForAHelperThatIsNotThere() async throws {
        let environment = LoginEnvironment(["PATH": "/nowhere"])
        let helper = CredentialHelper(question: Self.asking("gone", isListed: false), environment: environment)
        func openFiles() -> Int { (0..<4096).count { fcntl($0, F_GETFD) >= 0 } }
        let before = openFiles()
        for _ in 0..<300 { _ = try await helper.credentials() }
        // Other tests run beside this one and have files of their own.
        #expect(openFiles() < before + 250)
    }

    @Test(arguments: ["../evil", "a/b", "", "a b", ".hidden"]) func runsNoOtherProgram(name: String) async throws {
        let helper = CredentialHelper(question: Self.asking(name), environment: LoginEnvironment([:]))
        let error = try await #require(throws: LoginError.self) { try await helper.credentials() }
        #expect(error.code == .configuration)
    }
}

@Suite struct UserCredentialsTests {
    private static func config(_ user: String, _ host: String = "r.example") -> String {
        #"{"auths":{"\#(host)":{"username":"\#(user)","password":"p"}}}"#
    }

    private static func find(_ environment: [String: String], _ name: String = "r.example/a") async throws -> String? {
        let found = try await UserCredentials(LoginEnvironment(environment)).credentials(for: Repository(parsing: name))
        guard case .basic(let user, _) = found else { return nil }
        return user
    }

    /// Files, variables (HOME is the folder), whose credentials count, why.
    static let places: [([String: String], [String: String], String?, String)] = [
        ([:], [:], nil, "none at all"),
        ([".docker/config.json": config("docker")], [:], "docker", "Docker's file"),
        (
            [".docker/config.json": config("docker"), "d/config.json": config("moved")],
            ["DOCKER_CONFIG": "FOLDER/d"], "moved", "Docker's file elsewhere"
        ),
        (["d/auth.json": config("x")], ["DOCKER_CONFIG": "FOLDER/none"], nil, "which may be missing"),
        ([".config/containers/auth.json": config("podman")], [:], "podman", "Podman's file"),
        (
            ["x/containers/auth.json": config("run"), ".config/containers/auth.json": config("podman")],
            ["XDG_RUNTIME_DIR": "FOLDER/x"], "run", "the one of the login session first"
        ),
        (
            [".docker/config.json": config("docker"), ".config/containers/auth.json": config("podman")], [:], "docker",
            "Docker's before Podman's"
        ),
        (
            [".docker/config.json": config("d", "other.example"), ".config/containers/auth.json": config("podman")],
            [:], "podman", "unless it does not know the registry"
        ),
        (
            [".docker/config.json": config("docker"), "auth.json": config("named")],
            ["REGISTRY_AUTH_FILE": "FOLDER/auth.json"], "named", "a file that is named"
        ),
        (
            [".docker/config.json": config("docker"), "auth.json": config("n", "other.example")],
            ["REGISTRY_AUTH_FILE": "FOLDER/auth.json"], nil, "which is then the only one"
        ),
        (
            [".docker/config.json": config("docker")], ["DOCKER_AUTH_CONFIG": config("variable")], "variable",
            "the variable first"
        ),
        (
            [".docker/config.json": config("docker")], ["DOCKER_AUTH_CONFIG": config("v", "other.example")], "docker",
            "for the registries that it names"
        ),
    ]

    @Test(arguments: places)
    func looksInOrder(
        files: [String: String],
        variables: [String: String],
        expected: String?,
        why: String
    ) async throws {
        let folder = try ScratchFolder(files)
        let environment = variables.mapValues { $0.replacing("FOLDER", with: folder.path) }
            .merging(["HOME": folder.path]) { $1 }
        #expect(try await Self.find(environment) == expected, "\(why)")
    }

    @Test func aNamedFileHasToBeThere() throws {
        let error = try #require(throws: LoginError.self) {
            try UserCredentials(LoginEnvironment(["REGISTRY_AUTH_FILE": "/nowhere/auth.json"]))
        }
        #expect(error.message.contains("/nowhere/auth.json of REGISTRY_AUTH_FILE"), "\(error)")
    }

    @Test func asksAHelperOnceForManyRequests() async throws {
        let folder = try ScratchFolder([
            "config.json": #"{"credHelpers":{"r.example":"count"},"credsStore":"gone"}"#,
            "bin/docker-credential-count": """
            #!/bin/sh
            cat >/dev/null; echo run >>"$(dirname "$0")/runs"
            echo '{"Username":"helped","Secret":"p"}'
            """,
        ])
        let environment = LoginEnvironment(["DOCKER_CONFIG": folder.path, "PATH": "\(folder.path)/bin:/usr/bin:/bin"])
        let user = try UserCredentials(environment)
        let repository = try Repository(parsing: "r.example/a")
        try await withThrowingTaskGroup(of: RegistryCredentials.self) { group in
            for _ in 0..<20 { group.addTask { try await user.credentials(for: repository) } }
            for try await found in group {
                #expect(found == .basic(username: "helped", password: Redacted("p")))
            }
        }
        #expect(try await user.credentials(for: Repository(parsing: "public.example/a")) == .anonymous)
        let runs = try LoginEnvironment.text("\(folder.path)/bin/runs", named: "runs")
        #expect(runs == "run")
    }
}
