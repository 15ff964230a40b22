internal import CoreModel
internal import ManifestTree

/// What a bundle says of one entry in a log of signatures (`dev.sigstore.rekor.v1.TransparencyLogEntry`), or a cosign
/// annotation does. Nothing in it is believed before `LogEntry.verify`.
package struct LogEntry: Hashable, Sendable {
    /// Where the entry is in a tree, and the hashes that lead from it to the tree's root.
    package struct InclusionProof: Hashable, Sendable {
        package var index: UInt64
        package var treeSize: UInt64
        package var rootHash: [UInt8]
        package var hashes: [[UInt8]]
        /// The signed note that vouches for the root (C2SP tlog-checkpoint).
        package var checkpoint: String

        package init(index: UInt64, treeSize: UInt64, rootHash: [UInt8], hashes: [[UInt8]], checkpoint: String) {
            self.index = index
            self.treeSize = treeSize
            self.rootHash = rootHash
            self.hashes = hashes
            self.checkpoint = checkpoint
        }
    }

    /// Which log it is in.
    package var logID: [UInt8]
    /// The index over all trees of the log.
    package var index: UInt64
    /// Seconds since 1970; zero in logs that do not say.
    package var integratedTime: Int64
    /// The entry, such as a `hashedrekord`, in the JSON that was logged.
    package var body: [UInt8]
    /// The log's signature of the above, its promise to include the entry.
    package var signedEntryTimestamp: [UInt8]?
    package var proof: InclusionProof?
    /// Kind and version of the body as the bundle repeats them, such as `dsse` and `0.0.1`.
    package var kind: String?
    package var version: String?

    package init(logID: [UInt8], index: UInt64, integratedTime: Int64, body: [UInt8]) {
        self.logID = logID
        self.index = index
        self.integratedTime = integratedTime
        self.body = body
    }
}

extension LogEntry {
    static let members: Set<String> = [
        "logIndex", "logId", "kindVersion", "integratedTime", "inclusionPromise", "inclusionProof",
        "canonicalizedBody",
    ]
    /// The most hashes of a proof: enough for a tree of 2^64 entries.
    private static let hashLimit = 64
    private static let proofMembers: Set<String> = ["logIndex", "rootHash", "treeSize", "hashes", "checkpoint"]

    /// Reads an entry of a bundle.
    init(_ message: ProtobufMessage) throws(StrictMap.Problem) {
        self.init(
            logID: try message.message("logId", known: ["keyId"]).content("keyId"),
            index: try message.count("logIndex"),
            integratedTime: Int64(try message.count("integratedTime")),
            body: try message.content("canonicalizedBody")
        )
        let kind = try message.message("kindVersion", known: ["kind", "version"])
        self.kind = try kind.text("kind")
        version = try kind.text("version")
        if let promise = try message.message(ifAny: "inclusionPromise", known: ["signedEntryTimestamp"]) {
            signedEntryTimestamp = try promise.content("signedEntryTimestamp")
        }
        guard let proof = try message.message(ifAny: "inclusionProof", known: Self.proofMembers) else { return }
        self.proof = InclusionProof(
            index: try proof.count("logIndex"),
            treeSize: try proof.count("treeSize"),
            rootHash: try proof.bytes("rootHash"),
            hashes: try proof.byteStrings("hashes", limit: Self.hashLimit),
            checkpoint: try proof.message("checkpoint", known: ["envelope"]).text("envelope")
        )
    }

    /// Reads the annotation `dev.sigstore.cosign/bundle`, where cosign 2 keeps an entry without its proof.
    init(cosignBundle text: String) throws(SigstoreProblem) {
        self = try SigstoreProblem.reading("its annotation with the log entry is not valid") {
            () throws(StrictMap.Problem) in
            let top = try StrictMap(
                parsing: Array(text.utf8),
                "the annotation",
                required: ["SignedEntryTimestamp", "Payload"]
            )
            let payload = try top.map("Payload", required: ["body", "integratedTime", "logIndex", "logID"])
            guard let id = Hex.decode(try payload.string("logID")), !id.isEmpty else {
                throw StrictMap.Problem(reason: "Payload.logID is not hexadecimal")
            }
            guard let index = UInt64(exactly: try payload.integer("logIndex")) else {
                throw StrictMap.Problem(reason: "Payload.logIndex is negative")
            }
            var entry = LogEntry(
                logID: id,
                index: index,
                integratedTime: try payload.integer("integratedTime"),
                body: try payload.bytes("body")
            )
            entry.signedEntryTimestamp = try top.bytes("SignedEntryTimestamp")
            return entry
        }
    }
}
