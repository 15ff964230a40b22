/// Which evidence a policy asks for besides the signature itself.
package struct EvidenceRules: Hashable, Sendable {
    /// An entry in a log of signatures that the trusted root names.
    package var requiresLog: Bool
    /// A timestamp by an authority that the trusted root names; without it the log's own time will do.
    package var requiresTimestamp: Bool

    package init(requiresLog: Bool = true, requiresTimestamp: Bool = false) {
        self.requiresLog = requiresLog
        self.requiresTimestamp = requiresTimestamp
    }
}

/// When a signature existed, as somebody who is trusted signed.
package struct SigningTime: Hashable, Sendable {
    /// Who says so.
    package enum Witness: Hashable, Sendable {
        /// A log of signatures, by its URL.
        case log(String)
        /// A timestamping authority.
        case timestampAuthority
    }

    /// Since 1970.
    package let seconds: Int64
    package let witness: Witness
}

/// A signer whom a certificate names, and whose certificate was proven to be good when the signature was made.
package struct CertifiedSigner: Hashable, Sendable {
    package let identity: FulcioIdentity
    /// At least one, earliest first.
    package let times: [SigningTime]
    /// The certificate's fingerprint.
    package let certificate: String
    /// Whether a log of signatures has the signature.
    package let isLogged: Bool
}
