import CoreModel
import HTTPExchange
import ManifestTree

extension RegistryClient {
    /// Every tag of a repository in the registry's order, each once. Names that are no tags are left out.
    ///
    /// Follows the registry's own pages, however it words their links, and never leaves the registry.
    /// - Throws: `RegistryError.protocolViolation` for more than `limit` tags, and for pages that go round in a circle.
    package func tags(_ repository: Repository, _ access: RegistryAccess, limit: Int = 100_000) async throws -> [String]
    {
        let context = OperationContext(
            repository,
            access,
            scopes: [.pull(repository)],
            subject: "the tags of \(repository)"
        )
        var found = TagList(limit: limit)
        var page: String? = "/v2/\(repository.path)/tags/list?n=1000"
        while let path = page {
            try found.visit(path, context)
            let response = try await buffered(RegistryCall(.get, path, accepting: [200]), context, limit: 8 << 20)
            try found.add(response.body, context)
            page = try LinkHeader.next(in: response.head.headers.all("Link")).map { link in
                // The path is what counts: behind a proxy, registries often get their own scheme and host wrong.
                guard let url = response.url.resolving(link), url.path.hasPrefix("/v2/") else {
                    throw found.broken(context, "links to a next page that is not its own")
                }
                return url.target
            }
        }
        return found.tags
    }
}

/// The tags of the pages so far.
private struct TagList {
    let limit: Int
    private(set) var tags: [String] = []
    private var seen: Set<String> = []
    private var pages: Set<String> = []

    init(limit: Int) { self.limit = limit }

    mutating func visit(_ page: String, _ context: OperationContext) throws {
        guard pages.insert(page).inserted, pages.count <= limit else {
            throw broken(context, "sends the same page of tags again and again")
        }
    }

    mutating func add(_ body: [UInt8], _ context: OperationContext) throws {
        guard let tree = try? JSONReader.parse(body, limits: DocumentLimits(depth: 32)), let map = tree.map,
            let names = map["tags"].map({ $0.isNull ? [] : $0.list }) ?? []
        else { throw broken(context, "sent no list of tags") }
        for name in names.lazy.compactMap(\.string) where ReferenceGrammar.isTag(name) && seen.insert(name).inserted {
            guard tags.count < limit else {
                throw broken(context, "has more than \(limit) tags; refer to a tag or digest directly")
            }
            tags.append(name)
        }
    }

    func broken(_ context: OperationContext, _ what: String) -> RegistryError {
        RegistryError(.protocolViolation, "Registry \(context.repository.registry) \(what) for \(context.repository)")
    }
}
