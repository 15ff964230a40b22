import CoreModel
import CurlTransport
import HTTPExchange
import OCIDistribution
import SafeFiles
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import RegistryLogin

/// A login whose clouds are on this machine: libcurl is real, and so is every address that the code makes.
struct LoginFixture {
    let clock = ManualClock()
    let aws: FakeAWS
    let entra: FakeEntra
    let google: FakeGoogle
    private let curl: CurlTransport
    let ecr = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    let acr = "acme.azurecr.io"
    let gar = "europe-docker.pkg.dev"

    init() throws {
        curl = try CurlTransport(userAgent: "sluice-tests")
        aws = try FakeAWS(clock: clock)
        entra = try FakeEntra(clock: clock)
        google = try FakeGoogle(clock: clock)
    }

    /// The clouds as a workload sees them; both AWS and Azure have their metadata at one address.
    func map(_ more: [String: LoopbackServer] = [:], metadata: LoopbackServer? = nil) -> HostMap {
        var hosts = aws.hosts.merging(entra.hosts) { $1 }.merging(google.hosts) { $1 }.merging(more) { $1 }
        hosts["169.254.169.254"] = metadata
        return HostMap(curl, hosts)
    }

    func login(
        _ transport: any HTTPTransport,
        _ environment: [String: String],
        cache: CloudLogin.CacheSettings = CloudLogin.CacheSettings()
    ) -> CloudLogin {
        var settings = LoginExchange.Settings()
        settings.retry.firstPause = .milliseconds(1)
        settings.retry.longestPause = .milliseconds(2)
        settings.timeout = .milliseconds(1500)
        settings.localTimeout = .milliseconds(1500)
        return CloudLogin(transport, LoginEnvironment(environment), clock, settings, cache)
    }

    /// Logs in once, with nothing kept.
    func credentials(
        _ provider: CloudProvider,
        _ environment: [String: String],
        registry: String? = nil,
        account: LoginAccount? = nil,
        over transport: HostMap? = nil
    ) async throws -> RegistryCredentials {
        let host = registry ?? (provider == .aws ? ecr : provider == .azure ? acr : gar)
        let metadata = provider == .aws ? aws.server : provider == .azure ? entra.server : nil
        let request = LoginRequest(provider, registry: host, account: account)
        return try await login(transport ?? map(metadata: metadata), environment).credentials(for: request)
    }
}

/// A ServiceAccount whose tokens say what they are for, and how many were asked for.
final class FakeAccount: Sendable {
    private let asked = Mutex<[String]>([])
    var audiences: [String] { asked.withLock { $0 } }

    func account(
        _ annotations: [String: String],
        namespace: String = "apps",
        name: String = "puller",
        uid: String = "uid-1"
    ) -> LoginAccount {
        LoginAccount(namespace: namespace, name: name, uid: uid, annotations: annotations) { audience in
            self.asked.withLock { $0.append(audience) }
            return Redacted("k8s-token-canary:\(namespace)/\(name):\(audience)")
        }
    }

    static func token(_ audience: String) -> String { "k8s-token-canary:apps/puller:\(audience)" }
}

/// A folder of files for one test, removed with the last reference.
final class ScratchFolder: Sendable {
    private let directory: TemporaryDirectory
    var path: String { directory.directory.path.string }

    init(_ files: [String: String] = [:]) throws {
        directory = try TemporaryDirectory(in: Directory.open("/tmp"))
        for (name, text) in files { try write(name, text) }
    }

    /// Writes a file, which may be run, and gives its path.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let folder = name.split(separator: "/").dropLast().joined(separator: "/")
        if !folder.isEmpty { _ = try directory.directory.directory(folder, creating: true) }
        try directory.directory.writeAtomically(name, Array(text.utf8), mode: 0o755)
        return "\(path)/\(name)"
    }
}
