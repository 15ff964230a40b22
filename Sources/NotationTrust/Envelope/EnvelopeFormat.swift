/// The two forms in which a signature travels, by the media type of the layer that holds it.
package enum EnvelopeFormat: String, Hashable, Sendable, CaseIterable {
    /// JSON Web Signature, flattened JSON serialization (RFC 7515 section 7.2.2).
    case jws = "application/jose+json"
    /// `COSE_Sign1_Tagged` (RFC 9052 section 4.2).
    case cose = "application/cose"
}

/// How a signature was made (signing-scheme.md); it decides which trust stores count and where the time comes from.
package enum SigningScheme: String, Hashable, Sendable, CaseIterable {
    /// The owner of the certificate signed, at a time that only a timestamp proves.
    case x509 = "notary.x509"
    /// A trusted authority signed on somebody's behalf and vouches for the time.
    case signingAuthority = "notary.x509.signingAuthority"
}

/// The names of the headers and the media types that the specification reserves.
enum NotaryName {
    static let payloadType = "application/vnd.cncf.notary.payload.v1+json"
    static let scheme = "io.cncf.notary.signingScheme"
    static let signingTime = "io.cncf.notary.signingTime"
    static let authenticSigningTime = "io.cncf.notary.authenticSigningTime"
    static let expiry = "io.cncf.notary.expiry"
    static let plugin = "io.cncf.notary.verificationPlugin"
    static let pluginVersion = "io.cncf.notary.verificationPluginMinVersion"
    static let timestamp = "io.cncf.notary.timestampSignature"
    static let agent = "io.cncf.notary.signingAgent"

    /// What counts only under the signature. In the part of an envelope that nobody signed, each of them is an attempt
    /// to override what was signed.
    static let protectedOnly: Set<String> = [
        scheme, signingTime, authenticSigningTime, expiry, plugin, pluginVersion,
    ]
}
