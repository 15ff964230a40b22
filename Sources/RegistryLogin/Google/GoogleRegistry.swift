/// A registry of Google Cloud: Artifact Registry, and the older Container Registry names.
struct GoogleRegistry: Hashable, Sendable {
    /// Nil for a host that is not Google's.
    init?(host: String) {
        let endings = [".gcr.io", "-docker.pkg.dev"]
        guard host == "gcr.io" || endings.contains(where: { host.hasSuffix($0) && host.count > $0.count }) else {
            return nil
        }
    }
}
