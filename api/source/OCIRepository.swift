package import CoreModel
package import KubeModel
import ManifestTree

/// An artifact in an OCI registry that is pulled, verified and kept (`source.toolkit.fluxcd.io/v1`).
package struct OCIRepository: Sendable {
    package static let group = "source.toolkit.fluxcd.io"
    package static let kind = "OCIRepository"
    package static let type = ResourceType(
        group: group,
        version: "v1",
        resource: "ocirepositories",
        kind: kind,
        namespaced: true
    )

    /// Where the artifact is and which one is meant. The most exact of them counts: digest, semver, tag, `latest`.
    package enum Reference: Hashable, Sendable {
        case digest(Digest)
        case semver(VersionConstraint, filter: String?)
        case tag(String)

        /// As messages name it.
        package var text: String {
            switch self {
            case .digest(let digest): digest.description
            case .semver(let range, _): range.description
            case .tag(let tag): tag
            }
        }
    }

    /// Which layer of the artifact is taken, and what becomes of it.
    package struct LayerSelector: Hashable, Sendable {
        package enum Operation: String, Hashable, Sendable {
            /// Unpack the layer and pack what the ignore rules leave.
            case extract
            /// Keep the layer as it is.
            case copy
        }

        package enum Amount: String, Hashable, Sendable {
            /// The first of those that fit.
            case first
            /// All that fit, one over the other in the artifact's order.
            case all
        }

        /// Empty for any; then Flux's and Helm's content comes before other layers.
        package let mediaType: String
        package let operation: Operation
        package let amount: Amount
    }

    /// How to log in to the registry where no pull secret does.
    package enum Provider: String, Hashable, Sendable {
        case generic, aws, azure, gcp
    }

    package struct Spec: Sendable {
        /// With its `oci://`.
        package let url: String
        package let reference: Reference
        package let indexSelector: IndexSelector
        package let layerSelector: LayerSelector
        package let limits: Limits
        package let provider: Provider
        package let secretName: String?
        package let serviceAccountName: String?
        package let certSecretName: String?
        package let proxySecretName: String?
        package let interval: Duration
        package let timeout: Duration
        /// Nil where the field is absent, which differs from empty.
        package let ignore: String?
        package let isInsecure: Bool
        package let verification: Verification?
    }

    package let object: KubeObject

    package init(_ object: KubeObject) {
        self.object = object
    }

    /// Whether reconciliation is paused.
    package var isSuspended: Bool { object.tree[path: ["spec", "suspend"]]?.bool ?? false }

    /// The spec, with every default filled in.
    /// - Throws: `SpecError` that names the first field that cannot be worked with.
    package func spec() throws -> Spec {
        let reader = FieldReader(object.tree["spec"], path: "spec")
        return Spec(
            url: try Self.url(reader),
            reference: try Self.reference(reader.object("ref")),
            indexSelector: try Self.indexSelector(reader.object("indexSelector")),
            layerSelector: try Self.layerSelector(reader.object("layerSelector")),
            limits: try Self.limits(reader.object("limits")),
            provider: try Self.provider(reader),
            secretName: try reader.reference("secretRef"),
            serviceAccountName: try Self.serviceAccount(reader),
            certSecretName: try reader.reference("certSecretRef"),
            proxySecretName: try reader.reference("proxySecretRef"),
            interval: try Self.interval(reader),
            timeout: try reader.duration("timeout") ?? .seconds(60),
            ignore: try reader.string("ignore"),
            isInsecure: try reader.flag("insecure"),
            verification: try Self.verification(reader.object("verify"))
        )
    }

    private static func interval(_ reader: FieldReader) throws -> Duration {
        guard let interval = try reader.duration("interval") else {
            throw reader.error("interval", "is required; set it")
        }
        return interval
    }

    private static func url(_ reader: FieldReader) throws -> String {
        let url = try reader.requiredString("url")
        guard url.hasPrefix("oci://"), url.count > 6 else {
            throw reader.error("url", "is \"\(url)\"; it has to begin with oci:// and name a repository")
        }
        return url
    }

    private static func reference(_ reader: FieldReader) throws -> Reference {
        if let text = try reader.string("digest"), !text.isEmpty {
            guard let digest = Digest(text) else {
                throw reader.error("digest", "is \"\(text)\"; it has to be like sha256: and 64 hexadecimal digits")
            }
            return .digest(digest)
        }
        let filter = try reader.string("semverFilter")
        if let text = try reader.string("semver"), !text.isEmpty {
            guard let range = VersionConstraint(text) else {
                throw reader.error("semver", "is \"\(text)\"; it has to be a version range such as >=1.0.0 or 1.2.x")
            }
            if let filter, !filter.isEmpty {
                guard LinearPattern(filter) != nil else {
                    throw reader.error("semverFilter", "is \"\(filter)\", which is not a regular expression")
                }
                return .semver(range, filter: filter)
            }
            return .semver(range, filter: nil)
        }
        let tag = try reader.string("tag") ?? ""
        return .tag(tag.isEmpty ? "latest" : tag)
    }

    private static func layerSelector(_ reader: FieldReader) throws -> LayerSelector {
        let operation = try reader.choice("operation", ["extract", "copy"])
        let amount = try reader.choice("layers", ["first", "all"])
        guard operation == "extract" || amount == "first" else {
            throw reader.error("layers", "is \"all\", and layers are put together by the operation extract only")
        }
        return LayerSelector(
            mediaType: try reader.string("mediaType") ?? "",
            operation: operation == "copy" ? .copy : .extract,
            amount: amount == "all" ? .all : .first
        )
    }

    private static func provider(_ reader: FieldReader) throws -> Provider {
        Provider(rawValue: try reader.choice("provider", ["generic", "aws", "azure", "gcp"])) ?? .generic
    }

    private static func serviceAccount(_ reader: FieldReader) throws -> String? {
        guard let name = try reader.string("serviceAccountName"), !name.isEmpty else { return nil }
        guard NameRules.isSubdomain(name) else {
            throw reader.error("serviceAccountName", "is \"\(name)\"; it has to be the name of a ServiceAccount")
        }
        return name
    }
}
