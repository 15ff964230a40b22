/// What is wrong with evidence that somebody presented: a certificate, a chain, a timestamp token, a revocation list.
///
/// A refusal, not a fault: whoever verifies turns it into a verdict. `CryptoError` stays for what could not be decided.
package struct EvidenceProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rule that is broken; one for each, so that a test can tell them apart.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// Not strict DER, or not the structure that the standard says.
        case malformed
        /// A hash, signature scheme or key that is not accepted.
        case weakAlgorithm
        case unsupportedAlgorithm
        case weakKey
        // Chains.
        case unknownRoot
        case badSignature
        case notAuthority
        case pathLength
        case keyUsage
        case extendedKeyUsage
        case nameConstraint
        case unknownCritical
        case notYetValid
        case expired
        case chainTooLong
        case chainRefused
        // Timestamp tokens.
        case timestampRefused
        case timestampOfAnother
        case timestampNonce
        case timestampSigner
        case timestampSignature
        // Revocation lists.
        case revocationListIssuer
        case revocationListSignature
        case revocationListOutdated
        case revoked
    }

    package let code: Code
    /// A clause that names its subject and ends a sentence: `the certificate "CN=ci" has expired at …`.
    package let reason: String

    package init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    package var description: String { reason }
}
