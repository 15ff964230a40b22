import HTTPExchange
import KubeModel
import ManifestTree
import Testing

@Suite("Requests")
struct KubeRequestTests {
    static let pods = ResourceType(group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true)
    static let roles = ResourceType(
        group: "rbac.authorization.k8s.io",
        version: "v1",
        resource: "clusterroles",
        kind: "ClusterRole",
        namespaced: false
    )
    private let key = ObjectKey(namespace: "ns", name: "a")

    static let paths: [(ResourceType, String, String, String?, String)] = [
        (pods, "ns", "a", nil, "/api/v1/namespaces/ns/pods/a"),
        (pods, "ns", "a", "status", "/api/v1/namespaces/ns/pods/a/status"),
        (roles, "", "system:node", nil, "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode"),
        (roles, "ignored", "x y?", nil, "/apis/rbac.authorization.k8s.io/v1/clusterroles/x%20y%3F"),
    ]

    @Test(arguments: paths)
    func buildsPaths(type: ResourceType, namespace: String, name: String, subresource: String?, path: String) throws {
        let key = ObjectKey(namespace: namespace, name: name)
        #expect(try KubeRequest.objectPath(type, key, subresource: subresource) == path)
    }

    static let refused: [(String, String, String)] = [
        ("", "a", "a namespaced kind needs a namespace"),
        ("ns", "", "an empty name would name the collection"),
        ("ns", "..", "dots would leave the collection"),
        ("ns", "a/status", "a slash would name a subresource"),
        ("ns/..", "a", "a slash in the namespace"),
        ("ns", "a%2Fb", "an encoded slash"),
    ]

    @Test(arguments: refused)
    func refusesNamesThatChangeThePath(namespace: String, name: String, why: String) {
        #expect(throws: KubeModelError.self, "\(why)") {
            try KubeRequest.delete(Self.pods, ObjectKey(namespace: namespace, name: name))
        }
    }

    @Test func selectsAndPages() throws {
        var options = ListOptions(labels: try LabelSelector(parsing: "a in (b,c)"), metadataOnly: true)
        options.pageSize = 2
        let request = KubeRequest.list(Self.pods, namespace: nil, options, continuing: "t=")
        #expect(request.target == "/api/v1/pods?labelSelector=a%20in%20%28b%2Cc%29&limit=2&continue=t%3D")
        #expect(request.accept.hasPrefix("application/json;as=PartialObjectMetadataList;"))
    }

    @Test func writesApplyPatches() throws {
        let object = KubeObject(Self.pods.gvk, key: key)
        let patch = KubePatch.apply(object, manager: "m", force: true)
        let request = try KubeRequest.patch(Self.pods, key, patch, WriteOptions(fieldManager: "x", dryRun: true))
        #expect(request.method == .patch)
        #expect(request.contentType == "application/apply-patch+yaml")
        #expect(request.target == "/api/v1/namespaces/ns/pods/a?force=true&fieldManager=m&dryRun=All")
    }

    @Test func deletesOnlyTheObjectThatIsMeant() throws {
        let request = try KubeRequest.delete(Self.pods, key, DeleteOptions(propagation: .background, uid: "u"))
        #expect(request.body?["preconditions"] == ["uid": "u"])
        #expect(request.body?["propagationPolicy"] == "Background")
    }

    @Test func watchesWithBookmarks() {
        let request = KubeRequest.watch(Self.pods, namespace: "ns", from: "12", WatchOptions())
        #expect(request["allowWatchBookmarks"] == "true")
        #expect(request["resourceVersion"] == "12")
        #expect(request["timeoutSeconds"] == "290")
    }
}
