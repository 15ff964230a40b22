import CoreModel
import KubeModel
import ManifestTree

/// Brings an object into the form that server-side apply needs in order to see no change where there is none.
enum ServerDefaults {
    /// Removes what only API servers write, turns `stringData` into `data`, and names the protocol of ports, which is
    /// part of what tells ports apart.
    static func complete(_ object: inout KubeObject) {
        object.tree["status"] = nil
        for key in ["creationTimestamp", "managedFields", "resourceVersion", "uid", "generation", "selfLink"] {
            object.tree[path: ["metadata", key]] = nil
        }
        switch object.gvk.groupKind.description {
        case "Secret": encodeStringData(&object.tree)
        case "Service": nameProtocols(&object.tree, at: ["spec", "ports"])
        case "Pod": completePod(&object.tree, at: ["spec"])
        case "Deployment.apps", "StatefulSet.apps", "DaemonSet.apps", "ReplicaSet.apps", "Job.batch":
            completePod(&object.tree, at: ["spec", "template", "spec"])
        case "CronJob.batch":
            completePod(&object.tree, at: ["spec", "jobTemplate", "spec", "template", "spec"])
        default: break
        }
    }

    /// As the API server does it: text wins over data of the same key.
    private static func encodeStringData(_ tree: inout Tree) {
        guard let text = tree["stringData"]?.map else { return }
        // Anything but text is left for the API server to refuse.
        guard text.allSatisfy({ $0.value.string != nil }) else { return }
        tree["stringData"] = nil
        for (key, value) in text {
            tree[path: ["data", key]] = .string(Base64.encode(Array((value.string ?? "").utf8)))
        }
    }

    private static func completePod(_ tree: inout Tree, at path: [String]) {
        for list in ["containers", "initContainers"] {
            guard let containers = tree[path: path + [list]]?.list else { continue }
            tree[path: path + [list]] = .list(
                containers.map { container in
                    var container = container
                    nameProtocols(&container, at: ["ports"])
                    return container
                }
            )
        }
    }

    private static func nameProtocols(_ tree: inout Tree, at path: [String]) {
        guard let ports = tree[path: path]?.list else { return }
        tree[path: path] = .list(
            ports.map { port in
                guard port.map != nil, port["protocol"] == nil else { return port }
                var port = port
                port["protocol"] = "TCP"
                return port
            }
        )
    }
}
