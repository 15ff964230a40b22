// The targets of hack/fuzz that read what signatures come with.

import ArtifactTrust
import CoreModel
import Dispatch
import Glibc
import NotationTrust
import OCIDistribution
import SignatureCrypto
import SigstoreTrust

@testable import UpdateFramework

let trustParsers: [String: @Sendable ([UInt8]) throws -> Void] = [
    "der": { bytes in try walk(DERReader(bytes[...], subject: "fuzz"), depth: 0) },
    "certificate": { bytes in
        let certificate = try Certificate(der: bytes)
        // What is taken out of a certificate leaves the rest as it was.
        guard certificate.tbs(without: "1.2.3") == certificate.tbsBytes else { abort() }
        for item in certificate.extensions where certificate.tbs(without: item.identifier).isEmpty { abort() }
        _ = (certificate.description, certificate.subject.description, certificate.issuer.hashValue)
        // Trusted as far as it can be, it goes through every rule for chains.
        var rules = ChainRules(purpose: KeyPurpose.codeSigning)
        for isRoot in [true, false] {
            rules.allowsTrustedLeaf = isRoot
            rules.allowsAuthorityAsLeaf = isRoot
            let moment = isRoot ? nil : certificate.notBefore
            _ = try? CertificateChain.build(
                leaf: certificate,
                intermediates: [certificate],
                roots: [certificate],
                at: moment,
                rules: rules
            )
        }
    },
    "timestamp": { bytes in
        let token = try (try? TimestampResponse(der: bytes))?.token ?? TimestampToken(der: bytes)
        guard try TimestampToken(der: token.der) == token else { abort() }
        // With every certificate of its own as a root, only the signatures and the rules are left to fail.
        _ = try token.verify(of: token.info.imprint, roots: token.certificates)
    },
    "tuf": { bytes in
        // Bytes as each kind of metadata in turn, against a root that they may claim to be themselves.
        let root = try? TrustedMetadata(root: bytes, time: Timestamp(seconds: 0))
        for type in ["root", "timestamp", "snapshot", "targets"] {
            _ = try? SignedDocument(parsing: bytes, name: "fuzz", type: type)
        }
        if var root {
            _ = try? root.update(root: bytes, name: "fuzz")
            _ = try? root.update(timestamp: bytes)
        }
        _ = try? TimestampMetadata(parsing: bytes)
        _ = try? SnapshotMetadata(parsing: bytes, name: "fuzz")
        let targets = try TargetsMetadata(parsing: bytes, name: "fuzz")
        for path in targets.targets.entries.keys { _ = try? targets.description(of: path) }
        for delegation in targets.delegations { _ = try? delegation.covers("a/b.json") }
    },
    "jws": { bytes in try envelope(bytes, .jws) },
    "cose": { bytes in try envelope(bytes, .cose) },
    "trust-policy": { bytes in
        let document = try TrustPolicyDocument(parsing: bytes)
        for statement in document.statements {
            // Every scope leads to its own statement, by whatever spelling it was written.
            for scope in statement.scopes where document.statement(for: scope.description)?.name != statement.name {
                guard scope == .all else { abort() }
            }
        }
    },
    "policy": { bytes in
        let file = try PolicyFile(parsing: bytes, source: "fuzz")
        let near = try Repository(parsing: "ghcr.io/acme/app")
        for entry in file.entries { _ = entry.document.covers(near) }
        // The Secrets are in the file, so that every rule is made of what the file holds, and the same each time.
        let rules = try waited { try await file.rules() }
        guard let policy = try? TrustPolicy(rules: rules) else { return }
        guard try TrustPolicy(rules: waited { try await file.rules() }).fingerprint == policy.fingerprint else {
            abort()
        }
    },
    "revocation-list": { bytes in
        let list = try CertificateRevocationList(der: bytes)
        _ = list.revocation(of: [1])
    },
    "bundle": { bytes in
        let bundle = try SigstoreBundle(parsing: bytes)
        let again = try SigstoreBundle(bundle.content, bundle.material())
        // What was read is written so that it reads the same.
        guard try SigstoreBundle(parsing: again.encode()).material() == again.material() else { abort() }
        guard let root = fuzzRoot else { return }
        let verification = SigstoreVerification(
            bundle.signedContent,
            try bundle.material(),
            root: root,
            rules: EvidenceRules()
        )
        _ = try verification.certifiedSigner()
    },
    "trusted-root": { bytes in
        let root = try TrustedRoot(parsing: bytes)
        guard try TrustedRoot(parsing: bytes).fingerprint == root.fingerprint else { abort() }
    },
]

/// The trusted root of the seeds, so that bundles go through every check.
private let fuzzRoot: TrustedRoot? = {
    var bytes: [UInt8] = []
    guard let file = unsafe fopen("hack/lib/fuzz-seeds/trusted-root/mill", "r") else { return nil }
    defer { unsafe _ = fclose(file) }
    while case let next = unsafe fgetc(file), next >= 0 { bytes.append(UInt8(next)) }
    return try? TrustedRoot(parsing: bytes)
}()

/// Whatever an envelope says, it is refused or is about what it is held against.
@Sendable private func envelope(_ bytes: [UInt8], _ format: EnvelopeFormat) throws {
    let envelope = try SignatureEnvelope(parsing: bytes, as: format)
    guard let target = try? NotationPayload(parsing: envelope.payload) else { return }
    let signature = try SoundSignature(parsing: bytes, as: format, of: target)
    guard signature.payload.digest == target.digest, signature.envelope == envelope else { abort() }
}

/// The result of what never waits for anything outside of the process.
private func waited<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
    let done = DispatchSemaphore(value: 0)
    let answer = Answer<Value>()
    Task {
        do { answer.value = .success(try await body()) } catch { answer.value = .failure(error) }
        done.signal()
    }
    done.wait()
    guard let value = answer.value else { abort() }
    return try value.get()
}

/// Written before the semaphore is signalled, read after.
private final class Answer<Value>: @unchecked Sendable { var value: Result<Value, any Error>? }

/// Every element is written so that it reads the same.
@Sendable private func walk(_ reader: DERReader, depth: Int) throws {
    var reader = reader
    while !reader.isAtEnd {
        let element = try reader.next()
        guard DEREncoding.element(element.tag, element.content).elementsEqual(element.encoded) else { abort() }
        var copy = DERReader(element.encoded, subject: "fuzz")
        switch element.tag {
        case .integer: _ = try copy.integer()
        case .boolean: _ = try copy.boolean()
        case .bitString: _ = try copy.namedBits()
        case .utcTime, .generalizedTime: _ = try copy.time()
        case .objectIdentifier:
            let text = try copy.objectIdentifier()
            guard DEREncoding.objectIdentifier(text).map({ $0.elementsEqual(element.encoded) }) ?? true else { abort() }
        default: break
        }
        if element.tag.isConstructed, depth < 64 { try walk(reader.reader(of: element), depth: depth + 1) }
    }
}
