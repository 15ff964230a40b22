package import CoreModel
internal import ManifestTree

/// Text that a signer's certificate has to hold.
package enum TextRule: Hashable, Sendable {
    /// Exactly this, byte for byte.
    case exact(String)
    /// A regular expression (RE2's syntax) that matches the text from its beginning to its end. cosign and Flux search
    /// for theirs anywhere, which lets `https://github.com/acme/` pass `https://evil.test/?https://github.com/acme/`;
    /// an expression with `^` and `$` means the same here as there, and one without has to say `.*` where it means it.
    case pattern(LinearPattern)

    func matches(_ text: String) -> Bool {
        switch self {
        case .exact(let own): own.utf8.elementsEqual(text.utf8)
        case .pattern(let pattern): pattern.matchesWhole(text)
        }
    }

    /// The rule as it was written, for fingerprints: no two rules have the same.
    package var description: String {
        switch self {
        case .exact(let text): "=\(text)"
        case .pattern(let pattern): "~\(pattern.text)"
        }
    }

    /// Why a text does not match, as the end of a sentence.
    fileprivate func mismatch(_ what: String, _ text: String) -> String? {
        guard !matches(text) else { return nil }
        let said = "its \(what) is \(text.quotedForMessage)"
        switch self {
        case .exact(let own): return "\(said), not \(own.quotedForMessage)"
        case .pattern(let pattern) where pattern.isFound(in: text):
            return
                "\(said), of which \(pattern.text.quotedForMessage) matches only a part (expressions match the whole)"
        case .pattern(let pattern): return "\(said), which does not match \(pattern.text.quotedForMessage)"
        }
    }
}

/// A signer that a policy trusts: all of it has to match.
package struct IdentityMatcher: Hashable, Sendable {
    package let issuer: TextRule
    package let subject: TextRule
    /// What else has to be in the certificate.
    package let claims: [FulcioClaim: TextRule]

    /// - Throws: `SigstoreError.invalidIdentity` for a rule that any or no text matches because it is empty.
    package init(issuer: TextRule, subject: TextRule, claims: [FulcioClaim: TextRule] = [:]) throws {
        let rules = [("issuer", issuer), ("subject", subject)] + claims.map { ($0.key.rawValue, $0.value) }
        for (name, rule) in rules where rule.description.utf8.count == 1 {
            throw SigstoreError(
                .invalidIdentity,
                "The identity of a signer has an empty \(name); say what it has to be"
            )
        }
        self.issuer = issuer
        self.subject = subject
        self.claims = claims
    }

    /// Why an identity is not this one; nil where it is.
    package func mismatch(_ identity: FulcioIdentity) -> String? {
        if let reason = issuer.mismatch("issuer", identity.issuer) { return reason }
        if let reason = subject.mismatch("subject", identity.subject) { return reason }
        for (claim, rule) in claims.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            guard let text = identity.claims[claim] else { return "it does not say its \(claim.rawValue)" }
            if let reason = rule.mismatch(claim.rawValue, text) { return reason }
        }
        return nil
    }

    /// All of it in lines that no other identity has.
    package var fingerprintLines: [String] {
        [issuer.description, subject.description]
            + claims.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.rawValue)\($0.value.description)" }
    }
}

/// The signers that a policy of certificates takes.
package enum TrustedIdentities: Hashable, Sendable {
    /// Whoever the authorities gave a certificate: says only that somebody signed.
    case any
    /// Any one of these; at least one.
    case oneOf([IdentityMatcher])

    /// The most identities tried.
    package static let limit = 100

    /// Takes a list of one to `limit` identities. An empty list matches nobody, and who means everybody has to say so.
    /// - Throws: `SigstoreError.invalidIdentity`.
    package init(listing identities: [IdentityMatcher]) throws {
        guard (1...Self.limit).contains(identities.count) else {
            throw SigstoreError(
                .invalidIdentity,
                "The verification by certificate has \(identities.count) identities, and 1 to \(Self.limit) are taken; "
                    + "list the issuers and subjects that may sign"
            )
        }
        self = .oneOf(identities)
    }

    /// Why none of them is this identity; nil where one is.
    package func mismatch(_ identity: FulcioIdentity) -> String? {
        guard case .oneOf(let matchers) = self else { return nil }
        var first: String?
        for matcher in matchers {
            guard let reason = matcher.mismatch(identity) else { return nil }
            first = first ?? reason
        }
        let others = matchers.count > 1 ? " (and \(matchers.count - 1) other identities do not match either)" : ""
        return "it was made by another signer: \(first ?? "the policy names none")\(others)"
    }
}
