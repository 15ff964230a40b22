import ArtifactTrust
import CoreModel
import SafeFiles
import SignatureCrypto
import SigstoreTrust

extension TrustOptions {
    /// What the flags ask for.
    /// - Throws: `ToolError`, or what is wrong with a file.
    func policies(
        _ way: Way,
        root: TrustedRootOptions,
        annotations: [String: String],
        _ context: ToolContext
    ) async throws -> ChosenPolicy {
        guard way == .document, let policy else {
            return .same(try await flagPolicy(way, root: root, annotations: annotations, context))
        }
        guard annotations.isEmpty else {
            throw ToolError(.usage, "--annotations does not go with --policy; write annotations into the policy")
        }
        let bytes = try LocalPath(policy).file().file.readAll(limit: PolicyFile.sizeLimit)
        let file = try PolicyFile(parsing: bytes, source: policy, trustedRoot: try await root.bytes(context))
        return .file(file, path: policy)
    }

    private func flagPolicy(
        _ way: Way,
        root: TrustedRootOptions,
        annotations: [String: String],
        _ context: ToolContext
    ) async throws -> TrustPolicy {
        let requirements = TrustRequirements(annotations: annotations)
        let authorities =
            switch way {
            case .keys: try keyAuthorities(try await basis(root, context))
            case .identity: [try identityAuthority(try await basis(root, context))]
            case .notation: [try notationAuthority()]
            case .document: throw ToolError(.usage, "--policy is missing; name a file with a VerificationPolicy")
            }
        let rule = try TrustRule(name: Self.ruleName, authorities: authorities, requirements: requirements)
        return try TrustPolicy(rule)
    }

    /// What verdicts call a policy that was given by flags.
    private static let ruleName = "command line"

    static func read(_ path: String) throws -> [UInt8] { try LocalPath(path).file().file.readAll(limit: 1 << 20) }

    // MARK: - cosign

    /// Each key is an authority of its own, so that each has a reason of its own.
    private func keyAuthorities(_ basis: SigstoreBasis?) throws -> [TrustAuthority] {
        if basis == nil, useSignedTimestamps {
            throw ToolError(.usage, "--use-signed-timestamps needs the authorities; name a --trusted-root")
        }
        return try key.map { path in
            let bytes = try Self.read(path)
            let key: PublicKey
            do {
                key = try PublicKey(pem: bytes)
            } catch {
                throw ToolError(.file, "The file '\(path)' is not a usable public key; give one as PEM", cause: error)
            }
            let method = try CosignKeyMethod(keys: [NamedKey(name: path, key: key)], basis: basis)
            return TrustAuthority(name: path, method: .cosignKeys(method))
        }
    }

    private func identityAuthority(_ basis: SigstoreBasis?) throws -> TrustAuthority {
        let subject = try Self.rule(
            certificateIdentity,
            certificateIdentityRegexp,
            named: ("--certificate-identity", "--certificate-identity-regexp")
        )
        let issuer = try Self.rule(
            certificateOidcIssuer,
            certificateOidcIssuerRegexp,
            named: ("--certificate-oidc-issuer", "--certificate-oidc-issuer-regexp")
        )
        guard let basis else {
            throw ToolError(
                .usage,
                "A trusted root is missing; name a file by --trusted-root, or a TUF repository by --tuf-mirror"
            )
        }
        let identities = try TrustedIdentities(listing: [IdentityMatcher(issuer: issuer, subject: subject)])
        return TrustAuthority(
            name: certificateIdentity ?? certificateIdentityRegexp ?? "",
            method: .keyless(try KeylessMethod(identities: identities, basis: basis))
        )
    }

    /// The trusted root with what has to vouch beside it; nil where no root is named. A root that is named is asked:
    /// with keys too, signatures then have to be in its log.
    private func basis(_ root: TrustedRootOptions, _ context: ToolContext) async throws -> SigstoreBasis? {
        guard let bytes = try await root.bytes(context) else { return nil }
        return SigstoreBasis(
            root: try TrustedRoot(parsing: bytes),
            rules: EvidenceRules(requiresLog: !insecureIgnoreTlog, requiresTimestamp: useSignedTimestamps)
        )
    }

    private static func rule(_ exact: String?, _ pattern: String?, named: (String, String)) throws -> TextRule {
        switch (exact, pattern) {
        case (let exact?, nil): return .exact(exact)
        case (nil, let pattern?):
            do {
                return .pattern(try LinearPattern(parsing: pattern))
            } catch {
                throw ToolError(.usage, "The expression '\(pattern)' of \(named.1) \(error.phrase); mend it")
            }
        case (nil, nil):
            throw ToolError(.usage, "\(named.0) is missing; say it, or match it by \(named.1)")
        case (_?, _?):
            throw ToolError(.usage, "\(named.0) and \(named.1) say the same twice; leave one of them out")
        }
    }
}
