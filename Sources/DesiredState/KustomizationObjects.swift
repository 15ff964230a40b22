package import ClusterApply
internal import KubeModel
package import KustomizeBuild
internal import ManifestTree
internal import SafeFiles
package import SluiceAPI

/// From a Kustomization and the files of its source to the objects that are to be in the cluster: build, substitution,
/// common metadata, owner. The controller and the tool both ask here.
package struct KustomizationObjects: Sendable {
    private let kustomization: Kustomization
    private let spec: Kustomization.Spec

    package init(_ kustomization: Kustomization, _ spec: Kustomization.Spec) {
        self.kustomization = kustomization
        self.spec = spec
    }

    /// Builds the objects, within `spec.timeout`; the work itself is done on the blocking pool.
    /// - Parameter path: in place of `spec.path`, where the files lie elsewhere.
    /// - Throws: `BuildError`, `DesiredStateError`, `ApplyError`; whatever the variables' lookup throws.
    package func built(
        from files: any SourceFiles,
        at path: String? = nil,
        _ variables: PostBuildVariables
    ) async throws -> (objects: DesiredObjects, warnings: [String]) {
        let owner = ApplyOwner(kustomization.object.key)
        let common = DesiredObjects.CommonMetadata(labels: spec.commonLabels, annotations: spec.commonAnnotations)
        let substitution = try await variables.substitution(spec.postBuild, namespace: owner.key.namespace)
        return try await BlockingPool.shared.run {
            var options = BuildOptions.controller(overlay: spec.overlay)
            let end = ContinuousClock.now + spec.timeout
            options.isOverdue = { ContinuousClock.now >= end }
            let builder = KustomizeBuilder(files: files, options: options)
            let result = try builder.build(path ?? spec.path)
            let objects = try substitution?.apply(to: result.objects) ?? result.objects
            return (try DesiredObjects(objects, owner: owner, common: common), result.warnings)
        }
    }
}

extension Kustomization.Spec {
    /// What the object lays over the kustomization file.
    fileprivate var overlay: KustomizationOverlay {
        var overlay = KustomizationOverlay(
            targetNamespace: targetNamespace,
            patches: patches,
            images: images,
            components: components
        )
        overlay.namePrefix = namePrefix
        overlay.nameSuffix = nameSuffix
        return overlay
    }
}
