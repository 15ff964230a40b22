import ArgumentParser
import RegistryLogin
import SourceReconciliation

/// How the registries of clouds are logged in to, with source-controller's flags.
struct LoginOptions: ParsableArguments {
    @Option(help: "Gates as Name=true, with commas between them: ObjectLevelWorkloadIdentity.")
    var featureGates: FeatureGates = ""

    @Option(help: "Most credentials of clouds that are kept; 0 for none.")
    var tokenCacheMaxSize = 100

    @Option(help: "Longest time that credentials of clouds are kept.")
    var tokenCacheMaxDuration: GoDurationOption = "1h"

    func validate() throws {
        guard tokenCacheMaxSize >= 0 else { throw ValidationError("--token-cache-max-size has to be 0 or more") }
        guard tokenCacheMaxDuration.duration > .zero else {
            throw ValidationError("--token-cache-max-duration has to be above zero")
        }
    }

    /// What the cache may hold.
    var cache: CloudLogin.CacheSettings {
        var settings = CloudLogin.CacheSettings()
        settings.maximumSize = tokenCacheMaxSize
        settings.maximumDuration = tokenCacheMaxDuration.duration
        settings.onEvent = LoginMetrics.record
        return settings
    }
}

/// `--feature-gates`, as Kubernetes' programs take it.
struct FeatureGates: ExpressibleByArgument, ExpressibleByStringLiteral {
    private let values: [String: Bool]
    let defaultValueDescription: String

    private static let supported: Set<String> = ["ObjectLevelWorkloadIdentity"]
    /// Other gates of source-controller and kustomize-controller, which steer what is done in another way here.
    private static let compatible: Set<String> = [
        "CacheSecretsAndConfigMaps", "DisableStatusPollerCache", "DisableFailFastBehavior",
        "StrictPostBuildSubstitutions", "GroupChangeLog", "AdditiveCELDependencyCheck", "ExternalArtifact",
        "CancelHealthCheckOnNewRevision", "DirectSourceFetch",
    ]

    /// Nil for anything but `Name=true` and `Name=false` of known gates.
    init?(argument: String) {
        var values: [String: Bool] = [:]
        for entry in argument.split(separator: ",") {
            let parts = entry.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, Self.supported.union(Self.compatible).contains(parts[0]),
                let flag = GoFlag(argument: parts[1])
            else { return nil }
            values[parts[0]] = flag.isOn
        }
        self.values = values
        defaultValueDescription = argument
    }

    init(stringLiteral text: String) {
        values = [:]
        defaultValueDescription = "none"
    }

    /// The gates that were named and change nothing.
    var ignored: [String] { values.keys.filter(Self.compatible.contains).sorted() }

    /// Objects may log in to registries as a ServiceAccount of their own.
    var objectLevelWorkloadIdentity: Bool { values["ObjectLevelWorkloadIdentity"] ?? false }
}
