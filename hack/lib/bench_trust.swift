// What one verification costs but its requests: registry answers in memory to a verdict, in milliseconds of CPU. hack/bench
// runs it; it is linked like hack/fuzz's harness, so that nobody who uses the package builds it.
//   bench-trust KEY.pem TRUSTED_ROOT BUNDLE...

import ArtifactTrust
import CoreModel
import Glibc
import ManifestTree
import OCIDistribution
import SignatureCrypto
import SigstoreTrust

/// One artifact's signatures, as bytes that are parsed anew whenever they are asked for.
private struct StoredSignatures: SignatureSource {
    let subject: TrustSubject
    private(set) var documents: [ManifestTarget: [UInt8]] = [:]
    private(set) var blobs: [Digest: [UInt8]] = [:]
    private(set) var listed: [Descriptor] = []

    /// A simple signing payload under cosign's tag.
    init(_ digest: Digest, signedBy key: SigningKey) throws {
        subject = TrustSubject(digest, reference: "registry.test/acme/app:v1", repository: nil, tag: "v1")
        let payload: Tree = [
            "critical": [
                "identity": ["docker-reference": "registry.test/acme/app"],
                "image": ["docker-manifest-digest": .string(digest.description)],
                "type": "cosign container image signature",
            ],
            "optional": .null,
        ]
        let bytes = payload.jsonBytes()
        var layer = try Descriptor(mediaType: "application/vnd.dev.cosign.simplesigning.v1+json", of: bytes)
        layer.annotations["dev.cosignproject.cosign/signature"] = Base64.encode(try key.sign(bytes))
        blobs[layer.digest] = bytes
        let config = try Descriptor(mediaType: "application/vnd.oci.image.config.v1+json", of: Array("{}".utf8))
        documents[.tag("sha256-\(digest.hex).sig")] = Manifest(config: config, layers: [layer]).encode()
    }

    /// A bundle among the referrers of whatever its statement is about.
    init(bundle: [UInt8]) throws {
        let tree = try JSONReader.parse(bytes(of: "payload", in: JSONReader.parse(bundle)["dsseEnvelope"]))
        guard let first = tree["subject"]?.list?.first?[path: ["digest", "sha256"]]?.string,
            let digest = Digest("sha256:\(first)")
        else { throw BenchProblem.noSubject }
        subject = TrustSubject(digest, reference: "registry.test/acme/app:v1", repository: nil, tag: "v1")
        let layer = try Descriptor(mediaType: SigstoreBundle.mediaType, of: bundle)
        var manifest = Manifest(
            config: try Descriptor(mediaType: MediaType.ociEmpty, of: Array("{}".utf8)),
            layers: [layer],
            artifactType: SigstoreBundle.mediaType
        )
        manifest.subject = Descriptor(mediaType: MediaType.ociManifest, digest: digest, size: 1)
        var referrer = try Descriptor(mediaType: MediaType.ociManifest, of: manifest.encode())
        referrer.artifactType = SigstoreBundle.mediaType
        documents[.digest(referrer.digest)] = manifest.encode()
        blobs[layer.digest] = bundle
        listed = [referrer]
    }

    func manifest(_ target: ManifestTarget) async throws -> ManifestDocument? {
        try documents[target].map { try ManifestDocument(parsing: $0) }
    }

    func referrers(of digest: Digest) async throws -> [Descriptor] { listed }

    func blob(_ descriptor: Descriptor, held: [UInt8]?) async throws -> [UInt8] { blobs[descriptor.digest] ?? [] }
}

private enum BenchProblem: Error {
    case noSubject
    case notVerified(String)
    case unreadable(String)
}

private func bytes(of key: String, in tree: Tree?) -> [UInt8] { tree?[key]?.string.flatMap { Base64.decode($0) } ?? [] }

private func read(_ path: String) throws -> [UInt8] {
    guard let file = unsafe fopen(path, "r") else { throw BenchProblem.unreadable(path) }
    defer { unsafe _ = fclose(file) }
    var bytes: [UInt8] = []
    while case let next = unsafe fgetc(file), next >= 0 { bytes.append(UInt8(next)) }
    return bytes
}

private func processorSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Milliseconds of CPU for each of them, all of which have to be verified.
private func measure(_ all: [StoredSignatures], _ policy: TrustPolicy, rounds: Int) async throws -> Double {
    let context = TrustContext(now: Timestamp(seconds: 1_760_000_000))
    let begin = processorSeconds()
    for _ in 0..<rounds {
        for one in all {
            let verdict = try await ArtifactVerifier(source: one).verify(one.subject, policy: policy, at: context)
            guard verdict.isVerified else { throw BenchProblem.notVerified("\(verdict)") }
        }
    }
    return (processorSeconds() - begin) * 1_000 / Double(rounds * all.count)
}

@main struct BenchTrust {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let key = try SigningKey(pem: Redacted(String(decoding: read(arguments[1]), as: UTF8.self)))
        let signed = try (0..<500).map { number in
            try StoredSignatures(Digest.of("artifact \(number)".utf8), signedBy: key)
        }
        let keys = try TrustPolicy(keys: [NamedKey(name: "cosign.pub", key: key.publicKey)])
        var figures = ["key": try await measure(signed, keys, rounds: 4)]

        let root = try TrustedRoot(parsing: read(arguments[2]))
        for path in arguments.dropFirst(3) {
            let bundle = try StoredSignatures(bundle: read(path))
            let method = try KeylessMethod(identities: .any, basis: SigstoreBasis(root: root))
            let authority = TrustAuthority(name: "keyless", method: .keyless(method))
            let policy = try TrustPolicy(TrustRule(name: "bench", authorities: [authority]))
            let name = path.split(separator: "/").last.map(String.init) ?? path
            figures[name] = try await measure([bundle], policy, rounds: 500)
        }
        print(
            Tree.map(TreeMap(figures.sorted { $0.key < $1.key }.map { ($0.key, .string("\($0.value)")) })).jsonString()
        )
    }
}
