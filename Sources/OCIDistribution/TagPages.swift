import ManifestTree
import Synchronization

/// One page of a list of tags.
struct TagPage: Sendable {
    /// In the registry's order; whatever is no tag is left out.
    let names: [String]
    /// How many names the registry sent, tags or not.
    let count: Int
    /// The name that the next page would begin after.
    let last: String?
    /// Where the registry's own link leads.
    let next: String?

    /// Nil for a body that is no list of tags.
    init?(parsing body: [UInt8], next: String?) {
        guard let tree = try? JSONReader.parse(body, limits: DocumentLimits(depth: 32)), let map = tree.map,
            let list = map["tags"].map({ $0.isNull ? [] : $0.list }) ?? []
        else { return nil }
        let sent = list.compactMap(\.string)
        names = sent.filter(ReferenceGrammar.isTag)
        count = sent.count
        last = sent.last
        self.next = next
    }

    /// Some registries cut their lists without a link to the rest. A page that is as full as pages usually are may be
    /// such a one; more than was asked for is not: then the registry knows no pages.
    func looksCut(asked: Int) -> Bool { next == nil && count > 0 && count <= asked && count.isMultiple(of: 50) }
}

/// Pages that registries gave a mark for, so that next time only what changed travels. Bounded, in memory only.
final class TagPageMemory: Sendable {
    struct Key: Hashable, Sendable {
        let endpoint: RegistryEndpoint
        /// Of the credentials; see `RegistryCredentials.identity`.
        let identity: String
        let path: String
    }

    struct Marked: Sendable {
        /// The response's `ETag`, as it came.
        let mark: String
        let page: TagPage
    }

    private struct State {
        var pages: [Key: Marked] = [:]
        var names = 0
    }

    /// All names of all pages together.
    private static let capacity = 200_000

    private let state = Mutex(State())

    func page(for key: Key) -> Marked? { state.withLock { $0.pages[key] } }

    /// A page that alone is larger than the memory is not kept.
    func remember(_ marked: Marked, for key: Key) {
        state.withLock { state in
            state.names -= state.pages.removeValue(forKey: key)?.page.count ?? 0
            if state.names + marked.page.count > Self.capacity { state = State() }
            guard marked.page.count <= Self.capacity else { return }
            state.pages[key] = marked
            state.names += marked.page.count
        }
    }
}
