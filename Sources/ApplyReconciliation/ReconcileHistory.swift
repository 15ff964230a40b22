import CoreModel
import ManifestTree

/// `status.history`: the last five builds, newest first, one entry for each digest and result.
enum ReconcileHistory {
    struct Entry: Sendable {
        let digest: Digest
        /// The reason of the Ready condition.
        let status: String
        let started: Timestamp
        let ended: Timestamp
        let revision: String
        let originRevision: String?
    }

    private static let capacity = 5

    /// The history with one more reconcile in it.
    static func recording(_ entry: Entry, in history: Tree?) -> Tree {
        var entries = history?.list ?? []
        var first = entry.ended.description
        var total: Int64 = 0
        let known = entries.firstIndex {
            $0["digest"]?.string == entry.digest.description && $0["lastReconciledStatus"]?.string == entry.status
        }
        if let known {
            let old = entries.remove(at: known)
            first = old["firstReconciled"]?.string ?? first
            total = old["totalReconciliations"]?.integer ?? 0
        }
        var metadata: Tree = ["revision": .string(entry.revision)]
        metadata["originRevision"] = entry.originRevision.map(Tree.string)
        let millis = (entry.ended - entry.started) / .milliseconds(1)
        entries.insert(
            [
                "digest": .string(entry.digest.description), "firstReconciled": .string(first),
                "lastReconciled": .string(entry.ended.description),
                "lastReconciledDuration": .string(GoDuration.format(.milliseconds(Int(millis)))),
                "lastReconciledStatus": .string(entry.status),
                "totalReconciliations": .number(.init(Int(total) + 1)), "metadata": metadata,
            ],
            at: 0
        )
        return .list(Array(entries.prefix(capacity)))
    }
}
