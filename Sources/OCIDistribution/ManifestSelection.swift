import CoreModel

/// Which manifest of an index is meant.
///
/// The rule, from the first part that settles it:
/// 1. What a builder adds beside an image (attestations: for the platform `unknown/unknown`, or with the annotation
///    `vnd.docker.reference.type`) never counts.
/// 2. Every annotation that is asked for has to be on the manifest's entry, with that value.
/// 3. A platform that is asked for has to be the entry's; where the very variant is not there, the next older one is
///    taken.
/// 4. Where no platform is asked for, the only entry left is meant, or else the only one for linux/amd64.
///
/// Several that fit are refused: none of them is preferred silently.
package struct ManifestSelector: Hashable, Sendable {
    package var platform: Platform?
    package var annotations: [String: String]

    package init(platform: Platform? = nil, annotations: [String: String] = [:]) {
        self.platform = platform
        self.annotations = annotations
    }

    /// Nothing is asked for.
    package var isDefault: Bool { platform == nil && annotations.isEmpty }

    /// The entry of an index that is meant; it can be an index again.
    /// - Parameter subject: what messages call the index, such as `ghcr.io/acme/app@sha256:…`.
    /// - Throws: `RegistryError.notSelected` that names what is there.
    package func child(of index: ImageIndex, subject: String) throws -> Descriptor {
        try step(into: index, subject: subject).entry
    }

    /// The entry that is meant, and what is left to ask of it where it is an index again.
    fileprivate func step(into index: ImageIndex, subject: String) throws -> (entry: Descriptor, ManifestSelector) {
        let entries = index.manifests.filter { !Self.isAttestation($0) }
        // There is nothing to choose, so everything is asked of the index within.
        if entries.count == 1, MediaType.indexes.contains(entries[0].mediaType) { return (entries[0], self) }
        let annotated = entries.filter { entry in annotations.allSatisfy { entry.annotations[$0.key] == $0.value } }
        let fitting = Self.distinct(fit(annotated))
        guard fitting.count == 1 else { throw refusal(entries, fitting: fitting.count, subject) }
        return (fitting[0], ManifestSelector(platform: platform))
    }

    private func fit(_ entries: [Descriptor]) -> [Descriptor] {
        guard platform != nil || entries.count > 1 else { return entries }
        let wanted = platform ?? .standard
        let distances = entries.map { entry -> Int? in
            guard let offered = entry.platform else {
                // An index within may hold every platform.
                return MediaType.indexes.contains(entry.mediaType) ? 0 : nil
            }
            return wanted.distance(to: offered)
        }
        let nearest = distances.compactMap(\.self).min()
        return zip(entries, distances).filter { $0.1 != nil && $0.1 == nearest }.map(\.0)
    }

    private static func isAttestation(_ entry: Descriptor) -> Bool {
        entry.annotations["vnd.docker.reference.type"] != nil || entry.platform?.os == "unknown"
    }

    private static func distinct(_ entries: [Descriptor]) -> [Descriptor] {
        var seen: Set<Digest> = []
        return entries.filter { seen.insert($0.digest).inserted }
    }

    private func refusal(_ entries: [Descriptor], fitting: Int, _ subject: String) -> RegistryError {
        guard !entries.isEmpty else {
            return RegistryError(.notSelected, "\(subject) is an index without manifests; push one that has some")
        }
        let listed = entries.prefix(10).map { entry in
            let annotations = entry.annotations.sorted { $0.key < $1.key }.prefix(4).map { "\($0.key)=\($0.value)" }
            let told = [entry.platform?.description ?? "no platform"] + annotations
            return "\(entry.digest.short) (\(told.joined(separator: ", ")))"
        }
        let more = entries.count > 10 ? " and \(entries.count - 10) more" : ""
        let found = fitting == 0 ? "none of them is" : "\(fitting) of them are"
        return RegistryError(
            .notSelected,
            "\(subject) is an index of \(entries.count) manifests: \(listed.joined(separator: ", "))\(more); \(found) "
                + "\(wish); select one by its platform or its annotations"
        )
    }

    private var wish: String {
        let wanted = annotations.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
        let annotated = wanted.isEmpty ? "" : " with \(wanted)"
        return "for \(platform ?? .standard)\(annotated)"
    }
}

/// A manifest, and the index that it was taken from where there was one.
package struct SelectedManifest: Sendable {
    package let fetched: FetchedManifest
    package let manifest: Manifest
    /// Those of the manifest over those of the indexes above it.
    package let annotations: [String: String]
}

extension ArtifactRepository {
    /// The image manifest that a tag or a digest stands for, by way of the indexes above it.
    /// - Throws: `RegistryError.notSelected`, also for indexes in more than four levels; what `manifest` throws.
    package func manifest(_ target: ManifestTarget, _ selector: ManifestSelector) async throws -> SelectedManifest {
        var selector = selector
        var fetched = try await manifest(target)
        let subject = "\(name)@\(fetched.digest)"
        var annotations = fetched.document.annotations
        for _ in 0..<4 {
            guard case .index(let index) = fetched.document else { break }
            let (entry, rest) = try selector.step(into: index, subject: "\(name)@\(fetched.digest)")
            selector = rest
            fetched = try await manifest(.digest(entry.digest))
            annotations.merge(fetched.document.annotations) { $1 }
        }
        guard case .manifest(let manifest) = fetched.document else {
            throw RegistryError(
                .notSelected,
                "\(subject) is an index of indexes in more than four levels; name a manifest by its digest"
            )
        }
        return SelectedManifest(fetched: fetched, manifest: manifest, annotations: annotations)
    }
}
