import KubeModel
import ManifestTree

extension Kustomization {
    static let definition = KindDefinition(
        group: group,
        kind: kind,
        plural: type.resource,
        shortNames: ["ks"],
        categories: ["all", "fluxcd", "fluxcd-appliers"],
        versions: ["v1"],
        summary:
            "Kustomization names a path in a source's artifact. Sluice builds it as kustomize does, applies "
            + "the objects "
            + "by server-side apply, and removes what is no longer there.",
        spec: specFields,
        status: statusFields,
        columns: [
            .init(name: "Age", type: "date", path: ".metadata.creationTimestamp"),
            .init(name: "Ready", type: "string", path: ".status.conditions[?(@.type==\"Ready\")].status"),
            .init(name: "Status", type: "string", path: ".status.conditions[?(@.type==\"Ready\")].message"),
        ]
    )

    private static let specFields: [SchemaField] =
        [
            SchemaField("sourceRef", .object(sourceFields), "The object that has the artifact.").required(),
            SchemaField("path", .string, "The directory to build, relative to the artifact's root."),
            SchemaField("interval", .duration(allowingHours: true), "The time between two reconciles.").required(),
            SchemaField(
                "retryInterval",
                .duration(allowingHours: true),
                "The time after a failure; `interval` by default."
            ),
            SchemaField(
                "timeout",
                .duration(allowingHours: true),
                "Bounds the build, apply and health checks; `interval` less 30 s by default, never under 30 s."
            ),
            SchemaField("prune", .boolean, "Delete objects that are no longer in the build.").required(),
            SchemaField("deletionPolicy", .string, "What happens to the objects when this one is deleted.")
                .oneOf("MirrorPrune", "Delete", "WaitForTermination", "Orphan"),
            SchemaField("wait", .boolean, "Ready only once every applied object is ready."),
            SchemaField("healthChecks", .list(.object(checkFields)), "Objects to wait for; not used with `wait`."),
            SchemaField("dependsOn", .list(.object(dependencyFields)), "Kustomizations that have to be ready first."),
            SchemaField("force", .boolean, "Recreate objects whose immutable fields change.").defaults(to: false),
            SchemaField("suspend", .boolean, "Pause reconciliation; what is applied stays."),
            SchemaField("targetNamespace", .string, "The namespace for all namespaced objects.").length(1...63),
            SchemaField("namePrefix", .string, "Put before every name.").length(1...200),
            SchemaField("nameSuffix", .string, "Put after every name.").length(1...200),
            SchemaField("commonMetadata", .object(metadataFields), "Labels and annotations for every object."),
            SchemaField("images", .list(.object(imageFields)), "Changes of image names, tags and digests."),
            SchemaField("patches", .list(.object(patchFields)), "Patches, after those of the kustomization file."),
            SchemaField("components", .list(.string), "Components to add, by relative path."),
            SchemaField("serviceAccountName", .string, "The ServiceAccount to act as."),
            SchemaField("postBuild", .object(postBuildFields), "Variables that are put into the built objects."),
        ] + refusedFields

    /// Part of Flux's API and not of this version. The schema keeps them, so that they are seen and refused; an API
    /// server would drop them silently otherwise.
    private static let refusedFields: [SchemaField] = [
        SchemaField("decryption", .opaque(type: "object"), "Refused: this version cannot decrypt."),
        SchemaField("kubeConfig", .opaque(type: "object"), "Refused: this version applies to its own cluster."),
        SchemaField("healthCheckExprs", .opaque(type: "array"), "Refused: this version cannot evaluate CEL."),
        SchemaField("ignore", .opaque(type: "array"), "Refused: this version corrects all drift."),
        SchemaField("buildMetadata", .list(.string), "Refused: this version writes no build metadata."),
        SchemaField("ignoreMissingComponents", .boolean, "Refused where true."),
    ]

    private static let sourceFields: [SchemaField] = [
        SchemaField("apiVersion", .string, "API version of the source."),
        SchemaField("kind", .string, "Kind of the source.").required()
            .oneOf("OCIRepository", "GitRepository", "Bucket", "ExternalArtifact"),
        SchemaField("name", .string, "Name of the source.").required(),
        SchemaField("namespace", .string, "Namespace of the source; that of the Kustomization by default."),
    ]

    private static let checkFields: [SchemaField] = [
        SchemaField("apiVersion", .string, "API version; apps/v1 by default."),
        SchemaField("kind", .string, "Kind.").required(),
        SchemaField("name", .string, "Name.").required(),
        SchemaField("namespace", .string, "Namespace."),
    ]

    private static let dependencyFields: [SchemaField] = [
        SchemaField("name", .string, "Name.").required(),
        SchemaField("namespace", .string, "Namespace; that of the Kustomization by default."),
        SchemaField("readyExpr", .string, "A CEL expression; not evaluated by this version."),
    ]

    private static let postBuildFields: [SchemaField] = [
        SchemaField("substitute", .stringMap, "Variables by name; they win over those of `substituteFrom`."),
        SchemaField(
            "substituteFrom",
            .list(
                .object([
                    SchemaField("kind", .string, "ConfigMap or Secret.").required().oneOf("Secret", "ConfigMap"),
                    SchemaField("name", .string, "Its name, in the Kustomization's namespace.").required()
                        .length(1...253),
                    SchemaField("optional", .boolean, "It need not exist."),
                ])
            ),
            "Objects whose entries are variables; later ones win."
        ),
        SchemaField(
            "substituteStrategy",
            .string,
            "Whether objects are gone through where there is no variable, so that defaults count."
        ).oneOf("WithVariables", "Always"),
        SchemaField(
            "dialect",
            .string,
            "What references mean: to Flux with its quirks, which is the default, or to a shell."
        ).oneOf("flux", "shell"),
    ]

    private static let metadataFields: [SchemaField] = [
        SchemaField("labels", .stringMap, "Labels."), SchemaField("annotations", .stringMap, "Annotations."),
    ]

    private static let imageFields: [SchemaField] = [
        SchemaField("name", .string, "The image as it is written.").required(),
        SchemaField("newName", .string, "The name to write instead."),
        SchemaField("newTag", .string, "The tag to write instead."),
        SchemaField("digest", .string, "The digest to write instead of the tag."),
    ]

    private static let patchFields: [SchemaField] = [
        SchemaField("patch", .string, "A strategic merge patch or a list of JSON 6902 operations.").required(),
        SchemaField(
            "target",
            .object(
                ["group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"].map {
                    SchemaField($0, .string, "Selects objects by \($0).")
                }
            ),
            "The objects to patch."
        ),
    ]

    private static let statusFields: [SchemaField] = [
        SchemaField("observedGeneration", .integer, "The last generation that was reconciled, or found invalid."),
        SchemaField("conditions", .conditions, "Ready, Reconciling, Stalled and Healthy."),
        SchemaField("lastAppliedRevision", .string, "The last revision that was applied whole."),
        SchemaField("lastAppliedOriginRevision", .string, "Its revision in version control."),
        SchemaField("lastAttemptedRevision", .string, "The last revision that was tried."),
        SchemaField("lastHandledReconcileAt", .string, "The last `reconcile.fluxcd.io/requestedAt` that was acted on."),
        SchemaField(
            "inventory",
            .object([
                SchemaField(
                    "entries",
                    .list(
                        .object([
                            SchemaField("id", .string, "`namespace_name_group_kind`.").required(),
                            SchemaField("v", .string, "API version.").required(),
                        ])
                    ),
                    "Every object that may be in the cluster."
                ).required()
            ]),
            "What this Kustomization owns."
        ),
        SchemaField(
            "history",
            .list(
                .object([
                    SchemaField("digest", .string, "Digest of the build.").required(),
                    SchemaField("firstReconciled", .time, "First time.").required(),
                    SchemaField("lastReconciled", .time, "Last time.").required(),
                    SchemaField("lastReconciledDuration", .string, "How long it took.").required(),
                    SchemaField("lastReconciledStatus", .string, "A reason.").required(),
                    SchemaField("totalReconciliations", .integer, "How often.").required(),
                    SchemaField("metadata", .stringMap, "Revisions."),
                ])
            ),
            "The last builds, newest first."
        ),
    ]
}
