import KubeModel
import ManifestTree

extension OCIRepository {
    static let definition = KindDefinition(
        group: group,
        kind: kind,
        plural: type.resource,
        shortNames: ["ocirepo"],
        categories: ["all", "fluxcd", "fluxcd-sources"],
        versions: ["v1", "v1beta2"],
        summary:
            "OCIRepository names an artifact in an OCI registry. Sluice resolves it to a digest, verifies who signed "
            + "it, stores it by digest and serves it to consumers.",
        spec: specFields,
        status: statusFields,
        columns: [
            .init(name: "URL", type: "string", path: ".spec.url"),
            .init(name: "Ready", type: "string", path: ".status.conditions[?(@.type==\"Ready\")].status"),
            .init(name: "Status", type: "string", path: ".status.conditions[?(@.type==\"Ready\")].message"),
            .init(name: "Age", type: "date", path: ".metadata.creationTimestamp"),
        ],
        guide: guide
    )

    private static let specFields: [SchemaField] = [
        SchemaField("url", .string, "The repository, `oci://host[:port]/path`, without a tag.").required()
            .matching("^oci://.*$"),
        SchemaField("ref", .object(referenceFields), "Which artifact; `latest` where nothing is given."),
        SchemaField(
            "indexSelector",
            .object(indexFields),
            "Which manifest of an index is taken: the only one by default, or else the only one for linux/amd64; "
                + "attestations do not count. Beyond Flux."
        ),
        SchemaField(
            "layerSelector",
            .object(layerFields),
            "Which layer is taken, and how. By default it is the first of Flux's or Helm's content types (a chart can "
                + "have its provenance before it), or else the first that holds something, whatever its type."
        ),
        SchemaField(
            "limits",
            .object(limitFields),
            "Bounds for this artifact; the controller's flags `--artifact-max-…` hold as well. Beyond Flux."
        ),
        SchemaField("interval", .duration(allowingHours: true), "The time between two looks at the registry.")
            .required(),
        SchemaField("timeout", .duration(allowingHours: false), "Bounds all work of one reconcile.").defaults(
            to: "60s"
        ),
        SchemaField("provider", .string, "How to log in where no pull secret is given.").defaults(to: "generic")
            .oneOf("generic", "aws", "azure", "gcp"),
        .localReference("secretRef", "A Secret of type kubernetes.io/dockerconfigjson with credentials."),
        SchemaField(
            "serviceAccountName",
            .string,
            "A ServiceAccount whose imagePullSecrets are used as well; with a cloud's provider, the one to log in as."
        ),
        .localReference("certSecretRef", "A Secret with `ca.crt`, or `tls.crt` and `tls.key`, or all three."),
        .localReference("proxySecretRef", "A Secret with `address`, and `username` and `password` where needed."),
        SchemaField("insecure", .boolean, "Allow plain HTTP, and certificates that cannot be checked."),
        SchemaField("ignore", .string, "Exclusions in the syntax of .gitignore; replaces the default ones."),
        SchemaField("verify", .strict(verifyFields), "Who has to have signed the artifact."),
        SchemaField("suspend", .boolean, "Pause reconciliation; what is stored stays served."),
    ]

    private static let referenceFields: [SchemaField] = [
        SchemaField("digest", .string, "The exact artifact, `sha256:…`. Wins over semver and tag."),
        SchemaField("semver", .string, "A version range; the highest matching tag is taken. Wins over tag."),
        SchemaField(
            "semverFilter",
            .string,
            "A regular expression that tags have to match before the range is applied."
        ),
        SchemaField("tag", .string, "The tag."),
    ]

    private static let indexFields: [SchemaField] = [
        SchemaField(
            "platform",
            .string,
            "`os/architecture[/variant]`, such as `linux/arm64`; where the very variant is not there, the next older "
                + "one is taken."
        ).matching("^[a-zA-Z0-9._-]+/[a-zA-Z0-9._-]+(/[a-zA-Z0-9._-]+)?$"),
        SchemaField("annotations", .stringMap, "All of these have to be on the manifest's entry in the index."),
    ]

    private static let layerFields: [SchemaField] = [
        SchemaField("mediaType", .string, "Take the first layer of this media type."),
        SchemaField(
            "operation",
            .string,
            "Unpack the layer (tar; plain, gzip or zstd; any other content becomes a file under its title), or keep it "
                + "as it is."
        ).oneOf("extract", "copy"),
        SchemaField(
            "layers",
            .string,
            "The first of the layers that fit, or all of them unpacked one over the other in the artifact's order. "
                + "Beyond Flux."
        ).oneOf("first", "all"),
    ]

    private static let limitFields: [SchemaField] = [
        quantity("maxSize", "Most bytes of the layers as they are pulled, such as `20Mi`."),
        quantity("maxUnpackedSize", "Most bytes of all files once they are unpacked."),
        SchemaField("maxFiles", .integer, "Most files, directories and links."),
    ]

    private static func quantity(_ name: String, _ text: String) -> SchemaField {
        SchemaField(name, .string, text).matching("^[0-9]+([kMGT]|[KMGT]i)?$")
    }

    private static let statusFields: [SchemaField] = [
        SchemaField("observedGeneration", .integer, "The last generation that was reconciled, or found invalid."),
        SchemaField("conditions", .conditions, "Ready, Reconciling, Stalled, FetchFailed and the others."),
        SchemaField("url", .string, "Where the newest artifact is served."),
        SchemaField("artifact", .object(artifactFields), "What is stored and served."),
        SchemaField("contentConfigChecksum", .string, "Kept for objects written by older controllers; not used."),
        SchemaField("observedIgnore", .string, "The `spec.ignore` that the artifact was made with."),
        SchemaField(
            "observedIndexSelector",
            .object(indexFields),
            "The index selector that the artifact was made with."
        ),
        SchemaField("observedLayerSelector", .object(layerFields), "The selector that the artifact was made with."),
        SchemaField(
            "observedLimits",
            .object(limitFields),
            "The limits of the object that the artifact was made within."
        ),
        SchemaField(
            "observedTrustPolicy",
            .string,
            "The controller's seal on what the stored artifact was verified by; absent where it is not verified. No "
                + "other one counts."
        ),
        SchemaField(
            "firstSeen",
            .list(
                .object([
                    SchemaField("digest", .string, "The revision's digest.").required(),
                    SchemaField("time", .time, "When the registry first showed it to this source.").required(),
                ])
            ),
            "When revisions were first seen, where a policy asks for an age."
        ),
        SchemaField("lastHandledReconcileAt", .string, "The last `reconcile.fluxcd.io/requestedAt` that was acted on."),
    ]

    private static let artifactFields: [SchemaField] = [
        SchemaField("digest", .string, "Digest of the stored file.").required()
            .matching("^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$"),
        SchemaField("path", .string, "The file, below the storage path.").required(),
        SchemaField("url", .string, "Where it is served.").required(),
        SchemaField("revision", .string, "`tag@sha256:…`, or the digest alone.").required(),
        SchemaField("size", .integer, "Bytes of the stored file."),
        SchemaField("lastUpdateTime", .time, "When it was stored.").required(),
        SchemaField("metadata", .stringMap, "The annotations of the artifact's manifest."),
    ]
}
