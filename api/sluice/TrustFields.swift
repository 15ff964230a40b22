import ManifestTree

/// The fields that say whom to trust. The two kinds of policies and the inline policy of sources share them.
enum TrustFields {
    /// How a field names a Secret.
    typealias SecretReference = @Sendable (_ name: String, _ text: String) -> SchemaField

    /// By name, in the object's own namespace.
    static let localSecret: SecretReference = { .localReference($0, $1) }

    /// By name and namespace, for objects that lie in none.
    static let anySecret: SecretReference = { name, text in
        SchemaField(
            name,
            .strict([
                SchemaField("name", .string, "Name of the referent.").required(),
                SchemaField("namespace", .string, "Namespace of the referent.").required(),
            ]),
            text
        )
    }

    /// Which sources a policy is about.
    static let selection: [SchemaField] = [
        SchemaField(
            "repositories",
            .list(.string),
            "The repositories that the policy covers, as `host[:port]/path`. `*` stands for anything within one "
                + "segment, and `**` as a segment of its own for any number of segments."
        ).required().holding(1...256)
    ]

    /// Everything else of a policy.
    static func trust(secret: SecretReference) -> [SchemaField] {
        [
            SchemaField("authorities", .list(.strict(authority(secret))), "Those who can vouch for a revision.")
                .holding(0...64),
            SchemaField(
                "threshold",
                .integer,
                "How many of the authorities have to; all of them where it is absent. One signer counts once."
            ).atLeast(1),
            SchemaField(
                "annotations",
                .stringMap,
                "What the signer has to have said besides the digest, each with exactly this value."
            ),
            SchemaField(
                "manifestAnnotations",
                .stringMap,
                "What the annotations of the artifact's manifest (of the index, where the revision is one) have to "
                    + "hold, each with exactly this value."
            ),
            SchemaField(
                "signedFor",
                .list(.string),
                "The repositories that a signature has to be made for; any where it is absent, so that mirrors pass. "
                    + "Only signatures under cosign's tag say it; bundles and notation's say nothing, and are refused."
            ).holding(0...64),
            SchemaField(
                "minimumAge",
                .duration(allowingHours: true),
                "How long ago the source has to have first seen a revision before it takes it; more than zero."
            ),
            SchemaField("digests", .strict(digests), "Revisions that are allowed or denied whoever signed them."),
            SchemaField(
                "freezeWindows",
                .list(.strict(window)),
                "Times at which no new revision is taken. What is stored stays."
            ).holding(0...64),
        ]
    }

    private static func authority(_ secret: SecretReference) -> [SchemaField] {
        [
            SchemaField("name", .string, "By which verdicts call it; unique within the policy.").required()
                .length(1...63),
            SchemaField("cosign", .strict(cosign(secret)), "It signs as cosign does, with keys or with identities."),
            SchemaField(
                "notation",
                .strict([
                    secret(
                        "secretRef",
                        "A Secret with `trustpolicy.json` and the certificates of its trust stores, as for "
                            + "`spec.verify` of an OCIRepository."
                    ).required()
                ]),
                "It signs as notation does."
            ),
            SchemaField(
                "attestations",
                .list(.strict(attestation)),
                "What it has to have attested of the revision: all of them, by one signer. Without any, a signature is "
                    + "meant. For cosign only."
            ).holding(0...16),
        ]
    }

    private static func cosign(_ secret: SecretReference) -> [SchemaField] {
        [
            secret(
                "secretRef",
                "A Secret whose `*.pub` entries are the trusted public keys; any one of them is enough."
            ),
            SchemaField("keys", .list(.string), "Trusted public keys in PEM form, besides those of the Secret.")
                .holding(0...64),
            SchemaField(
                "identities",
                .list(.strict(identity)),
                "Whom certificates have to name; one of them is enough. They do not go with keys: make two authorities."
            )
            .holding(0...64),
            SchemaField("anyIdentity", .boolean, "Take any identity that the trusted root vouches for."),
            secret(
                "trustedRootSecretRef",
                "A Secret with `trusted_root.json`, or with `mirror` and `root.json` for a TUF repository; the "
                    + "controller's root where it is absent. For keys only where the log is required."
            ),
            SchemaField("trustedRoot", .string, "The content of a `trusted_root.json`, in place of a Secret."),
            SchemaField(
                "transparencyLog",
                .string,
                "Whether the signature has to be in a transparency log of the trusted root: for keys where this is "
                    + "`required`; for identities unless it is `optional`, and then a timestamp of the root's "
                    + "authorities has to prove when it was made."
            ).oneOf("required", "optional"),
        ]
    }

    private static let identity: [SchemaField] = [
        SchemaField("issuer", .string, "The token's issuer, exactly; this or `issuerRegExp`."),
        SchemaField("issuerRegExp", .string, "An expression that the whole issuer has to match."),
        SchemaField("subject", .string, "The token's subject, exactly; this or `subjectRegExp`."),
        SchemaField("subjectRegExp", .string, "An expression that the whole subject has to match."),
    ]

    private static let attestation: [SchemaField] = [
        SchemaField("predicateType", .string, "The type of the in-toto predicate.").required(),
        SchemaField(
            "builder",
            .string,
            "The builder that a SLSA provenance has to name. `*` stands for anything between two slashes, and `**` "
                + "between two slashes for anything at all."
        ),
        SchemaField(
            "source",
            .string,
            "The source that a SLSA provenance has to name, as `host/path`, with `@reference` and `#commit` where "
                + "those matter; `*` and `**` as for `builder`."
        ),
        SchemaField("expressions", .list(.string), "Expressions over `predicate`, in CEL; all have to be true.")
            .holding(0...32),
    ]

    private static let digests: [SchemaField] = [
        SchemaField("allow", .list(.string), "Where it is not empty, only these, as `sha256:…`.").holding(0...1024),
        SchemaField(
            "deny",
            .list(.string),
            "Never these, nor an index that leads to one of them; also where `allow` "
                + "names it."
        ).holding(0...1024),
    ]

    private static let window: [SchemaField] = [
        SchemaField("from", .string, "An RFC 3339 time; or with `days`, or for every day, a time of day as `HH:MM`.")
            .required(),
        SchemaField("to", .string, "The end, in the same form.").required(),
        SchemaField(
            "days",
            .list(.string),
            "The days of the week on which it begins, as `Mon` or `Monday`; all where it is absent."
        )
        .holding(0...7),
        SchemaField(
            "timeZone",
            .string,
            "The time zone of the times of day, as `Europe/Berlin` or `+01:00`; UTC where it is absent."
        ),
    ]

    static let status: [SchemaField] = [
        SchemaField("observedGeneration", .integer, "The last generation that was judged."),
        SchemaField("conditions", .conditions, "Ready: the policy is accepted, or which field is wrong."),
        SchemaField("sources", .integer, "The number of sources that the policy covers."),
    ]

    static let columns: [KindDefinition.PrinterColumn] = [
        .init(name: "Ready", type: "string", path: ".status.conditions[?(@.type==\"Ready\")].status"),
        .init(name: "Sources", type: "integer", path: ".status.sources"),
        .init(name: "Status", type: "string", path: ".status.conditions[?(@.type==\"Ready\")].message"),
        .init(name: "Age", type: "date", path: ".metadata.creationTimestamp"),
    ]
}
