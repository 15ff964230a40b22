internal import CoreModel
internal import ManifestTree
internal import SignatureCrypto

extension LogEntry {
    /// What a log vouches for.
    struct Verified: Hashable, Sendable {
        let log: TransparencyLog
        /// When the log took the entry, in seconds since 1970, where it signed that: an inclusion proof alone says
        /// nothing of the time.
        let time: Int64?
    }

    /// Checks everything that the log signed, and that the entry is about the content and the one who signed it.
    /// - Throws: `SigstoreProblem`; `CryptoError` when something cannot be checked.
    func verify(in log: TransparencyLog, _ content: SignedContent, by verifier: SignatureVerifier) throws -> Verified {
        let body = try LogEntryBody(parsing: self.body)
        guard kind ?? body.kind == body.kind, version ?? body.version == body.version else {
            throw SigstoreProblem("its log entry is of another kind than the bundle says")
        }
        guard signedEntryTimestamp != nil || proof != nil else {
            throw SigstoreProblem("its log entry has neither a signed entry timestamp nor an inclusion proof")
        }
        if let signedEntryTimestamp { try check(timestamp: signedEntryTimestamp, of: log) }
        if let proof { try check(proof, in: log) }
        try body.check(content, by: verifier)
        return Verified(log: log, time: signedEntryTimestamp == nil ? nil : integratedTime)
    }

    /// The signature of the entry, its time and its place (Rekor 1, "Signed Entry Timestamp").
    private func check(timestamp: [UInt8], of log: TransparencyLog) throws {
        guard integratedTime > 0 else { throw SigstoreProblem("its log entry does not say when it was made") }
        guard log.window.contains(integratedTime) else {
            throw SigstoreProblem("its log entry was made when the log's key was not in use")
        }
        // Keys in the order of RFC 8785; nothing in it has to be escaped.
        let signed = """
            {"body":"\(Base64.encode(body))","integratedTime":\(integratedTime),"logID":"\(Hex.encode(logID))",\
            "logIndex":\(index)}
            """
        guard try log.key.verify(timestamp, of: Array(signed.utf8)) else {
            throw SigstoreProblem("the signed entry timestamp of its log entry is false")
        }
    }

    /// The way from the entry to the root of a tree that the log signed.
    private func check(_ proof: InclusionProof, in log: TransparencyLog) throws {
        let checkpoint = try Checkpoint(parsing: proof.checkpoint)
        try checkpoint.verify(by: log)
        // A tiled log has one tree, and its proofs need not repeat what the checkpoint says.
        let isTiled = checkpoint.isOfTiledLog
        guard proof.treeSize == checkpoint.treeSize || isTiled && proof.treeSize == 0 else {
            throw SigstoreProblem(
                "the inclusion proof of its log entry is for a tree of \(proof.treeSize) entries, and the checkpoint "
                    + "for one of \(checkpoint.treeSize)"
            )
        }
        guard proof.rootHash == checkpoint.rootHash || isTiled && proof.rootHash.isEmpty else {
            throw SigstoreProblem("the inclusion proof of its log entry is for another root than the checkpoint")
        }
        guard !isTiled || proof.index == index || proof.index == 0 else {
            throw SigstoreProblem("the inclusion proof is for another place than its log entry")
        }
        let root = try MerkleTree.root(
            leaf: MerkleTree.leaf(body),
            index: isTiled ? index : proof.index,
            size: checkpoint.treeSize,
            proof: proof.hashes
        )
        guard let root else { throw SigstoreProblem("the inclusion proof of its log entry does not fit its tree") }
        guard root == checkpoint.rootHash else {
            throw SigstoreProblem("its log entry is not in the tree that its inclusion proof is about")
        }
    }
}
