import CoreModel
import HTTPExchange

extension RegistryClient {
    /// Names on a page of tags that we ask for.
    private static let tagPageSize = 1000

    /// Every tag of a repository in the registry's order, each once. Names that are no tags are left out.
    ///
    /// Follows the registry's own pages, however it words their links, and never leaves the registry; asks for the next
    /// page itself where a full one has no link. A page that did not change since last time does not travel again where
    /// the registry can tell.
    /// - Throws: `RegistryError.protocolViolation` for more than `limit` tags, and for pages that go round in a circle.
    package func tags(_ repository: Repository, _ access: RegistryAccess, limit: Int = 100_000) async throws -> [String]
    {
        let context = OperationContext(
            repository,
            access,
            scopes: [.pull(repository)],
            subject: "the tags of \(repository)"
        )
        let identity = try await access.credentials.credentials(for: repository).identity
        let first = "/v2/\(repository.path)/tags/list?n=\(Self.tagPageSize)"
        var found = TagList(limit: limit)
        var pages = PageTrail(first: first, limit: limit)
        var isGuess = false
        while let path = try pages.next(context) {
            let key = TagPageMemory.Key(endpoint: context.endpoint, identity: identity, path: path)
            guard let page = try await tagPage(key, isGuess: isGuess, context) else { break }
            let isNew = try found.add(page.names, context)
            // Who answers a guess with what we have knows no pages.
            if isGuess, !isNew { break }
            pages.go(on: page.next)
            isGuess = page.looksCut(asked: Self.tagPageSize)
            if isGuess, let last = page.last { pages.go(on: "\(first)&last=\(HTTPURL.percentEncode(last))") }
        }
        return found.tags
    }

    /// Nil for a guess that the registry does not understand.
    private func tagPage(
        _ key: TagPageMemory.Key,
        isGuess: Bool,
        _ context: OperationContext
    ) async throws -> TagPage? {
        let known = tagPages.page(for: key)
        var call = RegistryCall(.get, key.path, accepting: known == nil ? [200] : [200, 304])
        call.headers["If-None-Match"] = known?.mark
        let response: BufferedResponse
        do {
            response = try await buffered(call, context, limit: 8 << 20)
        } catch let error as RegistryError where isGuess && [.notFound, .rejected].contains(error.code) {
            return nil
        }
        if let known, response.head.status == 304 { return known.page }
        let next = try PageTrail.link(in: response, context)
        guard let page = TagPage(parsing: response.body, next: next) else {
            throw PageTrail.broken(context, "sent no list of tags")
        }
        if let mark = response.head.headers["ETag"] {
            tagPages.remember(TagPageMemory.Marked(mark: mark, page: page), for: key)
        }
        return page
    }
}

/// The tags of the pages so far.
private struct TagList {
    let limit: Int
    private(set) var tags: [String] = []
    private var seen: Set<String> = []

    init(limit: Int) { self.limit = limit }

    /// Whether there was a tag that had not been there before.
    mutating func add(_ names: [String], _ context: OperationContext) throws -> Bool {
        let before = tags.count
        for name in names where seen.insert(name).inserted {
            guard tags.count < limit else {
                throw RegistryError(
                    .protocolViolation,
                    "Registry \(context.repository.registry) has more than \(limit) tags for \(context.repository); "
                        + "refer to a tag or digest directly"
                )
            }
            tags.append(name)
        }
        return tags.count > before
    }
}
