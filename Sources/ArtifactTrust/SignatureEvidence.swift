internal import CoreModel
internal import ManifestTree

/// Where signatures are looked for, in this order: the cheap places come first.
enum SignaturePlace: Hashable, Sendable, CaseIterable {
    /// Layers under the tag `sha256-<hex>.sig`.
    case cosignTag
    /// Sigstore bundles among the referrers.
    case bundles
}

/// One signature with all that came with it: fetched and taken apart, and not believed.
struct SignatureEvidence {
    /// What was signed, and how.
    enum Content {
        /// A simple signing payload, and the annotations of the layer that holds it.
        case payload([UInt8], annotations: [String: String])
        /// A statement in an envelope, with whatever the bundle says about its signer.
        case bundle(SigstoreBundle)
    }

    let content: Content
    let signature: [UInt8]
    /// What the signature is over.
    let signedBytes: [UInt8]

    /// A layer under cosign's tag.
    init(payload: [UInt8], signature: [UInt8], annotations: [String: String]) {
        content = .payload(payload, annotations: annotations)
        self.signature = signature
        signedBytes = payload
    }

    init(_ bundle: SigstoreBundle) {
        content = .bundle(bundle)
        signature = bundle.envelope.signature
        signedBytes = bundle.envelope.signedBytes
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
            let type = bundle.envelope.payloadType
            guard type == InTotoStatement.mediaType else {
                throw .init(reason: "it signs content of the type \(type.quotedForMessage), which is unknown")
            }
            do {
                return SignedStatement(try InTotoStatement(parsing: bundle.envelope.payload))
            } catch {
                throw StrictMap.Problem(reason: "its statement is not valid: \(error.reason)")
            }
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
    /// What is said of the first subject that the verification is about; set by `about(_:)`.
    private(set) var annotations: TreeMap = [:]

    init(_ payload: SimpleSigningPayload) {
        predicateType = InTotoStatement.signaturePredicate
        subjects = [Subject(digests: [payload.manifestDigest], annotations: payload.annotations)]
        claimedReference = payload.dockerReference
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
    }

    /// The statement as one about a digest.
    func about(_ digest: Digest) throws(StrictMap.Problem) -> SignedStatement {
        let text = digest.description
        guard let subject = subjects.first(where: { $0.digests.contains(text) }) else {
            let other = subjects.first?.digests.first ?? "nothing"
            throw .init(reason: "it is a signature of \(other.quotedForMessage), not of this revision")
        }
        var statement = self
        statement.annotations = subject.annotations
        return statement
    }
}
