package import CoreModel
package import HTTPExchange
package import KubeModel
package import Logging
import ManifestTree

/// The verbs of one API server for one identity.
///
/// Copies for other identities share the connection, the bound on requests in flight and what discovery found.
package final class KubeClient: Sendable {
    /// How a client behaves.
    package struct Options: Sendable {
        package var requestsInFlight = 32
        /// Bounds one request that is not a watch.
        package var requestTimeout: Duration = .seconds(60)
        /// The largest answer that is read into memory, in bytes.
        package var answerLimit = 64 << 20
        /// The largest event of a watch, in bytes.
        package var eventLimit = 16 << 20
        package var retry = RetryPolicy.apiServer
        package var userAgent = "sluice"
        package var clock: any WallClock = SystemWallClock()
        package var logger = Logger(label: "kube", factory: { _ in SwiftLogNoOpLogHandler() })

        package init() {}
    }

    let connection: ClusterConnection
    let impersonation: Impersonation?
    let options: Options
    let discovery: Discovery

    package init(config: ClusterConfig, transport: any HTTPTransport, options: Options = Options()) {
        connection = ClusterConnection(config: config, transport: transport, options: options)
        impersonation = nil
        self.options = options
        discovery = Discovery(connection)
    }

    private init(_ other: KubeClient, as impersonation: Impersonation) {
        connection = other.connection
        options = other.options
        discovery = other.discovery
        self.impersonation = impersonation
    }

    /// The namespace of the context this client came from.
    package var namespace: String { connection.config.namespace }

    /// A client that acts as another user; discovery stays with our own identity.
    /// - Throws: `configuration` for names that no header can hold.
    package func impersonating(user: String, groups: [String] = []) throws(KubeError) -> KubeClient {
        KubeClient(self, as: try Impersonation(user: user, groups: groups))
    }

    /// How a kind is served. Asked once per group and version; asked again for kinds that were not there.
    /// - Throws: `noKindMatch` when the server does not know it.
    package func resourceType(for gvk: GroupVersionKind) async throws -> ResourceType {
        try await discovery.type(of: gvk)
    }

    /// How a kind is served in the version that the server prefers among those that have it.
    /// - Throws: `noKindMatch` when no version of the group has it.
    package func resourceType(for kind: GroupKind) async throws -> ResourceType {
        try await discovery.preferredType(of: kind)
    }

    /// Forgets what discovery found, as after new definitions were applied.
    package func forgetDiscovery() { discovery.forget() }

    /// The server's version, such as `v1.33.1`.
    package func serverVersion() async throws -> String {
        let answer = try await connection.send(.version, as: nil)
        guard let version = answer.tree["gitVersion"]?.string else {
            throw KubeError(.badAnswer, "The API server does not tell its version")
        }
        return version
    }

    /// Sends a request that was built elsewhere and gives the object in its answer.
    func object(_ request: KubeRequest, _ type: ResourceType) async throws -> KubeWriteAnswer {
        let answer = try await connection.send(request, as: impersonation)
        return KubeWriteAnswer(object: try Self.object(answer.tree, type), isNew: answer.status == 201)
    }

    /// The object in an answer. Items of lists and partial objects do not say their kind, so the type does.
    static func object(_ tree: Tree, _ type: ResourceType) throws -> KubeObject {
        var tree = tree
        guard tree.map != nil else {
            throw KubeError(.badAnswer, "The API server gave something else than a \(type.kind)")
        }
        tree["apiVersion"] = .string(type.apiVersion)
        tree["kind"] = .string(type.kind)
        do {
            return try KubeObject(tree)
        } catch {
            throw KubeError(.badAnswer, "The API server gave a \(type.kind) that cannot be read", cause: error)
        }
    }

    /// Turns the error of a request that cannot be built into ours.
    func building(_ build: () throws(KubeModelError) -> KubeRequest) throws(KubeError) -> KubeRequest {
        do {
            return try build()
        } catch {
            throw KubeError(.badRequest, error.message)
        }
    }
}

/// What a write came to.
package struct KubeWriteAnswer: Sendable {
    /// The object as it is stored now.
    package let object: KubeObject
    /// The write created it.
    package let isNew: Bool
}
