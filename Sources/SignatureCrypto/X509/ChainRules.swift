/// What a chain has to fulfil beyond RFC 5280's path validation.
package struct ChainRules: Sendable {
    /// The purpose that the leaf has to name, in dotted form. An authority between that names purposes has to name it
    /// too, or any purpose.
    package var purpose: String?
    /// What the leaf's key usage has to allow.
    package var leafKeyUsage: KeyUsage = .digitalSignature
    /// The leaf has to have the key usage extension.
    package var requiresLeafKeyUsage = true
    /// A leaf that is itself among the roots is a chain of one; refused otherwise.
    package var allowsTrustedLeaf = false
    /// A leaf may be an authority itself.
    package var allowsAuthorityAsLeaf = false
    /// Critical extensions that the caller reads, in dotted form.
    package var understoodExtensions: Set<String> = []
    /// Certificates from leaf to root.
    package var maximumLength = 8

    package init(purpose: String? = nil) { self.purpose = purpose }
}
