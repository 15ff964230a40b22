import CoreModel
import ManifestTree
import OCIDistribution
import SluiceAPI

/// The fields of a spec that decide what becomes of a revision: an artifact that was made with other ones is made anew.
struct ContentSettings: Hashable, Sendable {
    let ignore: String?
    let indexSelector: OCIRepository.IndexSelector
    let layerSelector: OCIRepository.LayerSelector
    let limits: OCIRepository.Limits
    private let platform: Platform?

    /// - Throws: `SpecError`.
    init(_ spec: OCIRepository.Spec) throws {
        (ignore, indexSelector) = (spec.ignore, spec.indexSelector)
        (layerSelector, limits) = (spec.layerSelector, spec.limits)
        platform = try spec.indexSelector.platform.map { text in
            guard let platform = Platform(text) else {
                throw SpecError(
                    field: "spec.indexSelector.platform",
                    "is \"\(text)\"; it has to be like linux/amd64 or linux/arm/v7"
                )
            }
            return platform
        }
    }

    /// Which manifest of an index is meant.
    var manifestSelector: ManifestSelector {
        ManifestSelector(platform: platform, annotations: indexSelector.annotations)
    }

    /// Which layers are meant.
    var layers: LayerSelector {
        LayerSelector(
            mediaType: layerSelector.mediaType.isEmpty ? nil : layerSelector.mediaType,
            amount: layerSelector.amount == .all ? .all : .first
        )
    }

    /// The fields of the status that hold these settings; nil for those that are the default.
    var observed: [(field: String, value: Tree?)] {
        [
            ("observedIgnore", ignore.map(Tree.string)), ("observedIndexSelector", indexSelector.observed),
            ("observedLayerSelector", layerSelector.observed), ("observedLimits", limits.observed),
        ]
    }

    /// Whether a status says that its artifact was made with these settings.
    func isObserved(in status: Tree?) -> Bool { observed.allSatisfy { status?[$0.field] == $0.value } }
}

extension OCIRepository.LayerSelector {
    /// As `status.observedLayerSelector` holds it; nil for the default one.
    var observed: Tree? {
        if mediaType.isEmpty, operation == .extract, amount == .first { return nil }
        var tree: Tree = ["operation": .string(operation.rawValue)]
        if !mediaType.isEmpty { tree["mediaType"] = .string(mediaType) }
        if amount != .first { tree["layers"] = .string(amount.rawValue) }
        return tree
    }
}
