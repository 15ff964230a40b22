internal import CoreModel
internal import ManifestTree
package import OCIDistribution
package import SignatureCrypto

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
package struct CosignKeyPolicy: Hashable, Sendable {
    /// The most keys tried. With the bound on signatures it bounds the work that a registry can cause.
    package static let keyLimit = 64

    /// At least one.
    package let keys: [NamedKey]
    /// Where set, the signature has to be made for one of these repositories; nil takes any, so that mirrors work.
    package let repositories: Set<Repository>?
    /// What the signer has to have said besides, each with exactly this value; what else was said does not matter.
    package let annotations: [String: String]
    /// SHA-256 over the keys, the repositories and the annotations, whatever their order and the keys' names.
    package let fingerprint: String

    /// - Throws: `TrustError.noKeys`, `TrustError.tooManyKeys`.
    package init(
        keys: [NamedKey],
        repositories: Set<Repository>? = nil,
        annotations: [String: String] = [:]
    ) throws {
        guard !keys.isEmpty else {
            throw TrustError(.noKeys, "The verification by cosign has no public key; give at least one")
        }
        guard keys.count <= Self.keyLimit else {
            throw TrustError(
                .tooManyKeys,
                "The verification by cosign has \(keys.count) public keys, more than \(Self.keyLimit); remove some"
            )
        }
        self.keys = keys
        self.repositories = repositories
        self.annotations = annotations
        var lines = ["cosign keys 1"]
        lines.append(contentsOf: Set(keys.map(\.key.fingerprint)).sorted())
        if let repositories { lines.append(contentsOf: ["for"] + repositories.map(\.description).sorted()) }
        if !annotations.isEmpty { lines.append("saying \(Tree.map(.sorted(annotations)).jsonString())") }
        fingerprint = try Digest.of(lines.joined(separator: "\n").utf8).hex
    }

    /// Takes every entry of a Secret whose name ends in `.pub`, as Flux does; `secret` names the Secret in messages.
    /// - Throws: `TrustError.noKeys`, `TrustError.tooManyKeys`, or `TrustError.invalidKey` with the entry's name.
    package init(
        secret: String,
        data: [String: [UInt8]],
        repositories: Set<Repository>? = nil,
        annotations: [String: String] = [:]
    ) throws {
        let names = data.keys.filter { $0.hasSuffix(".pub") }.sorted()
        guard !names.isEmpty else {
            throw TrustError(
                .noKeys,
                "The Secret '\(secret)' has no cosign public key; add one in PEM form under a name that ends in .pub"
            )
        }
        let keys = try names.map { name in
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
        try self.init(keys: keys, repositories: repositories, annotations: annotations)
    }
}
