import ArgumentParser

/// Flags of source-controller and kustomize-controller that steer what this program does not have, or does in another
/// way. They are taken, so that a Deployment's arguments can stay as they are, and a log line says that they have no
/// effect.
struct CompatibilityOptions: ParsableArguments {
    private static func ignored(_ why: String) -> ArgumentHelp {
        ArgumentHelp("Taken for compatibility, without effect: \(why).", visibility: .hidden)
    }

    @Option(help: ignored("--kube-api-burst bounds the requests at once"))
    var kubeApiQps: String?

    @Option(help: ignored("every Secret and ConfigMap that an object names is watched"))
    var watchConfigsLabelSelector: String?

    @Option(help: ignored("artifacts are read from the store beside"))
    var httpRetry: String?

    @Option(help: ignored("there is no decryption"))
    var defaultDecryptionServiceAccount: String?

    @Option(help: ignored("there are no remote clusters"))
    var defaultKubeconfigServiceAccount: String?

    @Option(help: ignored("there is no decryption"))
    var sopsAgeSecret: String?

    @Option(help: ignored("there is no decryption"))
    var sopsVaultConfigmap: String?

    @Option(help: ignored("there are no remote clusters"))
    var insecureKubeconfigExec: GoFlag?

    @Option(help: ignored("there are no remote clusters"))
    var insecureKubeconfigTls: GoFlag?

    @Option(help: ignored("there are no Helm charts"))
    var helmIndexMaxSize: String?

    @Option(help: ignored("there are no Helm charts"))
    var helmChartMaxSize: String?

    @Option(help: ignored("there are no Helm charts"))
    var helmChartFileMaxSize: String?

    @Option(help: ignored("there are no Helm charts"))
    var helmCacheMaxSize: String?

    @Option(help: ignored("there are no Helm charts"))
    var helmCacheTtl: String?

    @Option(help: ignored("there are no Helm charts"))
    var helmCachePurgeInterval: String?

    @Option(help: ignored("there is no Git"))
    var sshKexAlgos: String?

    @Option(help: ignored("there is no Git"))
    var sshHostkeyAlgos: String?

    /// The names of those that were given.
    var given: [String] {
        let texts = [
            ("kube-api-qps", kubeApiQps),
            ("watch-configs-label-selector", watchConfigsLabelSelector), ("http-retry", httpRetry),
            ("default-decryption-service-account", defaultDecryptionServiceAccount),
            ("default-kubeconfig-service-account", defaultKubeconfigServiceAccount),
            ("sops-age-secret", sopsAgeSecret), ("sops-vault-configmap", sopsVaultConfigmap),
            ("helm-index-max-size", helmIndexMaxSize), ("helm-chart-max-size", helmChartMaxSize),
            ("helm-chart-file-max-size", helmChartFileMaxSize), ("helm-cache-max-size", helmCacheMaxSize),
            ("helm-cache-ttl", helmCacheTtl), ("helm-cache-purge-interval", helmCachePurgeInterval),
            ("ssh-kex-algos", sshKexAlgos), ("ssh-hostkey-algos", sshHostkeyAlgos),
        ]
        let flags = [
            ("insecure-kubeconfig-exec", insecureKubeconfigExec), ("insecure-kubeconfig-tls", insecureKubeconfigTls),
        ]
        return texts.filter { $0.1 != nil }.map(\.0) + flags.filter { $0.1 != nil }.map(\.0)
    }
}
