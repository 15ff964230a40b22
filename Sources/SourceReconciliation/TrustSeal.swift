import ArtifactStore
import CoreModel
import OCIDistribution
import SignatureCrypto

/// Seals what the status says of verified artifacts with the key of the store that holds them.
///
/// A status can be written by whoever has the right to it, copied from another object, or restored from a backup. What
/// it says of trust counts only where this seal is on it. With the store its artifacts are gone too, so that a new key
/// costs nothing.
struct TrustSeal: Sendable {
    /// What was verified, of which object, under which policy. A trust policy of notation says other things of other
    /// repositories, so the repository is part of it.
    struct Claim: Sendable {
        let uid: String
        let repository: Repository
        let digest: Digest
        /// The fingerprint of everything that held.
        let policy: String
        let message: String

        /// No two claims have the same text.
        fileprivate var text: [UInt8] {
            let parts = [uid, "\(repository)", "\(digest)", policy, message]
            return Array(parts.map { "\($0.utf8.count):\($0)" }.joined().utf8)
        }
    }

    private static let kind = Array("sluice: verified 1\n".utf8)

    private let key: Redacted<[UInt8]>

    init(_ store: ContentStore) { key = store.key }

    /// The seal of a claim, as the status holds it.
    /// - Throws: `CryptoError`.
    func seal(_ claim: Claim) throws -> String {
        Hex.encode(try MessageAuthentication.sha256(Self.kind + claim.text, key: key.secret))
    }

    /// Whether the seal is on this very claim.
    func isSealed(_ claim: Claim, by text: String) -> Bool {
        guard let expected = try? seal(claim) else { return false }
        return MessageAuthentication.areEqual(Array(expected.utf8), Array(text.utf8))
    }
}
