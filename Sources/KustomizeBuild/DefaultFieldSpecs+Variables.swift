extension DefaultFieldSpecs {
    /// Where `$(NAME)` is replaced by default.
    static let variables: [FieldSpec] =
        podVariables("spec/jobTemplate/spec/template/spec", ["CronJob"])
        // The missing spec is kustomize's own.
        + [variable("spec/jobTemplate/spec/template/volumes/nfs/server", "CronJob")]
        + podVariables("spec/template/spec", ["DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"])
        + podVariables("spec", ["Pod"])
        + ["DaemonSet", "Deployment", "Job", "ReplicaSet"].map { variable("spec/template/spec/volumes/nfs/server", $0) }
        + [
            variable("spec/volumes/nfs/server", "Pod"),
            variable("spec/template/metadata/annotations", "Deployment"),
            variable("spec/rules/host", "Ingress"), variable("spec/tls/hosts", "Ingress"),
            variable("spec/tls/secretName", "Ingress"),
            variable("spec/ports/port", "Service"), variable("spec/ports/targetPort", "Service"),
            variable("spec/volumeClaimTemplates/spec/nfs/server", "StatefulSet"),
            variable("spec/nfs/server", "PersistentVolume"),
            variable("metadata/labels", ""), variable("metadata/annotations", ""),
        ]

    private static func variable(_ path: String, _ kind: String) -> FieldSpec {
        FieldSpec(path, ObjectType(kind: kind))
    }

    private static func podVariables(_ pod: String, _ kinds: [String]) -> [FieldSpec] {
        kinds.flatMap { kind in
            ["containers", "initContainers"].flatMap { list in
                ["args", "command", "env/value", "volumeMounts/mountPath"].map {
                    variable("\(pod)/\(list)/\($0)", kind)
                }
            }
        }
    }
}
