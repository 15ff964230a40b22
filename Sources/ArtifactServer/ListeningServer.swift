import CoreModel
import Glibc
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// One HTTP server on one address, for a service group. Stopping gracefully lets requests under way finish, for a few
/// seconds.
package final class ListeningServer: Service {
    typealias Answer = @Sendable (Request, ConnectionContext) async throws -> Response

    private let name: String
    private let address: ListenAddress
    private let logger: Logger
    private let answer: Answer
    private let bound = Announcement<Int>()

    /// How long requests under way may take once the process has to stop; Flux's server has the same.
    private static let gracePeriod = Duration.seconds(5)
    private static let idleTimeout = TimeAmount.seconds(120)

    init(_ name: String, at address: ListenAddress, logger: Logger, answer: @escaping Answer) {
        self.name = name
        self.address = address
        self.logger = logger
        self.answer = answer
    }

    /// The port, once the server listens.
    /// - Throws: `ServerError` when it ended before.
    package func port() async throws -> Int { try await bound.value() }

    /// Listens and serves until the group stops.
    /// - Throws: `ServerError` with `cannotListen`.
    package func run() async throws {
        defer { bound.fail(ServerError.stopped(name)) }
        guard address.host.isEmpty else { return try await serve(on: address.host) }
        do {
            // One socket for both families, as Go's servers have it.
            try await serve(on: "::")
        } catch let error as ServerError where (error.cause as? IOError)?.isAddressFamilyProblem == true {
            try await serve(on: "0.0.0.0")
        }
    }

    private func serve(on host: String) async throws {
        let bound = bound
        let application = Application(
            responder: CallbackResponder(callback: answer),
            server: .http1(configuration: .init(idleTimeout: Self.idleTimeout)),
            configuration: ApplicationConfiguration(address: .hostname(host, port: address.port)),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { bound.announce(port) }
            },
            logger: logger
        )
        var configuration = ServiceGroupConfiguration(services: [application], logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.gracePeriod
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error where !bound.isAnnounced && !(error is CancellationError) {
            throw ServerError.cannotListen(name, address, error)
        }
    }
}

extension IOError {
    /// The machine has no IPv6, or has switched it off.
    fileprivate var isAddressFamilyProblem: Bool { errnoCode == EAFNOSUPPORT || errnoCode == EADDRNOTAVAIL }
}

/// What a response needs to know of its connection.
struct ConnectionContext: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) { channel = source.channel }
}
