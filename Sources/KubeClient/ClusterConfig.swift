package import CoreModel
package import HTTPExchange

/// How to reach one API server, and as whom.
package struct ClusterConfig: Sendable {
    /// What goes into the `Authorization` header.
    package enum Credentials: Sendable {
        /// Nothing, or a client certificate in the profile.
        case none
        case token(Redacted<String>)
        /// A file that others renew; read again at most once a minute.
        case tokenFile(String)
        /// A program that prints credentials.
        case plugin(CredentialPlugin)
    }

    /// Scheme, host, port, and a path without a slash at the end that goes before every request's.
    package var server: HTTPURL
    package var profile: ConnectionProfile
    package var credentials: Credentials
    /// The namespace of the context; `default` where it names none.
    package var namespace: String
    package var impersonation: Impersonation?

    package init(
        server: HTTPURL,
        profile: ConnectionProfile = .standard,
        credentials: Credentials = .none,
        namespace: String = "default"
    ) {
        self.server = server
        self.profile = profile
        self.credentials = credentials
        self.namespace = namespace
        while self.server.path.hasSuffix("/") { self.server.path.removeLast() }
        self.server.query = nil
    }
}

/// Another identity to act as, which the API server checks our right to.
package struct Impersonation: Hashable, Sendable {
    package let user: String
    package let groups: [String]

    /// - Throws: `configuration` for an empty user and for characters that no header can hold.
    package init(user: String, groups: [String] = []) throws(KubeError) {
        for name in [user] + groups {
            let fits = !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            guard fits else {
                throw KubeError(.configuration, "\"\(name)\" is not an identity that can be impersonated")
            }
        }
        self.user = user
        self.groups = groups
    }
}

/// A program that prints credentials (client.authentication.k8s.io).
package struct CredentialPlugin: Hashable, Sendable {
    package var apiVersion: String
    /// Looked up in the PATH unless it holds a slash.
    package var command: String
    package var arguments: [String] = []
    package var environment: [String: String] = [:]
    /// What to tell a user who lacks the program.
    package var installHint: String?
    /// JSON that describes the cluster, for programs that ask for it.
    package var clusterInfo: String?
    /// Bounds one run.
    package var timeout: Duration = .seconds(60)

    package init(apiVersion: String, command: String) {
        self.apiVersion = apiVersion
        self.command = command
    }
}
