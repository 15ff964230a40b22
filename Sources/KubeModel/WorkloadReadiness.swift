import ManifestTree

/// The rules for kinds that run replicas.
struct WorkloadReadiness {
    private let kind: String
    private let spec: Tree?
    private let status: Tree?
    private let conditions: ConditionList
    private let hasGenerations: Bool

    init(_ object: KubeObject) {
        kind = object.kind
        spec = object.tree["spec"]
        status = object.tree["status"]
        conditions = object.conditions
        hasGenerations = object.generation != 0 && status?["observedGeneration"]?.integer != nil
    }

    var deployment: Readiness {
        if let progressing = conditions["Progressing"], progressing.reason == "ProgressDeadlineExceeded" {
            return .failed("Progress deadline exceeded")
        }
        let updated = count("updatedReplicas")
        if let waiting = missing("Replicas", count("replicas"), replicas) { return waiting }
        if let waiting = missing("Updated", updated, replicas) { return waiting }
        if let waiting = extra() { return waiting }
        if let waiting = missing("Available", count("availableReplicas"), max(updated, replicas)) { return waiting }
        if let waiting = missing("Ready", count("readyReplicas"), replicas) { return waiting }
        if hasDeadline, !isRolledOut { return .inProgress("ReplicaSet not Available") }
        guard conditions.isTrue("Available") else { return .inProgress("Deployment not Available") }
        return .current
    }

    var statefulSet: Readiness {
        let strategy = spec?["updateStrategy"]
        if strategy?["type"]?.string == "OnDelete" { return .current }
        if let waiting = missing("Replicas", count("replicas"), replicas) { return waiting }
        if let waiting = missing("Ready", count("readyReplicas"), replicas) { return waiting }
        if let waiting = extra() { return waiting }
        if let partition = strategy?["rollingUpdate"]?["partition"]?.integer {
            return missing("updated", count("updatedReplicas"), replicas - partition) ?? .current
        }
        if let waiting = missing("current", count("currentReplicas"), replicas) { return waiting }
        guard status?["currentRevision"] == status?["updateRevision"] else {
            return .inProgress("Waiting for updated revision to match current")
        }
        return .current
    }

    var daemonSet: Readiness {
        guard hasGenerations else { return .inProgress("Controller has not observed the latest change") }
        guard let desired = status?["desiredNumberScheduled"]?.integer else {
            return .inProgress("Missing .status.desiredNumberScheduled")
        }
        return missing("Current", count("currentNumberScheduled"), desired)
            ?? missing("Updated", count("updatedNumberScheduled"), desired)
            ?? missing("Available", count("numberAvailable"), desired)
            ?? missing("Ready", count("numberReady"), desired) ?? .current
    }

    var replicaSet: Readiness {
        if let failure = conditions["ReplicaFailure"], failure.status == .true {
            return .inProgress("Replica Failure condition. Check Pods")
        }
        return missing("Labelled", count("fullyLabeledReplicas"), replicas)
            ?? missing("Available", count("availableReplicas"), replicas)
            ?? missing("Ready", count("readyReplicas"), replicas) ?? extra() ?? .current
    }

    private var replicas: Int64 { spec?["replicas"]?.integer ?? 1 }

    /// Without a deadline the controller writes no `Progressing` condition.
    private var hasDeadline: Bool {
        guard let seconds = spec?["progressDeadlineSeconds"]?.integer else { return false }
        return seconds != Int64(Int32.max)
    }

    private var isRolledOut: Bool {
        guard let progressing = conditions["Progressing"] else { return false }
        return progressing.status == .true && progressing.reason == "NewReplicaSetAvailable"
    }

    private func count(_ key: String) -> Int64 { status?[key]?.integer ?? 0 }

    private func missing(_ what: String, _ have: Int64, _ want: Int64) -> Readiness? {
        have < want ? .inProgress("\(what): \(have)/\(want)") : nil
    }

    private func extra() -> Readiness? {
        let surplus = count("replicas") - replicas
        return surplus > 0 ? .inProgress("Pending termination: \(surplus)") : nil
    }
}
