import CoreModel
import KubeModel
import ManifestTree
import Testing

@Suite("Objects")
struct KubeObjectTests {
    static let refused: [(Tree, String, String)] = [
        ([1], "not a Kubernetes object", "a list is no object"),
        (["kind": "A"], "no apiVersion", "apiVersion is required"),
        (["apiVersion": "v1", "kind": 5], "no kind", "a number is no kind"),
        (["apiVersion": "v1", "kind": "A", "metadata": "x"], "metadata", "metadata is a map"),
        (["apiVersion": "v1", "kind": "A", "metadata": ["name": 5]], "quote it", "an unquoted number as a name"),
        (
            ["apiVersion": "v1", "kind": "A", "metadata": ["name": "n", "annotations": ["a": true]]],
            "metadata.annotations.a", "an unquoted boolean as an annotation"
        ),
    ]

    @Test(arguments: refused)
    func refusesWhatIsNoObject(tree: Tree, words: String, why: String) {
        do throws(KubeModelError) {
            _ = try KubeObject(tree)
            Issue.record("accepted although \(why)")
        } catch {
            #expect(error.message.contains(words), "\(why)")
        }
    }

    @Test func readsAndWritesMetadata() throws {
        var object = try KubeObject(["apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "a"]])
        #expect(object.gvk == GroupVersionKind(group: "apps", version: "v1", kind: "Deployment"))
        object.namespace = "ns"
        object.labels["b"] = "2"
        object.labels["a"] = "1"
        object.finalizers = ["x"]
        #expect(object.subject == "Deployment/ns/a")
        #expect(object.tree["metadata"]?["labels"] == ["a": "1", "b": "2"])
        object.labels = [:]
        object.finalizers = []
        #expect(object.tree["metadata"] == ["name": "a", "namespace": "ns"])
    }

    @Test func namesAGroupVersion() {
        #expect(GroupVersionKind(apiVersion: "v1", kind: "Pod").group.isEmpty)
        #expect(GroupVersionKind(apiVersion: "a.b/v1", kind: "X").apiVersion == "a.b/v1")
        #expect(GroupKind(group: "a.b", kind: "X").description == "X.a.b")
    }

    @Test func countsEventsOfLongMessages() {
        let subject = KubeObject(
            GroupVersionKind(group: "", version: "v1", kind: "Namespace"),
            key: ObjectKey(name: "n")
        )
        var record = EventRecord(
            .warning,
            about: subject,
            reason: "Failed",
            message: String(repeating: "é", count: 600)
        )
        record.controller = "c"
        let event = record.object(at: Timestamp(seconds: 1, nanoseconds: 5))
        #expect(event.namespace == "default", "subjects without a namespace have their events in default")
        #expect(event.name == "n.3b9aca05")
        #expect((event.tree["message"]?.string?.utf8.count ?? 0) <= EventRecord.messageLimit)
        #expect(event.tree["message"]?.string?.hasSuffix("é...") == true, "cut at a character")
        #expect(event.tree["involvedObject"] == ["apiVersion": "v1", "kind": "Namespace", "name": "n"])
    }

    @Test func keepsALeaseThroughARoundTrip() {
        let time = Timestamp(seconds: 1_700_000_000, nanoseconds: 123_456_000)
        let lease = LeaseRecord(holder: "me", duration: .seconds(15), acquired: time, renewed: nil, transitions: 3)
        let object = lease.object(ObjectKey(namespace: "ns", name: "l"))
        #expect(object.tree["spec"]?["acquireTime"] == "2023-11-14T22:13:20.123456Z", "MicroTime has six decimals")
        #expect(LeaseRecord(object) == lease)
    }
}
