package import HTTPExchange

/// How an operation reaches its registry and what it shows there.
package struct RegistryAccess: Sendable {
    /// Plain HTTP is allowed: TLS is tried first and given up when it does not work (on loopback the other way round).
    package var plainHTTP: Bool
    package var profile: ConnectionProfile
    package var credentials: any CredentialSource
    /// Bounds each operation with everything it does: sign-in, redirects, retries, the last byte of a blob. Nil for
    /// none.
    package var timeout: Duration?
    /// The longest silence of the other side; nil for no bound.
    package var idleTimeout: Duration?
    /// How old the answer to "what does this tag stand for" may be. Zero asks the registry each time; otherwise equal
    /// questions (same reference, same way there, same credentials) within that time are asked once.
    package var maximumAge: Duration

    package init(
        plainHTTP: Bool = false,
        profile: ConnectionProfile = .standard,
        credentials: any CredentialSource = AnonymousAccess(),
        timeout: Duration? = nil
    ) {
        self.plainHTTP = plainHTTP
        self.profile = profile
        self.credentials = credentials
        self.timeout = timeout
        idleTimeout = .seconds(60)
        maximumAge = .zero
    }
}
