/// What the kept logins did, for whoever counts it.
package enum LoginCacheEvent: Hashable, Sendable {
    /// What was kept served an object; nil where nobody said for which.
    case hit(LoginAsker?)
    /// Nothing was kept for it.
    case miss(LoginAsker?)
    /// A login after a miss came to its end, well or not.
    case login(succeeded: Bool)
    /// Credentials had to go so that others could be kept.
    case evicted(Int)
    /// So many are kept now.
    case holds(Int)
}

/// The object that credentials are for.
package struct LoginAsker: Hashable, Sendable {
    package let kind: String
    package let namespace: String
    package let name: String

    package init(kind: String, namespace: String, name: String) {
        (self.kind, self.namespace, self.name) = (kind, namespace, name)
    }
}
