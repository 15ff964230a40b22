import ArtifactTrust
import SluiceAPI
import Synchronization

/// The policies that sources were last verified by, so that keys and roots are not parsed again as long as
/// nothing of what they come from has changed. Sources that trust the same share one.
final class TrustMemo: Sendable {
    private static let capacity = 1024

    /// What a policy is made by.
    struct Recipe: Hashable, Sendable {
        /// The namespace of the Secrets which the source names, and how it reaches what they name.
        let connection: OwnConnection
        let verification: OCIRepository.Verification?
        /// The versions of the verification policies that cover the source.
        let policies: [String]
    }

    /// A policy, and from what it was made.
    struct Made: Sendable {
        let policy: TrustPolicy
        let observed: Set<TrustMaterial.Observation>
    }

    private let known = Mutex<[Recipe: Made]>([:])

    subscript(recipe: Recipe) -> Made? {
        get { known.withLock { $0[recipe] } }
        set {
            known.withLock { known in
                // What is forgotten costs a parse, nothing else.
                if known.count >= Self.capacity, known[recipe] == nil { known.removeAll() }
                known[recipe] = newValue
            }
        }
    }
}
