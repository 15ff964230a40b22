internal import SignatureCrypto

/// Whom a certificate of Fulcio's names: a subject, and who vouched for it.
package struct FulcioIdentity: Hashable, Sendable {
    /// The token's issuer, such as `https://token.actions.githubusercontent.com`.
    package let issuer: String
    /// An e-mail address, a URI or another name, such as
    /// `https://github.com/acme/app/.github/workflows/release.yaml@refs/heads/main`.
    package let subject: String
    /// What else the token said.
    package let claims: [FulcioClaim: String]

    package init(issuer: String, subject: String, claims: [FulcioClaim: String] = [:]) {
        self.issuer = issuer
        self.subject = subject
        self.claims = claims
    }

    /// - Throws: `SigstoreProblem` for a certificate that does not name exactly one subject and one issuer.
    init(of certificate: Certificate) throws(SigstoreProblem) {
        issuer = try Self.issuer(of: certificate)
        subject = try Self.subject(of: certificate)
        var claims: [FulcioClaim: String] = [:]
        for claim in FulcioClaim.allCases {
            guard let value = certificate.extension(claim.identifier)?.value else { continue }
            claims[claim] = claim.isRawText ? Self.text(value) : try Self.string(value, claim.rawValue)
        }
        self.claims = claims
    }

    private static func issuer(of certificate: Certificate) throws(SigstoreProblem) -> String {
        let old = certificate.extension(FulcioClaim.oldIssuer).map { text($0.value) }
        var issuer = old
        if let value = certificate.extension(FulcioClaim.issuer)?.value { issuer = try string(value, "issuer") }
        guard let issuer, !issuer.isEmpty else {
            throw SigstoreProblem("its certificate does not say who issued the signer's identity")
        }
        guard old == nil || old == issuer else { throw SigstoreProblem("its certificate names two issuers") }
        return issuer
    }

    private static func subject(of certificate: Certificate) throws(SigstoreProblem) -> String {
        var names: [String] = []
        for name in certificate.alternativeNames {
            switch name {
            case .email(let text), .uri(let text): names.append(text)
            case .other(FulcioClaim.otherName, let value): names.append(try string(value, "subject"))
            default: throw SigstoreProblem("its certificate names its subject in a form that is not known (\(name))")
            }
        }
        guard let name = names.first, !name.isEmpty else {
            throw SigstoreProblem("its certificate names no subject")
        }
        // Which of several the policy means could be chosen by the signer.
        guard names.count == 1 else { throw SigstoreProblem("its certificate names \(names.count) subjects") }
        return name
    }

    private static func string(_ value: [UInt8], _ what: String) throws(SigstoreProblem) -> String {
        var reader = DERReader(value[...], subject: "the \(what)")
        guard let element = try? reader.next(.utf8String), reader.isAtEnd,
            let text = String(validating: element.content, as: UTF8.self)
        else { throw SigstoreProblem("its certificate has a malformed \(what)") }
        return text
    }

    private static func text(_ value: [UInt8]) -> String { String(decoding: value, as: UTF8.self) }
}
