import ArtifactStore
import HTTPExchange
import OCIDistribution
import Synchronization

/// Everything that decides the bytes that are served, and from where they came.
struct ContentRecipe: Hashable, Sendable {
    let repository: Repository
    let profile: ConnectionProfile
    let plainHTTP: Bool
    let layers: [Descriptor]
    let content: ContentSettings
}

/// What has been fetched, unpacked and stored, so that many objects with one content cost one download.
///
/// One object makes a content at a time; those who want the same wait for it, and then find it made. When it fails, the
/// next one tries for itself: what one was refused says nothing about another.
final class SharedContent: Sendable {
    private static let capacity = 1024

    private let turns = Admission<ContentRecipe>(places: 1)
    private let known = Mutex<[ContentRecipe: PublishedArtifact]>([:])

    /// Publishes the content that is known by a recipe, where `held` finds that the store has it still, or makes it.
    /// - Throws: what the closures throw; `CancellationError` when the task is cancelled while it waits.
    func publish(
        _ recipe: ContentRecipe,
        held: (PublishedArtifact) async throws -> PublishedArtifact?,
        makingIt make: () async throws -> PublishedArtifact
    ) async throws -> PublishedArtifact {
        try await turns.admitted(with: recipe) {
            if let known = known.withLock({ $0[recipe] }), let published = try await held(known) { return published }
            let made = try await make()
            remember(made, by: recipe)
            return made
        }
    }

    private func remember(_ artifact: PublishedArtifact, by recipe: ContentRecipe) {
        known.withLock { known in
            // What is forgotten costs a download, nothing else.
            if known.count >= Self.capacity, known[recipe] == nil { known.removeAll() }
            known[recipe] = artifact
        }
    }
}
