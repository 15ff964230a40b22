internal import CoreModel
internal import OCIDistribution
internal import SignatureCrypto

/// One verification of an artifact: looks for signatures place by place and stops when the policy is satisfied.
///
/// The tag comes first: it takes two requests for a good signature, where a bundle takes three at best (list, manifest,
/// bundle) and four where the registry keeps no list itself; a repository without the tag costs one request more.
/// However many rules and authorities there are, each signature is fetched and taken apart once.
struct TrustVerification {
    let signatures: CosignSignatures
    let policy: TrustPolicy
    let context: TrustContext

    private var subject: TrustSubject { signatures.subject }

    init(source: any SignatureSource, subject: TrustSubject, policy: TrustPolicy, context: TrustContext) {
        signatures = CosignSignatures(
            source: RememberingSignatureSource(source),
            subject: subject,
            predicates: policy.predicates
        )
        self.policy = policy
        self.context = context
    }

    /// - Throws: `TrustError.undecided`.
    func verdict() async throws -> TrustVerdict {
        var search = SignatureSearch(ledger: TrustLedger(policy, subject, context))
        do {
            if search.ledger.isRefused { return TrustVerdict(policy, search) }
            if search.ledger.wantsManifest {
                search.ledger.record(manifest: try await manifestAnnotations())
                if search.ledger.isRefused { return TrustVerdict(policy, search) }
            }
            for place in SignaturePlace.allCases where search.ledger.wants(place) {
                search.places.append(place)
                try await look(place, &search)
            }
        } catch {
            throw undecided(error)
        }
        if !search.ledger.isSatisfied, let obstacle = search.obstacle { throw undecided(obstacle) }
        return TrustVerdict(policy, search)
    }

    private func manifestAnnotations() async throws -> [String: String]? {
        do {
            return try await signatures.source.manifest(.digest(subject.digest))?.annotations
        } catch let error as RegistryError where error.code == .invalidManifest || error.code == .digestMismatch {
            return nil
        }
    }

    /// Looks at the signatures of one place until enough are good.
    /// - Throws: when the registry does not tell which there are, or the work was stopped; other failures are held
    ///   against the end.
    private func look(_ place: SignaturePlace, _ search: inout SignatureSearch) async throws {
        let found = try await find(place)
        if let obstacle = found.obstacle { search.absences.append(obstacle) }
        for candidate in found.candidates {
            guard search.ledger.wants(place) else { return }
            do {
                try Task.checkCancellation()
                try await examine(candidate, from: place, &search.ledger)
            } catch {
                if FailureKind(of: error) == .cancelled { throw error }
                search.obstacle = search.obstacle ?? error
            }
        }
        search.skipped += found.count - found.candidates.count
    }

    private func find(_ place: SignaturePlace) async throws -> FoundSignatures {
        switch place {
        case .cosignTag: try await signatures.findUnderTag()
        case .bundles: try await signatures.findBundles()
        case .attestationTag: try await signatures.findAttestations()
        case .notation: try await NotationSignatures(signatures).find()
        }
    }

    /// - Throws: what kept the signature from being examined.
    private func examine(
        _ candidate: SignatureCandidate,
        from place: SignaturePlace,
        _ ledger: inout TrustLedger
    ) async throws {
        switch try await signatures.evidence(of: candidate) {
        case .nothing: break
        case .unreadable(let result): ledger.record(unreadable: result)
        case .evidence(let evidence, let result): try ledger.record(evidence, from: place, result)
        }
    }

    private func undecided(_ cause: any Error) -> TrustError {
        TrustError(
            .undecided,
            "The signatures of '\(subject.reference)' could not all be examined; it will be tried again",
            cause: cause
        )
    }
}

/// What was found so far, and what stood in the way.
struct SignatureSearch {
    var ledger: TrustLedger
    /// Where signatures were looked for.
    var places: [SignaturePlace] = []
    /// What stands in the signatures' place and is none.
    var absences: [String] = []
    /// Signatures beyond the limits.
    var skipped = 0
    /// The first failure that kept a signature from being examined.
    var obstacle: (any Error)?

    init(ledger: TrustLedger) { self.ledger = ledger }
}
