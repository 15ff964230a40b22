import ClusterApply
import KubeClient
import KubeModel
import Synchronization

/// One applier for each identity that Kustomizations act as, so that what it learned of the cluster is kept between
/// reconciles.
final class ApplierPool: Sendable {
    private let client: KubeClient
    private let settings: ClusterApplier.Settings
    private let appliers = Mutex<[String: ClusterApplier]>([:])

    init(client: KubeClient, settings: ApplyContext.Settings) {
        self.client = client
        var applier = ClusterApplier.Settings()
        applier.concurrency = settings.concurrency
        applier.overriddenManagers = settings.overriddenManagers
        applier.customStage = settings.customStage
        self.settings = applier
    }

    /// The applier that acts as a service account, or as the controller where none is named.
    /// - Throws: `KubeError` for a name that cannot be one.
    func applier(actingAs account: String?, namespace: String) throws -> ClusterApplier {
        let user = account.map { "system:serviceaccount:\(namespace):\($0)" } ?? ""
        return try appliers.withLock { appliers in
            if let held = appliers[user] { return held }
            let client = user.isEmpty ? client : try client.impersonating(user: user)
            let applier = ClusterApplier(client: client, settings: settings)
            appliers[user] = applier
            return applier
        }
    }
}
