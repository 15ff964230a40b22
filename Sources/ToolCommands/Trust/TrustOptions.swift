import ArgumentParser
import ArtifactTrust
import CoreModel
import SignatureCrypto

/// The flags that say whose signature counts.
struct TrustOptions: ParsableArguments {
    @Option(help: "A file with a public key in PEM form; may be given several times, one match is enough.")
    var key: [String] = []

    @Option(help: "The signer's name in its certificate: an address, or the URL of a workflow.")
    var certificateIdentity: String?

    @Option(help: "A regular expression that matches the signer's whole name.")
    var certificateIdentityRegexp: String?

    @Option(help: "Who identified the signer: the issuer's URL.")
    var certificateOidcIssuer: String?

    @Option(help: "A regular expression that matches the issuer's whole URL.")
    var certificateOidcIssuerRegexp: String?

    @Flag(help: "Take signatures that are in no transparency log; without keys a timestamp has to prove their time.")
    var insecureIgnoreTlog = false

    @Flag(help: "Ask for the timestamp of an authority that the trusted root names.")
    var useSignedTimestamps = false

    @Option(help: "notation's trust policy document (trustpolicy.json).")
    var trustPolicy: String?

    @Option(
        help: """
            A file with certificates of notation's trust stores; may be given several times. They belong to every \
            store that the trust policy names, or to one by the file's name: ca.acme.crt to ca:acme.
            """
    )
    var caCert: [String] = []

    @Option(help: "A certificate revocation list for notation's certificates; may be given several times.")
    var crl: [String] = []

    @Option(help: "A file with VerificationPolicy objects, and the Secrets that they name.")
    var policy: String?

    @Option(
        help: """
            When the artifacts were first seen, for a policy with a minimumAge: TIME, or DIGEST=TIME for one of \
            several (RFC 3339), as status.firstSeen of an OCIRepository says.
            """
    )
    var firstSeen: [String] = []

    /// The ways of saying whom to trust. They exclude each other.
    enum Way: Equatable {
        case keys
        case identity
        case notation
        case document
    }

    /// The way that the flags choose.
    /// - Parameters:
    ///   - providers: what `--provider` says of signatures: `cosign`, `notation`.
    ///   - hasRoot: a trusted root is named.
    /// - Throws: `ToolError.usage` for flags that do not belong together, and where there are none.
    func way(_ providers: [String], hasRoot: Bool) throws -> Way {
        let way = try chosenWay(providers)
        let misplaced = flags.first { !$0.ways.contains(way) && $0.isGiven }
        if let misplaced { throw Self.misplaced(misplaced.name, way) }
        if hasRoot, way == .notation { throw Self.misplaced("a Sigstore trusted root", way) }
        return way
    }

    private func chosenWay(_ providers: [String]) throws -> Way {
        let names = Set(providers)
        guard names.count <= 1 else {
            throw ToolError(.usage, "--provider names two ways of signing; give cosign or notation")
        }
        if policy != nil {
            guard names.isEmpty else {
                throw ToolError(.usage, "--policy says itself how artifacts are signed; leave --provider out")
            }
            return .document
        }
        if names == ["notation"] { return .notation }
        if !key.isEmpty { return .keys }
        if hasIdentity { return .identity }
        guard names.isEmpty, trustPolicy != nil || !caCert.isEmpty else {
            throw ToolError(
                .usage,
                "Nothing says whom to trust; give --key FILE, or --certificate-identity and --certificate-oidc-issuer, "
                    + "or --provider notation with --trust-policy and --ca-cert, or --policy FILE"
            )
        }
        return .notation
    }

    private var hasIdentity: Bool {
        certificateIdentity != nil || certificateIdentityRegexp != nil || certificateOidcIssuer != nil
            || certificateOidcIssuerRegexp != nil
    }

    private struct Given {
        let name: String
        let isGiven: Bool
        let ways: Set<Way>
    }

    private var flags: [Given] {
        [
            Given(name: "--key", isGiven: !key.isEmpty, ways: [.keys]),
            Given(name: "--certificate-identity", isGiven: certificateIdentity != nil, ways: [.identity]),
            Given(name: "--certificate-identity-regexp", isGiven: certificateIdentityRegexp != nil, ways: [.identity]),
            Given(name: "--certificate-oidc-issuer", isGiven: certificateOidcIssuer != nil, ways: [.identity]),
            Given(
                name: "--certificate-oidc-issuer-regexp",
                isGiven: certificateOidcIssuerRegexp != nil,
                ways: [.identity]
            ),
            Given(name: "--insecure-ignore-tlog", isGiven: insecureIgnoreTlog, ways: [.keys, .identity]),
            Given(name: "--use-signed-timestamps", isGiven: useSignedTimestamps, ways: [.keys, .identity]),
            Given(name: "--trust-policy", isGiven: trustPolicy != nil, ways: [.notation]),
            Given(name: "--ca-cert", isGiven: !caCert.isEmpty, ways: [.notation]),
            Given(name: "--crl", isGiven: !crl.isEmpty, ways: [.notation]),
            Given(name: "--first-seen", isGiven: !firstSeen.isEmpty, ways: [.document]),
        ]
    }

    private static func misplaced(_ flag: String, _ way: Way) -> ToolError {
        let chosen =
            switch way {
            case .keys: "--key"
            case .identity: "a certificate's identity"
            case .notation: "notation"
            case .document: "--policy"
            }
        return ToolError(
            .usage,
            "\(flag) does not go with \(chosen); leave one of them out"
        )
    }
}
