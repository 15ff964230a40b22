package import CoreModel
internal import ManifestTree
internal import SignatureCrypto

/// Who made a signature that was found good.
package enum TrustSigner: Hashable, Sendable {
    /// The holder of a key that the policy names.
    case key(NamedKey)
    /// The holder of a short-lived certificate for an identity.
    case certificate(CertificateIdentity)
    /// The holder of a certificate that notation trusts.
    case notation(NotationIdentity)

    /// What verdicts call the signer.
    package var name: String {
        switch self {
        case .key(let key): key.name
        case .certificate(let identity): identity.subject
        case .notation(let identity): identity.subject
        }
    }

    /// Equal for two signatures by the same signer, so that a threshold counts it once, however the keys are named and
    /// whenever it signed.
    package var identity: String {
        switch self {
        case .key(let key): "key \(key.key.fingerprint)"
        case .certificate(let identity): "certificate \(identity.issuer.debugDescription) \(identity.subject)"
        case .notation(let identity): "notation \(identity.fingerprint)"
        }
    }

    /// The signer as the end of `verified signature of revision … with`.
    package var phrase: String {
        switch self {
        case .key(let key): "key '\(key.name)'"
        case .certificate(let identity):
            "the identity \(identity.subject.quotedForMessage) of the issuer \(identity.issuer.quotedForMessage)"
        case .notation(let identity): identity.phrase
        }
    }
}

/// An identity that a certificate authority has vouched for, as Fulcio does.
package struct CertificateIdentity: Hashable, Sendable {
    /// Who knew the identity: the OpenID Connect issuer.
    package let issuer: String
    /// Whose it is: a URI or an address of electronic mail.
    package let subject: String
    /// When the signature is proven to have existed; the certificate was valid then.
    package let signedAt: Timestamp

    package init(issuer: String, subject: String, signedAt: Timestamp) {
        self.issuer = issuer
        self.subject = subject
        self.signedAt = signedAt
    }
}

/// The owner of a certificate below a root that a notation trust store holds.
package struct NotationIdentity: Hashable, Sendable {
    /// The certificate's subject, as RFC 4514 writes it.
    package let subject: String
    /// SHA-256 of the certificate, as hexadecimal.
    package let fingerprint: String
    /// When the signature is proven to have existed; nil where nothing but the signer says so.
    package let signedAt: Timestamp?
    /// What is wrong with the signature and the trust policy only logs.
    package let warnings: [String]

    package init(subject: String, fingerprint: String, signedAt: Timestamp?, warnings: [String] = []) {
        self.subject = subject
        self.fingerprint = fingerprint
        self.signedAt = signedAt
        self.warnings = warnings
    }

    fileprivate var phrase: String {
        let note =
            warnings.isEmpty ? "" : ", though \(warnings.joined(separator: ", and ")), which the policy only logs"
        return "the certificate of \(subject.quotedForMessage)\(note)"
    }
}
