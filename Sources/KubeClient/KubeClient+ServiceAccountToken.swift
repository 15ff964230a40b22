package import CoreModel
import HTTPExchange
package import KubeModel
import ManifestTree

extension KubeClient {
    /// Asks for a token of a ServiceAccount that is meant for the audience alone (TokenRequest,
    /// `authentication.k8s.io/v1`). It lasts ten minutes, the least that the API allows: it is for use at once.
    /// - Throws: `notFound` where there is no such account, `forbidden` where `create` on `serviceaccounts/token` is
    ///   not granted, `badAnswer`.
    package func serviceAccountToken(_ account: ObjectKey, audience: String) async throws -> Redacted<String> {
        let request = try building { () throws(KubeModelError) in
            let path = try KubeRequest.objectPath(Self.serviceAccounts, account, subresource: "token")
            var request = KubeRequest(.post, path: path)
            request.body = [
                "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                "spec": ["audiences": [.string(audience)], "expirationSeconds": 600],
            ]
            return request
        }
        let answer = try await connection.send(request, as: impersonation)
        guard let token = answer.tree[path: ["status", "token"]]?.string, !token.isEmpty else {
            throw KubeError(.badAnswer, "The API server gave no token for the ServiceAccount \(account)")
        }
        return Redacted(token)
    }

    private static let serviceAccounts = ResourceType(
        group: "",
        version: "v1",
        resource: "serviceaccounts",
        kind: "ServiceAccount",
        namespaced: true
    )
}
