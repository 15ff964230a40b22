package import KubeModel
import ManifestTree

/// Who has to have signed the artifacts of some repositories, for the sources of one namespace
/// (`sluice.dev/v1alpha1`). It only ever adds to what the cluster and the sources themselves ask for.
package enum VerificationPolicy {
    package static let group = "sluice.dev"
    package static let kind = "VerificationPolicy"
    package static let type = ResourceType(
        group: group,
        version: "v1alpha1",
        resource: "verificationpolicies",
        kind: kind,
        namespaced: true
    )

    static let definition = KindDefinition(
        group: group,
        kind: kind,
        plural: type.resource,
        shortNames: ["vpol"],
        categories: ["all", "sluice"],
        versions: ["v1alpha1"],
        summary:
            "VerificationPolicy says who has to have signed the artifacts of some repositories, and what else has to "
            + "be true of them, for every source of its namespace. Every policy that names a source's repository has "
            + "to hold, besides the source's own `spec.verify`.",
        spec: TrustFields.selection + TrustFields.trust(secret: TrustFields.localSecret),
        status: TrustFields.status,
        columns: TrustFields.columns,
        isStrict: true,
        guide: TrustFields.guide
    )
}
