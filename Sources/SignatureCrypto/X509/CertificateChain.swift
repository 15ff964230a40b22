internal import CoreModel

/// A path from a leaf to a trusted root that was proven to be good at a moment.
///
/// Each rule of RFC 5280 section 6 that is broken is told apart by our own checks; OpenSSL's `X509_verify_cert` has to
/// agree in the end.
package struct CertificateChain: Hashable, Sendable {
    /// Leaf first, root last.
    package let certificates: [Certificate]

    package var leaf: Certificate { certificates[0] }
    package var root: Certificate { certificates[certificates.count - 1] }

    /// Finds a path from the leaf to one of the roots, which are trusted whoever issued them.
    ///
    /// - Parameters:
    ///   - moment: seconds since 1970 at which every certificate has to be valid; nil leaves validity to the caller.
    /// - Throws: `EvidenceProblem` with the rule that is broken on the most promising path; `CryptoError.engine`.
    package static func build(
        leaf: Certificate,
        intermediates: [Certificate],
        roots: [Certificate],
        at moment: Int64?,
        rules: ChainRules = ChainRules()
    ) throws -> CertificateChain {
        var search = ChainSearch(intermediates: intermediates, roots: roots, moment: moment, rules: rules)
        let certificates = try search.run(leaf)
        try ChainJudge(rules: rules).confirm(certificates)
        return CertificateChain(certificates: certificates)
    }
}
