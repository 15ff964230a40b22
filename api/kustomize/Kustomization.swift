import CoreModel
package import KubeModel
package import ManifestTree

/// Objects that are built from a source and kept applied (`kustomize.toolkit.fluxcd.io/v1`).
package struct Kustomization: Sendable {
    package static let group = "kustomize.toolkit.fluxcd.io"
    package static let kind = "Kustomization"
    package static let type = ResourceType(
        group: group,
        version: "v1",
        resource: "kustomizations",
        kind: kind,
        namespaced: true
    )

    /// The object that has the artifact.
    package struct SourceReference: Hashable, Sendable {
        package let kind: String
        package let key: ObjectKey
    }

    /// What happens to applied objects when the Kustomization is deleted.
    package enum DeletionPolicy: String, Hashable, Sendable {
        case mirrorPrune = "MirrorPrune"
        case delete = "Delete"
        case waitForTermination = "WaitForTermination"
        case orphan = "Orphan"
    }

    package struct Spec: Sendable {
        package let source: SourceReference
        /// Relative to the artifact's root; empty for the root itself.
        package let path: String
        package let prunes: Bool
        package let deletionPolicy: DeletionPolicy
        package let interval: Duration
        package let retryInterval: Duration
        package let timeout: Duration
        package let targetNamespace: String?
        package let namePrefix: String?
        package let nameSuffix: String?
        package let waits: Bool
        package let forces: Bool
        package let serviceAccountName: String?
        package let commonLabels: [String: String]
        package let commonAnnotations: [String: String]
        package let healthChecks: [HealthCheck]
        package let dependencies: [ObjectKey]
        /// As written, in kustomize's own form.
        package let patches: [Tree]
        /// As written, in kustomize's own form.
        package let images: [Tree]
        package let components: [String]
        package let postBuild: PostBuild?
    }

    /// One object to wait for.
    package struct HealthCheck: Hashable, Sendable {
        package let gvk: GroupVersionKind
        package let key: ObjectKey
    }

    package let object: KubeObject

    package init(_ object: KubeObject) {
        self.object = object
    }

    /// Whether reconciliation is paused.
    package var isSuspended: Bool { object.tree[path: ["spec", "suspend"]]?.bool ?? false }

    /// What becomes of the applied objects when this one goes; read without judging the rest of the spec, so that a
    /// broken spec can still be deleted.
    package var deletesObjects: Bool {
        let policy = object.tree[path: ["spec", "deletionPolicy"]]?.string.flatMap(DeletionPolicy.init(rawValue:))
        switch policy ?? .mirrorPrune {
        case .mirrorPrune: return object.tree[path: ["spec", "prune"]]?.bool ?? false
        case .delete, .waitForTermination: return true
        case .orphan: return false
        }
    }

    /// The spec, with every default filled in.
    /// - Throws: `SpecError` that names the first field that cannot be worked with.
    package func spec() throws -> Spec {
        let reader = FieldReader(object.tree["spec"], path: "spec")
        try Self.refuseUnsupported(reader)
        guard let interval = try reader.duration("interval") else {
            throw reader.error("interval", "is required; set it")
        }
        let metadata = reader.object("commonMetadata")
        return Spec(
            source: try source(reader.object("sourceRef")),
            path: try reader.string("path") ?? "",
            prunes: try reader.flag("prune"),
            deletionPolicy: try Self.deletionPolicy(reader),
            interval: interval,
            retryInterval: try reader.duration("retryInterval") ?? interval,
            timeout: max(.seconds(30), try reader.duration("timeout") ?? interval - .seconds(30)),
            targetNamespace: try reader.nonEmpty("targetNamespace"),
            namePrefix: try reader.nonEmpty("namePrefix"),
            nameSuffix: try reader.nonEmpty("nameSuffix"),
            waits: try reader.flag("wait"),
            forces: try reader.flag("force"),
            serviceAccountName: try reader.nonEmpty("serviceAccountName"),
            commonLabels: try metadata.strings("labels"),
            commonAnnotations: try metadata.strings("annotations"),
            healthChecks: try reader.objects("healthChecks").map(healthCheck),
            dependencies: try reader.objects("dependsOn").map(dependency),
            patches: try reader.objects("patches").map(\.value),
            images: try reader.objects("images").map(\.value),
            components: try reader.texts("components"),
            postBuild: try Self.postBuild(reader.object("postBuild"))
        )
    }

    private func source(_ reader: FieldReader) throws -> SourceReference {
        let kind = try reader.requiredString("kind")
        guard kind == OCIRepository.kind else {
            throw reader.error("kind", "is \"\(kind)\"; this version takes artifacts from an OCIRepository")
        }
        let namespace = try reader.nonEmpty("namespace") ?? object.namespace
        return SourceReference(
            kind: kind,
            key: ObjectKey(namespace: namespace, name: try reader.requiredString("name"))
        )
    }

    private func healthCheck(_ reader: FieldReader) throws -> HealthCheck {
        let version = try reader.nonEmpty("apiVersion") ?? "apps/v1"
        return HealthCheck(
            gvk: GroupVersionKind(apiVersion: version, kind: try reader.requiredString("kind")),
            key: ObjectKey(namespace: try reader.string("namespace") ?? "", name: try reader.requiredString("name"))
        )
    }

    private func dependency(_ reader: FieldReader) throws -> ObjectKey {
        guard try reader.nonEmpty("readyExpr") == nil else {
            throw reader.error("readyExpr", "is set, and this version cannot evaluate CEL; leave it out")
        }
        let namespace = try reader.nonEmpty("namespace") ?? object.namespace
        return ObjectKey(namespace: namespace, name: try reader.requiredString("name"))
    }

    private static func deletionPolicy(_ reader: FieldReader) throws -> DeletionPolicy {
        let name = try reader.choice("deletionPolicy", ["MirrorPrune", "Delete", "WaitForTermination", "Orphan"])
        return DeletionPolicy(rawValue: name) ?? .mirrorPrune
    }

    /// What would change the outcome if it were ignored is refused.
    private static func refuseUnsupported(_ reader: FieldReader) throws {
        for field in ["decryption", "kubeConfig", "healthCheckExprs", "ignore", "buildMetadata"]
        where reader.object(field).isPresent {
            throw reader.error(field, "is set, and this version cannot act on it; leave it out")
        }
        guard try !reader.flag("ignoreMissingComponents") else {
            throw reader.error("ignoreMissingComponents", "is true, and this version cannot act on it; leave it out")
        }
    }
}

extension FieldReader {
    /// A string, or nil where it is absent or empty.
    fileprivate func nonEmpty(_ name: String) throws -> String? {
        try string(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The elements of a list of strings.
    fileprivate func texts(_ name: String) throws -> [String] {
        try objects(name).map { element in
            guard let text = element.value.string else { throw SpecError(field: element.path, "has to be a string") }
            return text
        }
    }
}
