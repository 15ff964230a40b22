internal import CoreModel
internal import ManifestTree
package import NotationTrust
internal import OCIDistribution

/// Signatures of the Notary Project, held against a trust policy document.
package struct NotationMethod: Hashable, Sendable {
    /// The document with its trust stores.
    package let material: NotationMaterial

    package init(_ material: NotationMaterial) { self.material = material }

    /// Takes the entries of a Secret as Flux does, and the names that say which store a certificate belongs to; see
    /// `NotationMaterial`. `secret` names the Secret in messages.
    /// - Throws: `TrustError.invalidPolicy` for a document, a certificate or a revocation list that cannot be used;
    ///   `CryptoError.engine`.
    package init(secret: String, data: [String: [UInt8]]) throws {
        do {
            self.init(try NotationMaterial(source: "the Secret '\(secret)'", entries: data))
        } catch let error as NotationError {
            throw TrustError(.invalidPolicy, "The verification by notation cannot be set up", cause: error)
        }
    }

    /// The same for methods that trust the same signers.
    package var fingerprint: String { material.fingerprint }

    /// Why everything of a subject passes unseen: the statement about its repository skips verification.
    func waiver(of subject: TrustSubject) -> String? {
        guard let statement = material.document.statement(for: subject.repositoryName), statement.level.name == .skip
        else { return nil }
        return "the trust policy '\(statement.name)' skips the verification of signatures"
    }

    /// What the statement about the artifact's repository makes of a signature, validation by validation.
    /// - Throws: `CryptoError` when OpenSSL cannot check at all.
    func prove(_ evidence: SignatureEvidence, at context: TrustContext) throws -> (SignerProof, NotationChecks?) {
        guard case .notation(let signature, let repository) = evidence.content else { return (.stranger, nil) }
        guard let statement = material.document.statement(for: repository) else {
            let name = repository.quotedForMessage
            return (.refused("no statement of the trust policy is about the repository \(name)"), nil)
        }
        let verifier = NotationVerifier(statement: statement, stores: material.stores)
        let result = try verifier.verify(signature, at: context.now)
        return (Self.proof(result), NotationChecks(statement, result))
    }

    private static func proof(_ result: NotationResult) -> SignerProof {
        switch result.conclusion {
        case .refused(let reason): return .refused(reason)
        case .notEnforced(let reason): return .waived(reason)
        case .verified:
            guard let signer = result.signer else { return .refused("its signer is unknown") }
            let identity = NotationIdentity(
                subject: signer.subject,
                fingerprint: signer.fingerprint,
                signedAt: signer.provenTime,
                warnings: result.warnings
            )
            return .made(by: .notation(identity))
        }
    }
}

extension TrustSubject {
    /// `registry/path`, or what the subject is called where it is in no registry.
    var repositoryName: String {
        if let resolved { return resolved.repository.description }
        return (try? OCIReference(reference).repository.description) ?? reference
    }
}
