internal import CoreModel
internal import ManifestTree
package import SignatureCrypto

/// Holds one signature, with what travels with it, against a trusted root. Reads nothing else: no network, no clock.
package struct SigstoreVerification: Sendable {
    let root: TrustedRoot
    let rules: EvidenceRules
    let content: SignedContent
    let material: VerificationMaterial

    package init(
        _ content: SignedContent,
        _ material: VerificationMaterial,
        root: TrustedRoot,
        rules: EvidenceRules
    ) {
        self.content = content
        self.material = material
        self.root = root
        self.rules = rules
    }

    /// Proves whom the certificate names, that they made the signature, and that the certificate was good at every time
    /// at which the signature is known to have been made.
    /// - Throws: `SigstoreProblem` with what is not proven; `CryptoError` when something cannot be checked.
    package func certifiedSigner() throws -> CertifiedSigner {
        try refusing {
            guard case .certificates(let encoded) = material.signer, let first = encoded.first else {
                throw SigstoreProblem("it comes without a certificate")
            }
            let leaf = try refusing("its certificate") { try Certificate(der: first) }
            guard try content.isSigned(by: leaf.publicKey) else {
                throw SigstoreProblem("it was not made by the key in its certificate")
            }
            let evidence = try evidence(by: .certificate(leaf))
            guard !evidence.times.isEmpty else {
                throw evidence.doubt
                    ?? SigstoreProblem("nothing proves when it was made, so its certificate may have expired before")
            }
            let others = try encoded.dropFirst().map { encoded in
                try refusing("its certificate chain") { try Certificate(der: encoded) }
            }
            for time in evidence.times {
                try CertificateProof(root: root, others: others).check(leaf, at: time.seconds)
            }
            return CertifiedSigner(
                identity: try FulcioIdentity(of: leaf),
                times: evidence.times,
                certificate: leaf.fingerprint,
                isLogged: evidence.isLogged
            )
        }
    }

    /// Proves that a signature by a key of the policy is in the log, or was stamped, as the rules ask. The signature
    /// itself is checked too.
    /// - Returns: when the signature was made; empty where nobody trusted says that.
    /// - Throws: as the other.
    package func times(by key: PublicKey) throws -> [SigningTime] {
        try refusing {
            guard try content.isSigned(by: key) else { throw SigstoreProblem("it was not made by the key") }
            return try evidence(by: .key(key)).times
        }
    }
}

/// What logs and timestamping authorities say of a signature.
private struct Evidence {
    var times: [SigningTime] = []
    var isLogged = false
    /// What is wrong with a timestamp that counts for nothing.
    var doubt: SigstoreProblem?
}

extension SigstoreVerification {
    private func evidence(by verifier: SignatureVerifier) throws -> Evidence {
        var evidence = Evidence()
        var unknown: [String] = []
        var seen: Set<LogEntry.Place> = []
        var logs: [TransparencyLog] = []
        for entry in material.logEntries {
            guard seen.insert(entry.place).inserted else { throw SigstoreProblem("it has the same log entry twice") }
            guard let log = root.signatureLogs[entry.logID] else {
                unknown.append(Base64.encode(entry.logID))
                continue
            }
            let verified = try entry.verify(in: log, content, by: verifier)
            evidence.isLogged = true
            logs.append(log)
            if let time = verified.time {
                evidence.times.append(SigningTime(seconds: time, witness: .log(log.baseURL)))
            }
        }
        if rules.requiresLog, !evidence.isLogged { throw notLogged(unknown) }
        try addStampedTimes(to: &evidence)
        evidence.times.sort { $0.seconds < $1.seconds }
        // Logs in tiles sign no time, so that the key's use is judged at the proven ones.
        for log in logs where evidence.times.contains(where: { !log.window.contains($0.seconds) }) {
            throw SigstoreProblem("it was made when the key of its log was not in use")
        }
        return evidence
    }

    /// Adds the times of the tokens that an authority of the root made. Another authority's token is no reason to
    /// doubt one that is good, so what is wrong with it counts only where none is.
    private func addStampedTimes(to evidence: inout Evidence) throws {
        var isStamped = false
        for token in material.timestamps {
            do {
                let seconds = try stampedTime(token)
                evidence.times.append(SigningTime(seconds: seconds, witness: .timestampAuthority))
                isStamped = true
            } catch let problem as SigstoreProblem {
                evidence.doubt = evidence.doubt ?? problem
            }
        }
        if rules.requiresTimestamp, !isStamped { throw evidence.doubt ?? SigstoreProblem("it has no timestamp") }
    }

    private func notLogged(_ unknown: [String]) -> SigstoreProblem {
        if let first = unknown.first {
            let unusable = root.unusable.isEmpty ? "" : " (of which this version cannot use \(root.unusable.count))"
            return SigstoreProblem(
                "its log entry is of the log \(first), which is none of the trusted root's\(unusable)"
            )
        }
        return SigstoreProblem("it comes without a log entry")
    }
}

extension LogEntry {
    fileprivate struct Place: Hashable {
        let logID: [UInt8]
        let index: UInt64
    }

    fileprivate var place: Place { Place(logID: logID, index: index) }
}

/// Turns refusals of certificates and tokens into that of the signature; `what` begins the sentence.
func refusing<Value>(_ what: String? = nil, _ body: () throws -> Value) throws -> Value {
    do {
        return try body()
    } catch let problem as EvidenceProblem {
        throw SigstoreProblem(what.map { "\($0) is not good: \(problem.reason)" } ?? problem.reason)
    }
}
