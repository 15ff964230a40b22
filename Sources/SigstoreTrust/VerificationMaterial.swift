internal import CoreModel
internal import ManifestTree
internal import SignatureCrypto

/// What travels with a signature so that it can be verified offline. Nothing in it is believed before that.
package struct VerificationMaterial: Hashable, Sendable {
    /// Who says to have signed.
    package enum Signer: Hashable, Sendable {
        /// The owner of a key; the hint says which, and is not believed.
        case key(hint: String)
        /// DER certificates, the signer's own first.
        case certificates([[UInt8]])
        /// Nothing is said.
        case unnamed
    }

    package var signer: Signer
    package var logEntries: [LogEntry]
    /// RFC 3161 tokens in DER.
    package var timestamps: [[UInt8]]

    /// The most log entries or timestamps of one signature.
    package static let limit = 16

    package init(signer: Signer, logEntries: [LogEntry] = [], timestamps: [[UInt8]] = []) {
        self.signer = signer
        self.logEntries = logEntries
        self.timestamps = timestamps
    }
}

extension VerificationMaterial {
    /// The annotations by which cosign 2 keeps it on a layer.
    package enum Annotation {
        package static let certificate = "dev.sigstore.cosign/certificate"
        package static let chain = "dev.sigstore.cosign/chain"
        package static let bundle = "dev.sigstore.cosign/bundle"
        package static let timestamp = "dev.sigstore.cosign/rfc3161timestamp"
    }

    /// Reads what cosign 2 wrote beside a signature, or an attestation, on a layer.
    /// - Throws: `SigstoreProblem` for anything that is there and is not valid.
    package init(cosignAnnotations annotations: [String: String]) throws(SigstoreProblem) {
        var certificates: [[UInt8]] = []
        for (key, limit) in [(Annotation.certificate, 1), (Annotation.chain, 10)] {
            guard let text = annotations[key], !text.isEmpty else { continue }
            let found: [Certificate]
            do {
                found = try Certificate.list(pem: Array(text.utf8))
            } catch {
                throw SigstoreProblem("its annotation \(key) is not valid: \(error)")
            }
            guard (1...limit).contains(found.count) else {
                throw SigstoreProblem("its annotation \(key) has \(found.count) certificates")
            }
            certificates += found.map(\.der)
        }
        if annotations[Annotation.certificate]?.isEmpty ?? true { certificates = [] }
        signer = certificates.isEmpty ? .unnamed : .certificates(certificates)
        let bundle = annotations[Annotation.bundle].flatMap { $0.isEmpty || $0 == "null" ? nil : $0 }
        logEntries = []
        if let bundle { logEntries = [try LogEntry(cosignBundle: bundle)] }
        timestamps = []
        if let text = annotations[Annotation.timestamp], !text.isEmpty, text != "null" {
            let token = try SigstoreProblem.reading("its annotation with the timestamp is not valid") {
                () throws(StrictMap.Problem) in
                try StrictMap(parsing: Array(text.utf8), "the annotation", required: ["SignedRFC3161Timestamp"])
                    .bytes("SignedRFC3161Timestamp")
            }
            timestamps = [token]
        }
    }
}
