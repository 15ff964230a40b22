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
        var pages = PageTrail(first: "/v2/\(repository.path)/tags/list?n=1000", limit: limit)
        while let path = try pages.next(context) {
            let response = try await buffered(RegistryCall(.get, path, accepting: [200]), context, limit: 8 << 20)
            try found.add(response.body, context)
            try pages.follow(response, context)
        }
        return found.tags
    }
}

/// The tags of the pages so far.
private struct TagList {
    let limit: Int
    private(set) var tags: [String] = []
    private var seen: Set<String> = []

    init(limit: Int) { self.limit = limit }

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

    private func broken(_ context: OperationContext, _ what: String) -> RegistryError {
        RegistryError(.protocolViolation, "Registry \(context.repository.registry) \(what) for \(context.repository)")
    }
}
