import CoreModel
import HTTPExchange
import KubeClient
import ManifestTree
import Testing

@Suite("Kubeconfig")
struct KubeconfigTests {
    private static let base = """
        apiVersion: v1
        kind: Config
        current-context: one
        contexts:
        - {name: one, context: {cluster: c, user: u, namespace: apps}}
        - {name: anonymous, context: {cluster: c}}
        - {name: dangling, context: {cluster: missing, user: u}}
        clusters:
        - name: c
          cluster:
            server: https://kube.example:6443/k8s/
            certificate-authority-data: Q0E=
            tls-server-name: other
        users:
        - {name: u, user: {token: canary}}
        """

    static func config(_ text: String, context: String? = nil, policy: Kubeconfig.Policy = .trusted) throws
        -> ClusterConfig
    {
        var kubeconfig = Kubeconfig()
        try kubeconfig.add(bytes: Array(text.utf8), source: "test")
        return try kubeconfig.config(context: context, policy: policy)
    }

    @Test func readsTheCurrentContext() throws {
        let config = try Self.config(Self.base)
        #expect(config.server.description == "https://kube.example:6443/k8s")
        #expect(config.namespace == "apps")
        #expect(config.profile.tls.authorities == "CA")
        #expect(config.profile.tls.usesSystemAuthorities == false, "the cluster's own authority replaces the system's")
        #expect(config.profile.tls.serverName == "other")
        guard case .token(let token) = config.credentials else {
            Issue.record("no token")
            return
        }
        #expect(token.secret == "canary")
        #expect(!"\(config)".contains("canary"))
    }

    @Test func readsAnotherContext() throws {
        let config = try Self.config(Self.base, context: "anonymous")
        #expect(config.namespace == "default")
        guard case .none = config.credentials else {
            Issue.record("a context without user is anonymous")
            return
        }
    }

    @Test func letsEarlierFilesWin() throws {
        var kubeconfig = Kubeconfig()
        try kubeconfig.add(bytes: Array("current-context: anonymous".utf8), source: "a")
        try kubeconfig.add(bytes: Array(Self.base.utf8), source: "b")
        let later = Self.base.replacing("kube.example", with: "late.example")
        try kubeconfig.add(bytes: Array(later.utf8), source: "c")
        let config = try kubeconfig.config(policy: .trusted)
        #expect(config.namespace == "default", "current-context of the first file that has one")
        #expect(config.server.host == "kube.example", "entries of the first file that has them")
    }

    static let refused: [(String, String, String)] = [
        ("user: {token: canary}", "user: {username: a, password: b}", "username"),
        ("user: {token: canary}", "user: {auth-provider: {name: gcp}}", "auth-provider"),
        ("user: {token: canary}", "user: {client-certificate-data: Q0E=}", "without key"),
        (
            "user: {token: canary}", "user: {exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}",
            "v1alpha1"
        ),
        (
            "user: {token: canary}",
            "user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always}}",
            "terminal"
        ),
        ("current-context: one", "current-context: dangling", "missing"),
        ("current-context: one", "current-context: nope", "nope"),
        ("current-context: one", "a: b", "--context"),
        ("Q0E=", "Q0", "base64"),
        ("tls-server-name: other", "insecure-skip-tls-verify: true", "keep one"),
        ("https://kube.example:6443/k8s/", "ftp://x", "server address"),
        ("kind: Config", "kind: Pod", "not a kubeconfig"),
    ]

    @Test(arguments: refused)
    func namesWhatIsWrong(old: String, new: String, word: String) {
        let error = #expect(throws: KubeError.self) { try Self.config(Self.base.replacing(old, with: new)) }
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
        #expect(error?.kind == .terminal)
    }

    static let untrusted: [(String, String)] = [
        ("user: {token: canary}", "user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/sh}}"),
        ("user: {token: canary}", "user: {tokenFile: /etc/shadow}"),
        ("user: {token: canary}", "user: {client-certificate: /etc/a, client-key: /etc/b}"),
        ("certificate-authority-data: Q0E=", "certificate-authority: /etc/a"),
        ("certificate-authority-data: Q0E=", "insecure-skip-tls-verify: true"),
    ]

    @Test(arguments: untrusted)
    func doesNothingDangerousForContentOfOthers(old: String, new: String) {
        #expect(throws: KubeError.self) {
            try Self.config(Self.base.replacing(old, with: new), policy: .untrusted)
        }
    }

}
