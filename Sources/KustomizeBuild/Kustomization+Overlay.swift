import ManifestTree

extension Kustomization {
    /// Lays a Flux Kustomization's settings over the file.
    /// - Throws: `BuildError.invalid` for patches and images that are not what a kustomization takes.
    mutating func apply(_ overlay: KustomizationOverlay) throws {
        let source = "the Kustomization's spec"
        if let targetNamespace = overlay.targetNamespace, !targetNamespace.isEmpty { namespace = targetNamespace }
        if let prefix = overlay.namePrefix, !prefix.isEmpty { namePrefix = prefix }
        if let suffix = overlay.nameSuffix, !suffix.isEmpty { nameSuffix = suffix }
        patches += try overlay.patches.enumerated().map { index, patch in
            try Self.patchEntry(FieldReader(patch, file: source, path: "patches[\(index)]"))
        }
        for (index, tree) in overlay.images.enumerated() {
            let image = try Self.image(FieldReader(tree, file: source, path: "images[\(index)]"))
            if let held = images.firstIndex(where: { $0.name == image.name }) {
                merge(image, into: held)
            } else {
                images.append(image)
            }
        }
        components += overlay.components
        ignoresMissingComponents = overlay.ignoresMissingComponents
    }

    /// A new name stands alone; tag and digest are one setting, so that the one given clears the other.
    private mutating func merge(_ image: ImageEntry, into index: Int) {
        if let newName = image.newName, !newName.isEmpty { images[index].newName = newName }
        let tag = image.newTag ?? ""
        let digest = image.digest ?? ""
        guard !tag.isEmpty || !digest.isEmpty else { return }
        images[index].newTag = image.newTag
        images[index].digest = image.digest
    }
}
