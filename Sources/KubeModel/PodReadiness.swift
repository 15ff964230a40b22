import CoreModel
import ManifestTree

/// The rules for pods.
struct PodReadiness {
    private let object: KubeObject
    private let conditions: ConditionList

    init(_ object: KubeObject) {
        self.object = object
        conditions = object.conditions
    }

    /// How long a pod may be unschedulable before that counts as failed; autoscalers need a moment.
    private static let schedulingWindow = Duration.seconds(15)

    func answer(now: Timestamp) -> Readiness {
        let phase = object.tree["status"]?["phase"]?.string ?? "unknown"
        switch phase {
        // A pod that ran to its end is where it shall be, whatever its exit status.
        case "Succeeded", "Failed":
            return .current
        case "Running":
            if conditions.isTrue("Ready") { return .current }
            return crashing.map { .failed($0) } ?? .inProgress("Pod is running but is not Ready")
        case "Pending":
            if let crashing { return .failed(crashing) }
            guard isUnschedulable else { return .inProgress("Pod is in the Pending phase") }
            let isNew = object.creationTimestamp.map { now - $0 < Self.schedulingWindow } ?? true
            return isNew ? .inProgress("Pod has not been scheduled") : .failed("Pod could not be scheduled")
        default:
            return .inProgress("Pod is in the \(phase) phase")
        }
    }

    private var isUnschedulable: Bool {
        guard let scheduled = conditions["PodScheduled"] else { return false }
        return scheduled.status == .false && scheduled.reason == "Unschedulable"
    }

    private var crashing: String? {
        let names = (object.tree["status"]?["containerStatuses"]?.list ?? [])
            .filter { $0["state"]?["waiting"]?["reason"]?.string == "CrashLoopBackOff" }
            .map { $0["name"]?.string ?? "" }
        return names.isEmpty ? nil : "Containers in CrashLoop state: \(names.joined(separator: ","))"
    }
}
