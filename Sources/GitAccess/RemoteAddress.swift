/// The address of a remote, as it may be shown to everybody.
enum RemoteAddress {
    /// The address without what signs somebody in: user, password, query and fragment of web addresses, the password
    /// of others. The user of an SSH address stays, because it is a part of the address. `git@host:path` and local
    /// paths, which hold no password, stay as they are.
    static func withoutCredentials(_ address: String) -> String {
        guard let separator = address.firstRange(of: "://") else { return address }
        let scheme = address[..<separator.lowerBound].lowercased()
        let isWeb = scheme == "http" || scheme == "https"
        var rest = address[separator.upperBound...]
        if isWeb { rest = rest.prefix { $0 != "?" && $0 != "#" } }
        let authority = rest.prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@") else { return "\(scheme)://\(rest)" }
        let place = rest[rest.index(after: at)...]
        let user = authority[..<at].prefix { $0 != ":" }
        return isWeb || user.isEmpty ? "\(scheme)://\(place)" : "\(scheme)://\(user)@\(place)"
    }
}
