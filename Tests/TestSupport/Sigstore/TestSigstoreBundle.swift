import CoreModel
package import ManifestTree
import SignatureCrypto

/// A bundle in parts, each of which may be bent before it is written.
package struct TestSigstoreBundle: Sendable {
    package var mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"
    /// The signer's certificate in DER; nil for a key.
    package var certificate: [UInt8]?
    package var hint = "which key"
    package var payload: [UInt8]
    package var payloadType = "application/vnd.in-toto+json"
    package var signature: [UInt8]
    /// Signs the payload's bytes alone and not as an envelope.
    package var isMessage = false
    package var entries: [TestLogEntry] = []
    package var timestamps: [[UInt8]] = []
    /// Changes the finished document.
    package var edit: @Sendable (inout Tree) -> Void = { _ in }

    package init(payload: [UInt8], signature: [UInt8]) {
        self.payload = payload
        self.signature = signature
    }

    /// What the signature of an envelope is over.
    package static func signedBytes(_ payload: [UInt8], type: String) -> [UInt8] {
        Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
    }

    package func tree() throws -> Tree {
        var material: Tree =
            certificate.map { ["certificate": ["rawBytes": .base64($0)]] } ?? ["publicKey": ["hint": .string(hint)]]
        if !entries.isEmpty { material["tlogEntries"] = .list(entries.map(\.tree)) }
        if !timestamps.isEmpty {
            material["timestampVerificationData"] = [
                "rfc3161Timestamps": .list(timestamps.map { ["signedTimestamp": .base64($0)] })
            ]
        }
        var tree: Tree = ["mediaType": .string(mediaType), "verificationMaterial": material]
        if isMessage {
            tree["messageSignature"] = [
                "messageDigest": ["algorithm": "SHA2_256", "digest": .base64(try TestMerkleTree.sha256(payload))],
                "signature": .base64(signature),
            ]
        } else {
            tree["dsseEnvelope"] = [
                "payload": .base64(payload), "payloadType": .string(payloadType),
                "signatures": [["sig": .base64(signature)]],
            ]
        }
        edit(&tree)
        return tree
    }

    package func bytes() throws -> [UInt8] { try tree().jsonBytes() }
}

extension SigstoreMill {
    /// How a bundle's signature is logged.
    package enum Logging: String, Sendable, CaseIterable {
        case envelope, statement, tiledRecord, tiledEnvelope
        /// Not at all.
        case none
    }

    /// A statement in an envelope, signed with a certificate and logged.
    package func bundle(
        _ statement: String,
        logging: Logging = .envelope,
        certificate: [UInt8]? = nil,
        at time: Int64 = time
    ) throws -> TestSigstoreBundle {
        let payload = Array(statement.utf8)
        let signed = TestSigstoreBundle.signedBytes(payload, type: "application/vnd.in-toto+json")
        let signature = try signer.signing.sign(signed, scheme: signer.scheme)
        var bundle = TestSigstoreBundle(payload: payload, signature: signature)
        let der = try certificate ?? self.certificate(at: time)
        bundle.certificate = der
        bundle.entries = try entries(logging, bundle, pem: TestKeyPair.pem("CERTIFICATE", der), at: time)
        return bundle
    }

    /// The same signed by a key that needs no certificate.
    package func keyBundle(_ statement: String, logging: Logging = .envelope, at time: Int64 = time) throws
        -> TestSigstoreBundle
    {
        var bundle = try self.bundle(statement, logging: .none, at: time)
        bundle.certificate = nil
        bundle.entries = try entries(logging, bundle, pem: signer.publicPEM, at: time)
        return bundle
    }

    private func entries(_ logging: Logging, _ bundle: TestSigstoreBundle, pem: String, at time: Int64) throws
        -> [TestLogEntry]
    {
        let digest = try Digest.of(bundle.payload)
        let signature = bundle.signature
        let verifier =
            bundle.certificate.map(TestLogBody.verifier(certificate:))
            ?? TestLogBody.verifier(key: signer.publicInfo)
        switch logging {
        case .none: return []
        case .envelope:
            let body = TestLogBody.envelope(digest, signature: signature, pem: pem)
            return [try log.entry(body, kind: "dsse", version: "0.0.1", at: time)]
        case .statement:
            let body = TestLogBody.statement(digest, signature: signature, pem: pem)
            return [try log.entry(body, kind: "intoto", version: "0.0.2", at: time)]
        case .tiledRecord:
            let signed = TestSigstoreBundle.signedBytes(bundle.payload, type: bundle.payloadType)
            let body = TestLogBody.tiledHashedRecord(
                try Digest.of(signed),
                signature: signature,
                verifier: verifier
            )
            return [try tiledLog.entry(body, kind: "hashedrekord", version: "0.0.2", at: time)]
        case .tiledEnvelope:
            let body = TestLogBody.tiledEnvelope(digest, signature: signature, verifier: verifier)
            return [try tiledLog.entry(body, kind: "dsse", version: "0.0.2", at: time)]
        }
    }
}
