import ArgumentParser

/// What may be run and fetched during a build, and flags that other tools have for it.
///
/// One group, and no more: to read the command line, ArgumentParser looks up some conformances for each, and a lookup
/// takes as long as to build an object.
struct KustomizeFlags: ParsableArguments {
    @Flag(help: "Allow plugins that are not built in. Only for sources that are trusted.")
    var enableAlphaPlugins = false

    @Flag(help: "With --enable-alpha-plugins: run the programs that functions name. Only for sources that are trusted.")
    var enableExec = false

    @Option(name: .shortAndLong, help: "NAME=VALUE, or NAME of a variable here: for the programs of functions.")
    var env: [String] = []

    @Flag(help: "For functions in containers, which are not run.")
    var asCurrentUser = false

    @Flag(help: "For functions in containers, which are not run.")
    var network = false

    @Option(help: "For functions in containers, which are not run.")
    var networkName: String?

    @Option(help: "For functions in containers, which are not run.")
    var mount: [String] = []

    @Flag(help: "Accepted for scripts; charts are not rendered, and a kustomization with helmCharts is refused.")
    var enableHelm = false

    @Option(help: "For charts, which are not rendered.")
    var helmCommand: String?

    @Option(help: "For charts, which are not rendered.")
    var helmKubeVersion: String?

    @Option(help: "For charts, which are not rendered.")
    var helmApiVersions: [String] = []

    @Flag(help: "For charts, which are not rendered.")
    var helmDebug = false

    @Flag(help: "Fetch files and git repositories that the kustomization names by URL.")
    var enableRemote = false

    /// What was asked for and has no effect. Nothing of `--enable-helm`, which scripts pass whatever they build.
    var warnings: [String] {
        let ofContainers = [
            ("--as-current-user", asCurrentUser), ("--network", network), ("--network-name", networkName != nil),
            ("--mount", !mount.isEmpty),
        ]
        let ofCharts = [
            ("--helm-command", helmCommand != nil), ("--helm-kube-version", helmKubeVersion != nil),
            ("--helm-api-versions", !helmApiVersions.isEmpty), ("--helm-debug", helmDebug),
        ]
        func warnings(_ given: [(String, Bool)], _ reason: String) -> [String] {
            given.filter(\.1).map { flag, _ in "Flag \(flag) has no effect: \(reason)." }
        }
        return warnings(ofContainers, "functions in containers are not run")
            + warnings(ofCharts, "charts are not rendered")
    }

    /// Whoever names a URL on the command line wants it fetched.
    func allowsRemotes(for place: String) -> Bool { enableRemote || KustomizePlace(place).isRemote }
}
