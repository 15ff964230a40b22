import ArgumentParser
import OCIDistribution

/// The flags that say which content of an artifact is meant.
struct LayerOptions: ParsableArguments {
    @Option(help: "Which manifest of an index to take, as os/architecture[/variant].")
    var platform: PlatformArgument?

    @Option(help: "Take the first layer of this media type; with --all-layers each of them.")
    var layerMediaType: String?

    @Option(help: "Take the layer at this position, counted from 0.")
    var layerIndex: Int?

    @Flag(help: "Take every layer, later ones over earlier ones.")
    var allLayers = false

    func validate() throws {
        guard layerIndex == nil || layerMediaType == nil && !allLayers else {
            throw ValidationError("--layer-index names one layer; leave --layer-media-type and --all-layers out")
        }
    }

    var manifestSelector: ManifestSelector { ManifestSelector(platform: platform?.platform) }

    var layerSelector: LayerSelector {
        LayerSelector(mediaType: layerMediaType, amount: allLayers ? .all : .first, position: layerIndex)
    }
}

/// A platform on the command line.
struct PlatformArgument: ExpressibleByArgument, Sendable {
    let platform: Platform

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        platform = Platform(os: parts[0], architecture: parts[1], variant: parts.count == 3 ? parts[2] : nil)
    }
}
