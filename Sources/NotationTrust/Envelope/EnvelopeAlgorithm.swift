package import CoreModel

/// The signature algorithms that the Notary Project allows, by their names in JWS. Each belongs to one kind and size of
/// key (signature-specification.md, "Algorithm Selection"), so that no header can choose another.
package enum EnvelopeAlgorithm: String, Hashable, Sendable, CaseIterable {
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"

    /// Its number in COSE (IANA, "COSE Algorithms").
    var coseNumber: Int64 {
        switch self {
        case .ps256: -37
        case .ps384: -38
        case .ps512: -39
        case .es256: -7
        case .es384: -35
        case .es512: -36
        }
    }

    /// Nil for a number that is not one of these.
    init?(coseNumber: Int64) {
        guard let found = Self.allCases.first(where: { $0.coseNumber == coseNumber }) else { return nil }
        self = found
    }

    /// The hash that is signed, and that a timestamp over the signature is asked with.
    package var hash: Digest.Algorithm {
        switch self {
        case .ps256, .es256: .sha256
        case .ps384, .es384: .sha384
        case .ps512, .es512: .sha512
        }
    }
}
