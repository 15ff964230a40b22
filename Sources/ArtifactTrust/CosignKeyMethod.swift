internal import CoreModel
package import SignatureCrypto
internal import SigstoreTrust

/// A public key and the name that verdicts call it by.
package struct NamedKey: Hashable, Sendable {
    /// The Secret's entry or the file it came from, such as `cosign.pub`.
    package let name: String
    package let key: PublicKey

    package init(name: String, key: PublicKey) {
        self.name = name
        self.key = key
    }
}

/// cosign signatures made by any one of some keys.
package struct CosignKeyMethod: Hashable, Sendable {
    /// The most keys tried. With the bound on signatures it bounds the work that a registry can cause.
    package static let keyLimit = 64

    /// At least one.
    package let keys: [NamedKey]
    /// What has to vouch for a signature besides its key; nil where the key is enough, as it is to Flux.
    package let basis: SigstoreBasis?
    /// SHA-256 over the keys and the basis, whatever the keys' order and their names.
    package let fingerprint: String

    /// - Throws: `TrustError.noKeys`, `TrustError.tooManyKeys`.
    package init(keys: [NamedKey], basis: SigstoreBasis? = nil) throws {
        guard !keys.isEmpty else { throw Self.noKeys() }
        guard keys.count <= Self.keyLimit else { throw Self.tooMany(keys.count) }
        self.keys = keys
        self.basis = basis
        var lines = ["cosign keys 2"] + Set(keys.map(\.key.fingerprint)).sorted()
        if let basis { lines.append(contentsOf: basis.fingerprintLines) }
        fingerprint = try Digest.of(lines.joined(separator: "\n").utf8).hex
    }

    /// Every entry of a Secret whose name ends in `.pub`, as Flux takes them; `secret` names the Secret in messages.
    /// - Throws: `TrustError.noKeys`, `TrustError.tooManyKeys`, or `TrustError.invalidKey` with the entry's name.
    package static func keys(secret: String, data: [String: [UInt8]]) throws -> [NamedKey] {
        let names = data.keys.filter { $0.hasSuffix(".pub") }.sorted()
        guard !names.isEmpty else {
            throw TrustError(
                .noKeys,
                "The Secret '\(secret)' has no cosign public key; add one in PEM form under a name that ends in .pub"
            )
        }
        guard names.count <= keyLimit else { throw tooMany(names.count) }
        return try names.map { name in
            do {
                return NamedKey(name: name, key: try PublicKey(pem: data[name] ?? []))
            } catch {
                throw TrustError(
                    .invalidKey,
                    "The entry '\(name)' of the Secret '\(secret)' is not a usable public key",
                    cause: error
                )
            }
        }
    }

    /// Which of the keys made a signature.
    func prove(_ evidence: SignatureEvidence, at now: Timestamp) throws -> SignerProof {
        guard let maker = try keys.first(where: { try evidence.signed.isSigned(by: $0.key) }) else { return .stranger }
        guard let basis else { return .made(by: .key(maker)) }
        do {
            let times = try basis.verification(of: evidence).times(by: maker.key)
            if let reason = SigstoreBasis.refusal(of: times, at: now) { return .refused(reason) }
            return .made(by: .key(maker))
        } catch let problem as SigstoreProblem {
            return .refused("it was made with the key '\(maker.name)', and \(problem.reason)")
        }
    }

    static func noKeys() -> TrustError {
        TrustError(.noKeys, "The verification by cosign has no public key; give at least one")
    }

    static func tooMany(_ count: Int) -> TrustError {
        TrustError(
            .tooManyKeys,
            "The verification by cosign has \(count) public keys, more than \(keyLimit); remove some"
        )
    }
}
