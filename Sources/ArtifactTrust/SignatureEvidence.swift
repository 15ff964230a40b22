internal import CoreModel
internal import ManifestTree
internal import NotationTrust
internal import SigstoreTrust

/// Where signatures are looked for, in this order: the cheap places come first.
enum SignaturePlace: Hashable, Sendable, CaseIterable {
    /// Layers under the tag `sha256-<hex>.sig`.
    case cosignTag
    /// Sigstore bundles among the referrers.
    case bundles
    /// Layers under the tag `sha256-<hex>.att`.
    case attestationTag
    /// Signatures of the Notary Project among the referrers.
    case notation
}

/// One signature with all that came with it: fetched and taken apart, and not believed.
struct SignatureEvidence {
    /// What was signed, and how.
    enum Content {
        /// A simple signing payload, and the annotations of the layer that holds it.
        case payload([UInt8], annotations: [String: String])
        /// A statement in an envelope, with whatever the bundle says about its signer.
        case bundle(SigstoreBundle)
        /// A statement in an envelope, and the annotations of the layer that holds it.
        case envelope(SignedEnvelope, annotations: [String: String])
        /// A signature of the Notary Project whose integrity is proven, and the repository that it was found in.
        case notation(SoundSignature, repository: String)
    }

    let content: Content
    /// What the signature is over, with the signature.
    let signed: SignedContent
    /// What was worked out for one authority and serves the others.
    let facts = SigstoreFacts()

    /// A layer under cosign's tag.
    init(payload: [UInt8], signature: [UInt8], annotations: [String: String]) {
        content = .payload(payload, annotations: annotations)
        signed = SignedContent(.message(payload), signature: signature)
    }

    init(_ bundle: SigstoreBundle) {
        content = .bundle(bundle)
        signed = bundle.signedContent
    }

    /// A layer under cosign's tag for attestations.
    /// - Throws: `SigstoreProblem` for what is no envelope.
    init(envelope bytes: [UInt8], annotations: [String: String]) throws(SigstoreProblem) {
        let envelope = try SignedEnvelope(parsing: bytes)
        content = .envelope(envelope, annotations: annotations)
        var signed = envelope.content
        signed.envelopeBytes = bytes
        self.signed = signed
    }

    /// The certificates, log entries and timestamps that came with the signature.
    /// - Throws: `SigstoreProblem` for any that is not valid.
    func material() throws(SigstoreProblem) -> VerificationMaterial {
        switch content {
        case .payload(_, let annotations), .envelope(_, let annotations):
            try VerificationMaterial(cosignAnnotations: annotations)
        case .bundle(let bundle): try bundle.material()
        case .notation: throw SigstoreProblem("its certificates are of the Notary Project")
        }
    }

    init(_ signature: SoundSignature, repository: String) {
        content = .notation(signature, repository: repository)
        signed = SignedContent(.message(signature.envelope.payload), signature: signature.envelope.signature)
    }

    /// What the signer says. Ask only when the signature was found good, so that nothing unsigned is interpreted.
    func statement() throws(StrictMap.Problem) -> SignedStatement {
        switch content {
        case .payload(let bytes, _):
            do {
                return SignedStatement(try SimpleSigningPayload(parsing: bytes))
            } catch {
                throw StrictMap.Problem(reason: "its payload is not valid: \(error.reason)")
            }
        case .bundle(let bundle):
            switch bundle.content {
            case .message(let digest, _): return SignedStatement(signing: digest)
            case .envelope(let envelope): return try Self.statement(in: envelope)
            }
        case .envelope(let envelope, _): return try Self.statement(in: envelope)
        case .notation(let signature, _): return SignedStatement(signature.payload)
        }
    }

    private static func statement(in envelope: SignedEnvelope) throws(StrictMap.Problem) -> SignedStatement {
        let type = envelope.payloadType
        guard type == InTotoStatement.mediaType else {
            throw .init(reason: "it signs content of the type \(type.quotedForMessage), which is unknown")
        }
        do {
            return SignedStatement(try InTotoStatement(parsing: envelope.payload))
        } catch {
            throw StrictMap.Problem(reason: "its statement is not valid: \(error.reason)")
        }
    }
}

/// What a signer said, whatever it was written in.
struct SignedStatement {
    /// One thing that it is about.
    struct Subject {
        /// Digests as written, `algorithm:hex` or whatever else stands there.
        let digests: [String]
        let annotations: TreeMap
    }

    /// The kind of statement; a plain signature has cosign's.
    let predicateType: String
    let subjects: [Subject]
    /// The repository or reference that it was made for, where it says so.
    let claimedReference: String?
    /// What an attestation says; null for a plain signature.
    let predicate: Tree
    /// What is said of the first subject that the verification is about; set by `about(_:)`.
    private(set) var annotations: TreeMap = [:]

    init(_ payload: SimpleSigningPayload) {
        predicateType = InTotoStatement.signaturePredicate
        subjects = [Subject(digests: [payload.manifestDigest], annotations: payload.annotations)]
        claimedReference = payload.dockerReference
        predicate = .null
    }

    /// A signature of the bytes with a digest, which says nothing else.
    init(signing digest: Digest) {
        predicateType = InTotoStatement.signaturePredicate
        subjects = [Subject(digests: [digest.description], annotations: [:])]
        claimedReference = nil
        predicate = .null
    }

    init(_ statement: InTotoStatement) {
        predicateType = statement.predicateType
        subjects = statement.subjects.map { subject in
            Subject(
                digests: subject.digests.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" },
                annotations: subject.annotations
            )
        }
        claimedReference = nil
        predicate = statement.predicate
    }

    init(_ payload: NotationPayload) {
        predicateType = InTotoStatement.signaturePredicate
        subjects = [Subject(digests: [payload.digest.description], annotations: .sorted(payload.annotations))]
        claimedReference = nil
        predicate = .null
    }

    /// The statement as one about a digest.
    func about(_ digest: Digest) throws(StrictMap.Problem) -> SignedStatement {
        let text = digest.description
        guard let subject = subjects.first(where: { $0.digests.contains(text) }) else {
            let other = subjects.first?.digests.first ?? "nothing"
            let kind = predicateType == InTotoStatement.signaturePredicate ? "a signature" : "an attestation"
            throw .init(reason: "it is \(kind) of \(other.quotedForMessage), not of this revision")
        }
        var statement = self
        statement.annotations = subject.annotations
        return statement
    }
}
