import CoreModel
import HTTPExchange

/// The metadata server of Compute Engine and GKE.
struct GoogleMetadata: Sendable {
    let exchange: LoginExchange
    let environment: LoginEnvironment

    /// A token of the machine's, or on GKE the pod's, service account.
    /// - Throws: `LoginError`.
    func token() async throws -> GoogleToken {
        let answer = try await get("instance/service-accounts/default/token")
        return try GoogleToken(answer, now: exchange.clock.now())
    }

    /// What tokens of a GKE cluster's ServiceAccounts are for: in the cluster its workload identity pool, at Google's
    /// token service the cluster as that pool's provider.
    /// - Throws: `LoginError`.
    func audiences() async throws -> (cluster: String, google: String) {
        let project = try await name("project/project-id")
        let location = try await name("instance/attributes/cluster-location")
        let cluster = try await name("instance/attributes/cluster-name")
        let pool = "\(project).svc.id.goog"
        let provider =
            "https://container.googleapis.com/v1/projects/\(project)/locations/\(location)/clusters/\(cluster)"
        return (pool, "identitynamespace:\(pool):\(provider)")
    }

    private func name(_ path: String) async throws -> String {
        do {
            return try await get(path).line()
        } catch let error as LoginError where error.code == .refused {
            throw LoginError(
                .configuration,
                "The metadata server does not know this as a GKE cluster; outside of GKE the ServiceAccount needs the "
                    + "annotation gcp.auth.fluxcd.io/workload-identity-provider",
                cause: error
            )
        }
    }

    private func get(_ path: String) async throws -> LoginAnswer {
        let host = environment["GCE_METADATA_HOST"] ?? "metadata.google.internal"
        guard let url = HTTPURL("http://\(host)/computeMetadata/v1/\(path)") else {
            throw LoginError(
                .configuration,
                "The variable GCE_METADATA_HOST is no host; give host or host:port, or unset it"
            )
        }
        let call = LoginCall.local("The Google metadata server", .get, url, ["Metadata-Flavor": "Google"])
        do {
            let answer = try await exchange.send(call)
            guard answer.headers["Metadata-Flavor"] == "Google" else {
                throw answer.useless("is not from a metadata server")
            }
            return answer
        } catch let error as LoginError where error.code == .unreachable {
            throw LoginError(
                .unreachable,
                "There are no Google credentials: GOOGLE_APPLICATION_CREDENTIALS names no file, and no metadata server "
                    + "answers; give the workload a service account, or name a file with a federation's configuration",
                cause: error
            )
        }
    }
}
