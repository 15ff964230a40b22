/// Who has to have signed an artifact.
///
/// That nobody has to is not a policy but the absence of one; see `VerifiedRevision.withoutPolicy(_:)`.
package enum TrustPolicy: Hashable, Sendable {
    /// cosign signatures by any of some public keys.
    case cosignKeys(CosignKeyPolicy)

    /// Flux's name for the way of signing, as in `spec.verify.provider`.
    package var provider: String {
        switch self {
        case .cosignKeys: "cosign"
        }
    }

    /// A value that stays the same for policies that trust the same signers, and differs for others. Compare it with
    /// the recorded one to learn that what is stored has to be verified again.
    package var fingerprint: String {
        switch self {
        case .cosignKeys(let policy): policy.fingerprint
        }
    }
}
