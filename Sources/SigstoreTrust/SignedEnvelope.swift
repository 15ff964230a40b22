internal import CoreModel
package import ManifestTree
package import SignatureCrypto

/// A DSSE envelope with one signature (DSSE v1.0.2).
package struct SignedEnvelope: Hashable, Sendable {
    package let payload: [UInt8]
    package let payloadType: String
    package let signature: [UInt8]

    package init(payload: [UInt8], payloadType: String, signature: [UInt8]) {
        self.payload = payload
        self.payloadType = payloadType
        self.signature = signature
    }

    /// Signs a payload.
    package init(signing payload: [UInt8], type: String, by key: SigningKey) throws {
        let content = SignedContent(.envelope(payload: payload, type: type), signature: [])
        self.init(payload: payload, payloadType: type, signature: try key.sign(content.signedBytes ?? []))
    }

    /// Reads an envelope that stands alone, as cosign 2 stores attestations: without a bundle around it.
    /// - Throws: `SigstoreProblem`.
    package init(parsing bytes: [UInt8]) throws(SigstoreProblem) {
        self = try SigstoreProblem.reading("its envelope is not valid") { () throws(StrictMap.Problem) in
            try SignedEnvelope(ProtobufMessage(StrictMap.tree(parsing: bytes), "the envelope", known: Self.members))
        }
    }

    static let members: Set<String> = ["payload", "payloadType", "signatures"]

    init(_ message: ProtobufMessage) throws(StrictMap.Problem) {
        payload = try message.bytes("payload")
        payloadType = try message.string("payloadType")
        // Verification material belongs to one signature alone.
        let signatures = try message.messages("signatures", limit: 1, known: ["sig", "keyid"])
        guard let only = signatures.first else {
            throw StrictMap.Problem(reason: "\(message.path("signatures")) has 0 elements")
        }
        signature = try only.bytes("sig")
    }

    /// What is signed, with its signature.
    package var content: SignedContent {
        SignedContent(.envelope(payload: payload, type: payloadType), signature: signature)
    }

    /// The envelope as cosign writes it.
    package var tree: Tree {
        [
            "payload": .string(Base64.encode(payload)), "payloadType": .string(payloadType),
            "signatures": [["sig": .string(Base64.encode(signature))]],
        ]
    }
}
