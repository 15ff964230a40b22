package import CoreModel

/// How connections of a request are made. Equal profiles share connections; different ones never do.
package struct ConnectionProfile: Hashable, Sendable {
    package var tls: TLSSettings
    package var proxy: ProxySettings?
    /// The longest time for name lookup, connect and TLS handshake together.
    package var connectTimeout: Duration
    /// Ask for HTTP/2 over TLS, and run many requests over one connection.
    package var prefersHTTP2: Bool
    /// The environment's proxy is not asked: for services of the machine itself, such as metadata servers.
    package var ignoresEnvironmentProxy = false

    package init(
        tls: TLSSettings = TLSSettings(),
        proxy: ProxySettings? = nil,
        connectTimeout: Duration = .seconds(15),
        prefersHTTP2: Bool = true
    ) {
        self.tls = tls
        self.proxy = proxy
        self.connectTimeout = connectTimeout
        self.prefersHTTP2 = prefersHTTP2
    }

    /// System trust, no proxy but the environment's.
    package static let standard = ConnectionProfile()
}

/// What the other side has to prove, and what we prove to it.
package struct TLSSettings: Hashable, Sendable {
    /// PEM certificates that are trusted besides (or instead of) the system's.
    package var authorities: String?
    /// Whether the system's own trust store counts too.
    package var usesSystemAuthorities: Bool
    /// PEM chain that we present.
    package var certificate: String?
    /// PEM key of that chain.
    package var privateKey: Redacted<String>?
    /// False only where a user asked for `insecure`: neither chain nor host name is checked.
    package var verifiesPeer: Bool
    /// The name to expect in the certificate instead of the URL's host.
    package var serverName: String?

    package init(
        authorities: String? = nil,
        usesSystemAuthorities: Bool = true,
        certificate: String? = nil,
        privateKey: Redacted<String>? = nil,
        verifiesPeer: Bool = true,
        serverName: String? = nil
    ) {
        self.authorities = authorities
        self.usesSystemAuthorities = usesSystemAuthorities
        self.certificate = certificate
        self.privateKey = privateKey
        self.verifiesPeer = verifiesPeer
        self.serverName = serverName
    }

    /// Certificates and keys count by their length: profiles are looked up several times with each request, and a
    /// bundle of authorities has hundreds of kilobytes. Equality looks at all of them, which costs nothing where both
    /// are one text.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(authorities?.utf8.count)
        hasher.combine(certificate?.utf8.count)
        hasher.combine(serverName)
        hasher.combine(usesSystemAuthorities)
        hasher.combine(verifiesPeer)
    }
}

/// A proxy named by an object; where there is none, the environment's `HTTPS_PROXY` and kin apply.
package struct ProxySettings: Hashable, Sendable {
    /// `http`, `https` or `socks5` URL without user information.
    package var address: String
    package var username: String?
    package var password: Redacted<String>?

    package init(address: String, username: String? = nil, password: Redacted<String>? = nil) {
        self.address = address
        self.username = username
        self.password = password
    }
}
