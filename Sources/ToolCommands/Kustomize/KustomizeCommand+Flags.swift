extension KustomizeCommand {
    /// What was asked for and has no effect. Nothing of `--enable-helm`, which scripts pass whatever they build.
    var ineffective: [String] {
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
    var allowsRemotes: Bool { enableRemote || KustomizePlace(directory).isRemote }
}
