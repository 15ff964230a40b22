import CoreModel
package import ManifestTree

extension OCIRepository {
    /// Who has to have signed the artifact (`spec.verify`).
    package struct Verification: Hashable, Sendable {
        /// Flux's name for the way of signing.
        package enum Provider: String, Hashable, Sendable {
            case cosign, notation
        }

        /// One of those who may have signed without a key of their own.
        package struct Identity: Hashable, Sendable {
            /// An expression that the whole issuer of the token has to match.
            package let issuer: String
            /// An expression that the whole subject of the token has to match.
            package let subject: String
        }

        /// What Flux's fields ask for.
        package enum Signers: Hashable, Sendable {
            /// cosign with the public keys of a Secret.
            case keys(secretName: String)
            /// cosign with certificates that name one of these, or anybody where there are none.
            case identities([Identity])
            /// notation with the trust policy and certificates of a Secret.
            case notation(secretName: String)
        }

        /// Nil where the inline policy alone counts.
        package let signers: Signers?
        /// The Secret with `trusted_root.json`; nil for the controller's own root.
        package let trustedRootSecretName: String?
        /// Signatures by keys have to be in a transparency log of the trusted root as well.
        package let requiresTransparencyLog: Bool
        /// A trust policy of notation that skips or only audits lets nothing pass.
        package let requiresEnforcement: Bool
        /// As a VerificationPolicy's spec without its repositories.
        package let policy: Tree?

        /// As messages and conditions of Flux name it.
        package var providerName: String {
            switch signers {
            case .keys, nil: "cosign"
            case .identities: "cosign keyless"
            case .notation: "notation"
            }
        }
    }

    static let verifyFields: [SchemaField] = [
        SchemaField("provider", .string, "The kind of signature.").required().defaults(to: "cosign")
            .oneOf("cosign", "notation"),
        .localReference(
            "secretRef",
            "For cosign, a Secret whose `*.pub` entries are the trusted public keys. For notation, a Secret with "
                + "`trustpolicy.json` and certificates as `*.crt` or `*.pem`."
        ),
        SchemaField(
            "matchOIDCIdentity",
            .list(
                .object([
                    SchemaField("issuer", .string, "An expression that the token's whole issuer has to match.")
                        .required(),
                    SchemaField("subject", .string, "An expression that the token's whole subject has to match.")
                        .required(),
                ])
            ),
            "Who may have signed without a key; one of them is enough. For cosign without `secretRef`, where it or "
                + "`anyIdentity` is required."
        ).holding(0...64),
        SchemaField(
            "anyIdentity",
            .boolean,
            "Take the signature of anybody that the trusted root vouches for, instead of `matchOIDCIdentity`. "
                + "Beyond Flux."
        ),
        .localReference(
            "trustedRootSecretRef",
            "A Secret with `trusted_root.json`, or with `mirror` and `root.json` for a TUF repository. Where it is "
                + "absent, the controller's own root counts (`--sigstore-trusted-root`, `--sigstore-tuf-root`)."
        ),
        SchemaField(
            "transparencyLog",
            .string,
            "Whether signatures by the keys of `secretRef` have to be in a transparency log of the trusted root. Those "
                + "without keys always have to. Beyond Flux."
        ).oneOf("required", "optional"),
        SchemaField(
            "requireVerified",
            .boolean,
            "Refuse what a trust policy of notation lets pass unverified by `skip` and `audit`. Beyond Flux."
        ),
        SchemaField(
            "policy",
            .strict(TrustFields.trust(secret: TrustFields.localSecret)),
            "What has to hold besides, or instead where none of the fields above is there but `provider`. The fields "
                + "are those of a VerificationPolicy. Beyond Flux."
        ),
    ]

    /// Fails closed: what cannot be told apart from a mistake is refused, never skipped.
    static func verification(_ reader: FieldReader) throws -> Verification? {
        guard reader.isPresent else { return nil }
        try reader.refuseUnknown(besides: verifyFields.map(\.name))
        let provider = try reader.choice("provider", ["cosign", "notation"])
        let policy = reader.object("policy")
        let log = try reader.string("transparencyLog")
        if let log, !["required", "optional"].contains(log) {
            throw reader.error("transparencyLog", "is \"\(log)\"; it has to be required or optional")
        }
        let signers = provider == "notation" ? try notation(reader) : try cosign(reader, hasPolicy: policy.isPresent)
        if log != nil {
            guard case .keys = signers else {
                throw reader.error("transparencyLog", "is for keys, and secretRef names none; remove it or add them")
            }
        }
        return Verification(
            signers: signers,
            trustedRootSecretName: try reader.reference("trustedRootSecretRef"),
            requiresTransparencyLog: log == "required",
            requiresEnforcement: try reader.flag("requireVerified"),
            policy: policy.isPresent ? policy.value : nil
        )
    }

    private static func notation(_ reader: FieldReader) throws -> Verification.Signers {
        guard let secret = try reader.reference("secretRef") else {
            throw reader.error(
                "secretRef",
                "is required with the provider notation; name a Secret with trustpolicy.json and certificates"
            )
        }
        for field in ["matchOIDCIdentity", "trustedRootSecretRef", "anyIdentity"] where reader.object(field).isPresent {
            throw reader.error(field, "is for the provider cosign, and the provider is notation; remove it")
        }
        return .notation(secretName: secret)
    }

    private static func cosign(_ reader: FieldReader, hasPolicy: Bool) throws -> Verification.Signers? {
        let identities = try reader.objects("matchOIDCIdentity").map(identity)
        let acceptsAny = try reader.flag("anyIdentity")
        if let secret = try reader.reference("secretRef") {
            guard identities.isEmpty, !acceptsAny else {
                throw reader.error(
                    identities.isEmpty ? "anyIdentity" : "matchOIDCIdentity",
                    "says who may sign without a key, and secretRef names keys; keep one of them, "
                        + "or put both into policy"
                )
            }
            return .keys(secretName: secret)
        }
        guard !acceptsAny || identities.isEmpty else {
            throw reader.error("anyIdentity", "is true while matchOIDCIdentity names some; keep one of them")
        }
        if identities.isEmpty, !acceptsAny {
            // The inline policy stands for itself.
            if hasPolicy, !reader.object("trustedRootSecretRef").isPresent { return nil }
            throw reader.error(
                "matchOIDCIdentity",
                "is empty, and without secretRef it has to say who may sign; name an issuer and a subject, "
                    + "or a Secret with *.pub entries in secretRef, or set anyIdentity to take anybody"
            )
        }
        return .identities(identities)
    }

    private static func identity(_ reader: FieldReader) throws -> Verification.Identity {
        let (issuer, subject) = (try reader.requiredString("issuer"), try reader.requiredString("subject"))
        for (name, text) in [("issuer", issuer), ("subject", subject)] where LinearPattern(text) == nil {
            throw reader.error(name, "is \"\(text)\", which is not a regular expression; correct it")
        }
        return Verification.Identity(issuer: issuer, subject: subject)
    }
}
