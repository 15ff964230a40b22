package import ManifestTree

/// How a build behaves beyond what its kustomization says.
package struct BuildOptions: Sendable {
    /// The order of objects where the kustomization has no `sortOptions`.
    package enum Order: Hashable, Sendable {
        /// The order in which they were read, depth first: what Flux applies.
        case none
        /// By kind, then by name, as `kustomize build` prints them.
        case legacy
    }

    /// From where a kustomization may read files (not bases, which may be anywhere in the tree).
    package enum LoadRestrictions: Hashable, Sendable {
        /// Only from its own directory and below.
        case rootOnly
        /// From anywhere in the source tree.
        case none
    }

    package var order: Order
    package var loadRestrictions: LoadRestrictions
    /// What is laid over the kustomization at the path that is built.
    package var overlay: KustomizationOverlay?
    /// Whether a directory without a kustomization file is built from the manifests in it, as Flux does.
    package var generatesMissingKustomization: Bool
    /// What may be run and fetched; by default nothing.
    package var permissions = BuildPermissions()
    /// Tells the time since any fixed point, for statistics; nil measures nothing.
    package var stopwatch: (@Sendable () -> Duration)?
    /// Asked between the steps of a build, none of which takes long: one that is overdue ends. What a stranger wrote
    /// may ask for any amount of work.
    package var isOverdue: (@Sendable () -> Bool)?
    /// Whether every object gets the label `app.kubernetes.io/managed-by`, as if `buildMetadata` said so.
    package var labelsManager = false

    package init(
        order: Order = .legacy,
        loadRestrictions: LoadRestrictions = .rootOnly,
        overlay: KustomizationOverlay? = nil,
        generatesMissingKustomization: Bool = false
    ) {
        self.order = order
        self.loadRestrictions = loadRestrictions
        self.overlay = overlay
        self.generatesMissingKustomization = generatesMissingKustomization
    }

    /// What Flux's kustomize-controller does: any file of the artifact, no reordering, missing files generated.
    package static func controller(overlay: KustomizationOverlay?) -> BuildOptions {
        BuildOptions(order: .none, loadRestrictions: .none, overlay: overlay, generatesMissingKustomization: true)
    }
}

/// What a Flux Kustomization adds to the kustomization file of its path.
package struct KustomizationOverlay: Sendable {
    /// Replaces `namespace`.
    package var targetNamespace: String?
    /// Replaces `namePrefix`.
    package var namePrefix: String?
    /// Replaces `nameSuffix`.
    package var nameSuffix: String?
    /// Appended to `patches`; each a map with `patch` and `target` as in a kustomization file.
    package var patches: [Tree]
    /// Merged into `images` by name: `newName` overrides alone, `newTag` and `digest` move together.
    package var images: [Tree]
    /// Appended to `components`; relative to the built path.
    package var components: [String]
    /// Leaves out components whose directory does not exist.
    package var ignoresMissingComponents: Bool

    package init(
        targetNamespace: String? = nil,
        patches: [Tree] = [],
        images: [Tree] = [],
        components: [String] = []
    ) {
        self.targetNamespace = targetNamespace
        namePrefix = nil
        nameSuffix = nil
        self.patches = patches
        self.images = images
        self.components = components
        ignoresMissingComponents = false
    }
}

/// The outcome of a build.
package struct BuildResult: Sendable {
    /// The objects in order.
    package let objects: [Tree]
    /// Every file that was read, each once, sorted: two builds that read equal files with equal options are equal.
    package let filesRead: [String]
    /// What the author should change although it still works; sentences for standard error.
    package let warnings: [String]
    /// What was done, and how long it took where a stopwatch was given.
    package let statistics: BuildStatistics
}
