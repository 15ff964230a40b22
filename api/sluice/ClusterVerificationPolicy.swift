package import KubeModel
import ManifestTree

/// Who has to have signed the artifacts of some repositories, for the sources of every namespace
/// (`sluice.dev/v1alpha1`). A namespace can add to it and take nothing away.
package enum ClusterVerificationPolicy {
    package static let group = VerificationPolicy.group
    package static let kind = "ClusterVerificationPolicy"
    package static let type = ResourceType(
        group: group,
        version: "v1alpha1",
        resource: "clusterverificationpolicies",
        kind: kind,
        namespaced: false
    )

    static let definition: KindDefinition = {
        var definition = KindDefinition(
            group: group,
            kind: kind,
            plural: type.resource,
            shortNames: ["cvpol"],
            categories: ["sluice"],
            versions: ["v1alpha1"],
            summary:
                "ClusterVerificationPolicy says who has to have signed the artifacts of some repositories, and what "
                + "else has to be true of them, for every source of the cluster. Every policy that names a source's "
                + "repository has to hold, besides the source's own `spec.verify`: a namespace can only tighten it.",
            spec: TrustFields.selection + TrustFields.trust(secret: TrustFields.anySecret),
            status: TrustFields.status,
            columns: TrustFields.columns
        )
        definition.isNamespaced = false
        definition.isStrict = true
        definition.guide = TrustFields.guide
        return definition
    }()
}
