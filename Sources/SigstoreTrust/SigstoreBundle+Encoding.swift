internal import CoreModel
internal import ManifestTree

extension SigstoreBundle {
    /// The bundle as cosign writes it, in version 0.3.
    /// - Throws: `SigstoreProblem` when it was read, and its material is not valid.
    package func encode() throws(SigstoreProblem) -> [UInt8] {
        var tree: Tree = [
            "mediaType": .string(Self.mediaType), "verificationMaterial": try material().tree,
        ]
        switch content {
        case .envelope(let envelope): tree["dsseEnvelope"] = envelope.tree
        case .message(let digest, let signature):
            tree["messageSignature"] = [
                "messageDigest": [
                    "algorithm": .string(digest.algorithm.rawValue.uppercased().replacing("SHA", with: "SHA2_")),
                    "digest": .string(Base64.encode(digest.bytes)),
                ],
                "signature": .string(Base64.encode(signature)),
            ]
        }
        return tree.jsonBytes()
    }
}

extension VerificationMaterial {
    fileprivate var tree: Tree {
        var tree: Tree
        switch signer {
        case .key(let hint): tree = ["publicKey": ["hint": .string(hint)]]
        case .certificates(let chain): tree = ["certificate": ["rawBytes": .string(Base64.encode(chain.first ?? []))]]
        case .unnamed: tree = ["publicKey": ["hint": ""]]
        }
        if !logEntries.isEmpty { tree["tlogEntries"] = .list(logEntries.map(\.tree)) }
        if !timestamps.isEmpty {
            tree["timestampVerificationData"] = [
                "rfc3161Timestamps": .list(timestamps.map { ["signedTimestamp": .string(Base64.encode($0))] })
            ]
        }
        return tree
    }
}

extension LogEntry {
    fileprivate var tree: Tree {
        var tree: Tree = [
            "logIndex": .string(String(index)), "logId": ["keyId": .string(Base64.encode(logID))],
            "kindVersion": ["kind": .string(kind ?? ""), "version": .string(version ?? "")],
            "integratedTime": .string(String(integratedTime)),
        ]
        if let signedEntryTimestamp {
            tree["inclusionPromise"] = ["signedEntryTimestamp": .string(Base64.encode(signedEntryTimestamp))]
        }
        if let proof {
            tree["inclusionProof"] = [
                "logIndex": .string(String(proof.index)), "rootHash": .string(Base64.encode(proof.rootHash)),
                "treeSize": .string(String(proof.treeSize)),
                "hashes": .list(proof.hashes.map { .string(Base64.encode($0)) }),
                "checkpoint": ["envelope": .string(proof.checkpoint)],
            ]
        }
        tree["canonicalizedBody"] = .string(Base64.encode(body))
        return tree
    }
}
