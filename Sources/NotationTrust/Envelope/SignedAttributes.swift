package import CoreModel
internal import ManifestTree

/// What the signer said about the signature itself, under the signature (signature-specification.md, "Signed
/// Attributes").
package struct SignedAttributes: Hashable, Sendable {
    package let algorithm: EnvelopeAlgorithm
    package let scheme: SigningScheme
    /// The signer's own word under `notary.x509`, the authority's under `notary.x509.signingAuthority`.
    package let signingTime: Timestamp
    /// From when on the artifact should not be used any more.
    package let expiry: Timestamp?
}

/// The protected header of either format, before the rules that both share are applied to it.
struct ProtectedHeader {
    let algorithm: EnvelopeAlgorithm
    let contentType: String
    /// The header parameters that the signer wants understood.
    let critical: [String]
    /// The names of all parameters besides the registered ones.
    let names: Set<String>
    let scheme: String?
    let signingTime: Timestamp?
    let authenticSigningTime: Timestamp?
    let expiry: Timestamp?

    /// Applies the rules. Fails for whatever the signer marked as critical and we do not know.
    func attributes() throws(NotationProblem) -> SignedAttributes {
        guard contentType == NotaryName.payloadType else {
            throw NotationProblem(
                "it signs content of the type \(contentType.quotedForMessage), not \"\(NotaryName.payloadType)\""
            )
        }
        try checkCritical()
        guard let scheme else { throw NotationProblem("its protected header has no \(NotaryName.scheme)") }
        guard let scheme = SigningScheme(rawValue: scheme) else {
            throw NotationProblem("its signing scheme \(scheme.quotedForMessage) is unknown")
        }
        let time = try time(of: scheme)
        if let expiry, expiry <= time {
            throw NotationProblem("it was signed at \(time) and was to be used until \(expiry), which is not later")
        }
        return SignedAttributes(algorithm: algorithm, scheme: scheme, signingTime: time, expiry: expiry)
    }

    private func checkCritical() throws(NotationProblem) {
        let plugins = [NotaryName.plugin, NotaryName.pluginVersion].filter(names.contains)
        if let plugin = plugins.first {
            throw NotationProblem(
                "it asks for a verification plugin (\(plugin)), and nothing but this verifier decides here"
            )
        }
        guard Set(critical).count == critical.count else {
            throw NotationProblem("its list of critical headers names one twice")
        }
        let known: Set<String> = [
            NotaryName.scheme, NotaryName.signingTime, NotaryName.authenticSigningTime, NotaryName.expiry,
        ]
        if let unknown = critical.first(where: { !known.contains($0) }) {
            throw NotationProblem("its critical header \(unknown.quotedForMessage) is unknown")
        }
        if let absent = critical.first(where: { !names.contains($0) }) {
            throw NotationProblem("its critical header \(absent.quotedForMessage) is not there")
        }
        for name in [NotaryName.scheme, NotaryName.authenticSigningTime, NotaryName.expiry]
        where names.contains(name) && !critical.contains(name) {
            throw NotationProblem("its header \(name) is not marked as critical")
        }
    }

    private func time(of scheme: SigningScheme) throws(NotationProblem) -> Timestamp {
        let (own, ownName, other, otherName) =
            switch scheme {
            case .x509:
                (signingTime, NotaryName.signingTime, authenticSigningTime, NotaryName.authenticSigningTime)
            case .signingAuthority:
                (authenticSigningTime, NotaryName.authenticSigningTime, signingTime, NotaryName.signingTime)
            }
        guard other == nil else {
            throw NotationProblem("its header \(otherName) does not go with the scheme \(scheme.rawValue)")
        }
        guard let own else { throw NotationProblem("its protected header has no \(ownName)") }
        return own
    }
}
