import CoreModel
import KubeModel
import ManifestTree
import Testing

@testable import ClusterApply

@Suite("Identities, inventories, order, preparation")
struct ValueTests {
    private static let rbac = "rbac.authorization.k8s.io"

    static let ids: [(String, String, String, String, String, String)] = [
        ("default_podinfo__Service", "default", "podinfo", "", "Service", "core group"),
        ("_flux-system__Namespace", "", "flux-system", "", "Namespace", "no namespace"),
        ("ns_a.b_apps_Deployment", "ns", "a.b", "apps", "Deployment", "a group"),
        ("_system__node_\(rbac)_ClusterRole", "", "system:node", rbac, "ClusterRole", "a colon"),
        ("_a____\(rbac)_ClusterRole", "", "a:_", rbac, "ClusterRole", "as many colons as fit"),
        ("ns_a_b_apps_Deployment", "ns", "a_b", "apps", "Deployment", "an underscore in the name (flux2#491)"),
        ("ns_a__b__ConfigMap", "ns", "a__b", "", "ConfigMap", "only RBAC names have colons"),
    ]

    @Test(arguments: ids)
    func readsInventoryIDs(
        id: String,
        namespace: String,
        name: String,
        group: String,
        kind: String,
        why: String
    ) throws {
        let identity = try #require(ObjectIdentity(id: id), "\(why)")
        #expect(
            identity == ObjectIdentity(GroupKind(group: group, kind: kind), ObjectKey(namespace: namespace, name: name))
        )
        #expect(identity.id == id)
    }

    @Test(arguments: ["", "a", "a_b", "a_b_c", "___", "a_b_c_", "a___K"])
    func refusesOtherIDs(id: String) { #expect(ObjectIdentity(id: id) == nil) }

    @Test func calculatesWithInventories() throws {
        let (old, unreadable) = Inventory.read([
            "entries": [
                ["id": "ns_a__ConfigMap", "v": "v1"], ["id": "ns_b_apps_Deployment", "v": "v1beta1"], ["id": "broken"],
            ]
        ])
        let (new, _) = Inventory.read(["entries": [["id": "ns_b_apps_Deployment", "v": "v1"]]])
        #expect(unreadable == ["broken"])
        #expect(old.subtracting(new).entries.map(\.identity.name) == ["a"], "the version does not count")
        #expect(new.union(old).entries.map(\.version) == ["v1", "v1"], "the first version stays")
        #expect(Inventory.read(old.tree).inventory == old)
    }

    @Test func ordersAsFluxDoes() throws {
        let kinds = [
            "ValidatingWebhookConfiguration", "Widget", "Deployment", "Service", "ConfigMap", "Namespace",
            "StorageClass", "CustomResourceDefinition", "MutatingWebhookConfiguration",
        ]
        let objects = kinds.map {
            KubeObject(GroupVersionKind(group: "", version: "v1", kind: $0), key: ObjectKey(name: "n"))
        }
        #expect(
            ApplyOrder.sorted(objects).map(\.kind) == [
                "CustomResourceDefinition", "Namespace", "StorageClass", "ConfigMap", "Service", "Deployment", "Widget",
                "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration",
            ]
        )
        #expect(ApplyOrder.stage(GroupKind(group: "", kind: "Namespace")) == .definitions)
        #expect(ApplyOrder.stage(GroupKind(group: "x", kind: "FooClass")) == .classes)
        #expect(
            ApplyOrder.stage(GroupKind(group: "x", kind: "Y"), custom: [GroupKind(group: "x", kind: "Y")]) == .custom
        )
    }

    @Test func preparesObjects() throws {
        let list: Tree = [
            "apiVersion": "v1", "kind": "SecretList",
            "items": [
                [
                    "metadata": [
                        "name": "s", "namespace": "ns", "creationTimestamp": .null, "resourceVersion": "5",
                        "labels": ["a": "1", "kustomize.toolkit.fluxcd.io/name": "forged"],
                    ],
                    "data": ["a": "eA==", "b": "eQ=="], "stringData": ["b": "é"], "status": ["x": 1],
                ]
            ],
        ]
        let common = DesiredObjects.CommonMetadata(labels: ["a": "2"], annotations: ["n": "v"])
        let desired = try DesiredObjects([list], owner: Sample.owner, common: common)
        let tree = try #require(desired.objects.first?.tree)
        #expect(tree["kind"] == "Secret", "items take their kind from the list")
        #expect(tree["data"] == ["a": "eA==", "b": "w6k="], "stringData wins, encoded")
        #expect(tree["stringData"] == nil && tree["status"] == nil)
        #expect(tree["metadata"]?["resourceVersion"] == nil && tree["metadata"]?["creationTimestamp"] == nil)
        #expect(
            tree["metadata"]?["labels"] == [
                "a": "2", "kustomize.toolkit.fluxcd.io/name": "app",
                "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
            ]
        )
        #expect(tree["metadata"]?["annotations"] == ["n": "v"])
    }

    @Test func namesTheProtocolOfPorts() throws {
        let service: Tree = [
            "apiVersion": "v1", "kind": "Service", "metadata": ["name": "s"],
            "spec": ["ports": [["port": 80], ["port": 53, "protocol": "UDP"]]],
        ]
        let desired = try DesiredObjects([service], owner: Sample.owner)
        #expect(
            desired.objects.first?.tree["spec"]?["ports"] == [
                ["port": 80, "protocol": "TCP"], ["port": 53, "protocol": "UDP"],
            ]
        )
    }

    static let refused: [([Tree], String, String)] = [
        ([["apiVersion": "v1", "metadata": ["name": "a"]]], "no kind", "kind is missing"),
        ([["apiVersion": "v1", "kind": "Pod"]], "metadata.name", "no name"),
        (
            [["apiVersion": "v1", "kind": "Pod", "metadata": ["generateName": "a-"]]], "metadata.name",
            "a generated name"
        ),
        ([["apiVersion": "v1", "kind": "Pod", "metadata": ["name": "../x"]]], "Pod/../x", "a name that is a path"),
        ([Sample.map(), Sample.map("a", "2")], "ConfigMap/ns/a is there twice", "twice the same object"),
    ]

    @Test(arguments: refused)
    func refusesWhatCannotBeApplied(documents: [Tree], words: String, why: String) {
        let error = #expect(throws: ApplyError.self) { try DesiredObjects(documents, owner: Sample.owner) }
        #expect(error?.message.contains(words) == true, "\(why)")
        #expect(error?.kind == .terminal)
    }

    @Test func handsKubectlsFieldsToUs() throws {
        var object = try KubeObject(Sample.map())
        object.resourceVersion = "7"
        object.tree[path: ["metadata", "managedFields"]] = [
            ["manager": "kustomize-controller", "operation": "Apply", "fieldsV1": ["f:data": ["f:k": [:]]]],
            ["manager": "kubectl-edit", "operation": "Update", "fieldsV1": ["f:data": ["f:x": [:]]]],
            ["manager": "kubectl", "operation": "Update", "subresource": "scale", "fieldsV1": ["f:spec": [:]]],
            ["manager": "other", "operation": "Update", "fieldsV1": ["f:metadata": [:]]],
        ]
        let takeover = ManagerTakeover(manager: "kustomize-controller", others: [])
        let patch = try #require(takeover.patch(for: object))
        let fields = patch.body.list?.last?["value"]?.list
        #expect(fields?.map { $0["manager"] } == ["kubectl", "other", "kustomize-controller"])
        #expect(fields?.last?["fieldsV1"] == ["f:data": ["f:k": [:], "f:x": [:]]])
        #expect(patch.body.list?.first?["value"] == "7", "only for the version that was seen")
        object.tree[path: ["metadata", "managedFields"]] = [["manager": "other", "operation": "Update"]]
        #expect(takeover.patch(for: object) == nil)
    }
}
