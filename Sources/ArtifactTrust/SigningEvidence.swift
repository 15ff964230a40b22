internal import CoreModel
internal import ManifestTree
package import SignatureCrypto
internal import SigstoreTrust

/// What a new cosign signature carries besides: whose key made it, and who says when.
package struct SigningEvidence: Sendable {
    /// Gives the whole answer of an RFC 3161 timestamp authority over a signature.
    package typealias Stamp = @Sendable (_ signature: [UInt8]) async throws -> [UInt8]

    /// The signer's own first, authorities after it; empty for a key that verifiers know by itself.
    package let certificates: [Certificate]
    /// Nil where nobody is asked for the time.
    package let stamp: Stamp?

    package init(certificates: [Certificate] = [], stamp: Stamp? = nil) {
        self.certificates = certificates
        self.stamp = stamp
    }

    /// - Throws: `TrustError.invalidKey` for a certificate of another key.
    func check(_ key: PublicKey) throws {
        guard let own = certificates.first, own.publicKey != key else { return }
        throw TrustError(
            .invalidKey,
            "The signing key does not belong to the certificate '\(own)'; give the certificate that was issued for it"
        )
    }

    /// The annotations by which cosign 2 keeps it on a layer.
    func annotations(of signature: [UInt8]) async throws -> [String: String] {
        var annotations: [String: String] = [:]
        if let own = certificates.first {
            annotations[VerificationMaterial.Annotation.certificate] = own.pem
            let chain = certificates.dropFirst().map(\.pem).joined()
            if !chain.isEmpty { annotations[VerificationMaterial.Annotation.chain] = chain }
        }
        if let stamp {
            let answer: Tree = ["SignedRFC3161Timestamp": .string(Base64.encode(try await stamp(signature)))]
            annotations[VerificationMaterial.Annotation.timestamp] = answer.jsonString()
        }
        return annotations
    }

    /// The same for a bundle.
    func material(of signature: [UInt8], by key: PublicKey) async throws -> VerificationMaterial {
        let hint = Base64.encode(Hex.decode(key.fingerprint) ?? [])
        var material = VerificationMaterial(
            signer: certificates.isEmpty ? .key(hint: hint) : .certificates(certificates.map(\.der))
        )
        if let stamp { material.timestamps = [try await stamp(signature)] }
        return material
    }

    /// Whether a signature carries all of it already. Bundles hold the signer's own certificate alone.
    func isHeld(in material: VerificationMaterial) -> Bool {
        guard stamp == nil || !material.timestamps.isEmpty else { return false }
        guard let own = certificates.first else { return true }
        guard case .certificates(let held) = material.signer else { return false }
        return held.first == own.der
    }
}

extension Certificate {
    /// In PEM form, as cosign keeps it in annotations.
    var pem: String {
        let text = Array(Base64.encode(der).utf8)
        let lines = stride(from: 0, to: text.count, by: 64).map {
            String(decoding: text[$0..<min($0 + 64, text.count)], as: UTF8.self)
        }
        return (["-----BEGIN CERTIFICATE-----"] + lines + ["-----END CERTIFICATE-----", ""]).joined(separator: "\n")
    }
}
