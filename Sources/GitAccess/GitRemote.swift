package import CoreModel
package import HTTPExchange
package import SystemPackage

/// A repository elsewhere, and how to sign in there.
package struct GitRemote: Hashable, Sendable {
    /// Where a repository can be.
    package enum Place: Hashable, Sendable {
        /// git's smart protocol over http or https.
        case web(HTTPURL)
        /// A folder of this machine.
        case folder(FilePath)
    }

    package let place: Place
    /// The value of the header `Authorization`, from the URL's user and password.
    package let authorization: Redacted<String>?

    /// Takes `https://`, `http://` (each with `user:password@` where needed) and `file://` URLs and absolute paths.
    /// - Throws: `GitError.invalidAddress`.
    package init(_ address: String) throws {
        if address.hasPrefix("/") {
            place = .folder(FilePath(address))
            authorization = nil
            return
        }
        if address.hasPrefix("file://") {
            let path = address.dropFirst("file://".count)
            guard path.hasPrefix("/") else { throw Self.invalid(address, "file:// is followed by an absolute path") }
            place = .folder(FilePath(String(path)))
            authorization = nil
            return
        }
        let (bare, userInformation) = Self.separatingUser(address)
        guard let url = HTTPURL(bare) else {
            throw Self.invalid(address, "only https, http and file are fetched from; ssh and git:// are not")
        }
        place = .web(url)
        authorization = userInformation.map { Redacted("Basic \(Base64.encode(Array($0.utf8)))") }
    }

    init(place: Place, authorization: Redacted<String>?) {
        self.place = place
        self.authorization = authorization
    }

    /// The address as it may be shown.
    package var description: String {
        switch place {
        case .web(let url): "\(url)"
        case .folder(let path): path.string
        }
    }

    /// Where a submodule is whose address stands in a commit of this repository; relative ones (`./`, `../`) are
    /// relative to it (gitmodules(5)). The sign-in goes along within the same origin only, and a repository on the web
    /// never leads to a folder of this machine.
    /// - Throws: `GitError.invalidAddress`.
    func submodule(at address: String) throws -> GitRemote {
        if address.hasPrefix("./") || address.hasPrefix("../") { return try relative(address) }
        let other = try GitRemote(address)
        switch (place, other.place) {
        case (.web, .folder):
            throw Self.invalid(address, "a submodule of a repository on the web cannot be a folder of this machine")
        case (.web(let own), .web(let url)) where own.sharesOrigin(with: url) && other.authorization == nil:
            return GitRemote(place: other.place, authorization: authorization)
        default: return other
        }
    }

    private func relative(_ address: String) throws -> GitRemote {
        let base: String
        switch place {
        case .web(let url): base = url.path
        case .folder(let path): base = path.string
        }
        var parts = base.split(separator: "/").map(String.init)
        for part in address.split(separator: "/") where part != "." {
            guard part == ".." else {
                parts.append(String(part))
                continue
            }
            guard parts.popLast() != nil else { throw Self.invalid(address, "it leads above the root of its server") }
        }
        let path = "/" + parts.joined(separator: "/")
        switch place {
        case .web(var url):
            url.path = path
            return GitRemote(place: .web(url), authorization: authorization)
        case .folder: return GitRemote(place: .folder(FilePath(path)), authorization: nil)
        }
    }

    private static func separatingUser(_ address: String) -> (String, String?) {
        guard let scheme = address.firstRange(of: "://") else { return (address, nil) }
        let rest = address[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard let at = authority.lastIndex(of: "@") else { return (address, nil) }
        let decoded = HTTPURL.percentDecode(authority[..<at])
        let host = rest[rest.index(after: at)...]
        return ("\(address[..<scheme.upperBound])\(host)", decoded.contains(":") ? decoded : "\(decoded):")
    }

    private static func invalid(_ address: String, _ reason: String) -> GitError {
        let shown = RemoteAddress.withoutCredentials(address)
        return GitError(.invalidAddress, "The git address '\(shown)' cannot be fetched from: \(reason)")
    }
}
