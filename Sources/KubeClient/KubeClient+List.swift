package import KubeModel
import ManifestTree

/// The objects of a collection at one moment.
package struct KubeList: Sendable {
    package let items: [KubeObject]
    /// Where a watch continues.
    package let resourceVersion: String
}

extension KubeClient {
    /// Reads a collection, page by page. A page token that expired on the way starts it again, without pages.
    /// - Parameter keeping: what is kept of each object, nil for nothing: of a large collection, only one page and what
    ///   was kept are in memory at a time.
    package func list(
        _ type: ResourceType,
        namespace: String? = nil,
        options: ListOptions = ListOptions(),
        keeping: (KubeObject) -> KubeObject? = { $0 }
    ) async throws -> KubeList {
        do {
            return try await pages(type, namespace, options, keeping)
        } catch let error as KubeError where error.code == .expired && options.pageSize > 0 {
            var whole = options
            whole.pageSize = 0
            return try await pages(type, namespace, whole, keeping)
        }
    }

    private func pages(
        _ type: ResourceType,
        _ namespace: String?,
        _ options: ListOptions,
        _ keeping: (KubeObject) -> KubeObject?
    ) async throws -> KubeList {
        var items: [KubeObject] = []
        var token: String?
        while true {
            let request = KubeRequest.list(type, namespace: namespace, options, continuing: token)
            let tree = try await connection.send(request, as: impersonation).tree
            guard let page = tree["items"]?.list ?? (tree["items"]?.isNull == true ? [] : nil) else {
                throw KubeError(.badAnswer, "The API server gave no list of \(type)")
            }
            for item in page {
                if let kept = keeping(try Self.object(item, type)) { items.append(kept) }
            }
            let metadata = tree["metadata"]
            token = metadata?["continue"]?.string
            if token?.isEmpty ?? true {
                return KubeList(items: items, resourceVersion: metadata?["resourceVersion"]?.string ?? "")
            }
        }
    }
}
