import HTTPExchange

/// The pages of a list that a registry sends in parts: where the next one is, and that none comes twice.
struct PageTrail {
    private let limit: Int
    private var upcoming: String?
    private var visited: Set<String> = []

    /// `limit` bounds the number of pages.
    init(first: String, limit: Int) {
        upcoming = first
        self.limit = limit
    }

    /// The page that was given out last is the first.
    var isFirst: Bool { visited.count == 1 }

    /// The path of the next page; nil when there is none.
    /// - Throws: `RegistryError.protocolViolation` for a page that has been there before.
    mutating func next(_ context: OperationContext) throws -> String? {
        guard let path = upcoming else { return nil }
        guard visited.insert(path).inserted, visited.count <= limit else {
            throw broken(context, "sends the same page again and again")
        }
        upcoming = nil
        return path
    }

    /// Notes where the page's own link leads.
    /// - Throws: `RegistryError.protocolViolation` for a link that leaves the registry's API.
    mutating func follow(_ response: BufferedResponse, _ context: OperationContext) throws {
        guard let link = LinkHeader.next(in: response.head.headers.all("Link")) else { return }
        // The path is what counts: behind a proxy, registries often get their own scheme and host wrong.
        guard let url = response.url.resolving(link), url.path.hasPrefix("/v2/") else {
            throw broken(context, "links to a next page that is not its own")
        }
        upcoming = url.target
    }

    /// Goes on with a page that no link named.
    mutating func guess(_ path: String) { upcoming = path }

    func broken(_ context: OperationContext, _ what: String) -> RegistryError {
        RegistryError(.protocolViolation, "Registry \(context.repository.registry) \(what) for \(context.subject)")
    }
}
