package import CoreModel
import ManifestTree

/// How far an object is on its way to its desired state (kstatus).
package enum Readiness: Hashable, Sendable {
    /// The desired state is there.
    case current
    /// On its way; the text says what is missing.
    case inProgress(String)
    /// It will not get there by itself; the text says why.
    case failed(String)
    /// Deletion was asked for.
    case terminating
    /// There is no such object.
    case notFound

    /// What the object's own status says: the rules for all kinds first, then those of its kind, then the condition
    /// `Ready` of kinds that have none. `now` tells how long a pod has been unschedulable.
    package static func of(_ object: KubeObject, now: Timestamp) -> Readiness {
        if let answer = generic(object) { return answer }
        switch object.gvk.groupKind.description {
        case "Deployment.apps", "Deployment.extensions": return WorkloadReadiness(object).deployment
        case "StatefulSet.apps": return WorkloadReadiness(object).statefulSet
        case "DaemonSet.apps", "DaemonSet.extensions": return WorkloadReadiness(object).daemonSet
        case "ReplicaSet.apps", "ReplicaSet.extensions": return WorkloadReadiness(object).replicaSet
        case "Pod": return PodReadiness(object).answer(now: now)
        case "PersistentVolumeClaim": return claim(object)
        case "Service": return service(object)
        case "Job.batch": return job(object)
        case "CustomResourceDefinition.apiextensions.k8s.io": return definition(object)
        case "ConfigMap", "Secret", "CronJob.batch", "PodDisruptionBudget.policy": return .current
        default: return byReadyCondition(object)
        }
    }

    /// The word that kstatus has for it.
    package var word: String {
        switch self {
        case .current: "Current"
        case .inProgress: "InProgress"
        case .failed: "Failed"
        case .terminating: "Terminating"
        case .notFound: "NotFound"
        }
    }

    private static func generic(_ object: KubeObject) -> Readiness? {
        if object.isBeingDeleted { return .terminating }
        if let observed = object.tree["status"]?["observedGeneration"]?.integer, observed != object.generation {
            return .inProgress(
                "\(object.kind) generation is \(object.generation), but latest observed generation is \(observed)"
            )
        }
        let conditions = object.conditions
        if let condition = conditions["Reconciling"], condition.status == .true {
            return .inProgress(condition.message)
        }
        if let condition = conditions["Stalled"], condition.status == .true { return .failed(condition.message) }
        return nil
    }

    private static func byReadyCondition(_ object: KubeObject) -> Readiness {
        guard let ready = object.conditions["Ready"], ready.status != .true else { return .current }
        return .inProgress(ready.message)
    }

    private static func claim(_ object: KubeObject) -> Readiness {
        let phase = object.tree["status"]?["phase"]?.string ?? "unknown"
        return phase == "Bound" ? .current : .inProgress("PVC is not Bound. phase: \(phase)")
    }

    private static func service(_ object: KubeObject) -> Readiness {
        let spec = object.tree["spec"]
        guard spec?["type"]?.string == "LoadBalancer", (spec?["clusterIP"]?.string ?? "").isEmpty else {
            return .current
        }
        return .inProgress("ClusterIP not set. Service type: LoadBalancer")
    }

    /// A suspended job is as far as it shall get; one that runs is not, other than in kstatus (fluxcd/pkg does the
    /// same).
    private static func job(_ object: KubeObject) -> Readiness {
        let conditions = object.conditions
        if let failed = conditions["Failed"], failed.status == .true {
            return .failed("Job Failed. \(failed.message)")
        }
        if conditions.isTrue("Complete") || object.tree["spec"]?["suspend"]?.bool == true { return .current }
        return .inProgress("Job in progress")
    }

    private static func definition(_ object: KubeObject) -> Readiness {
        let conditions = object.conditions
        if let names = conditions["NamesAccepted"], names.status == .false { return .failed(names.message) }
        if let established = conditions["Established"] {
            if established.status == .true { return .current }
            if established.status == .false, established.reason != "Installing" { return .failed(established.message) }
        }
        return .inProgress("Install in progress")
    }
}
