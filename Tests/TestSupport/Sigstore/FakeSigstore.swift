import CoreModel
import HTTPExchange
package import ManifestTree
import SignatureCrypto

/// The services of a Sigstore instance that real signers speak to: Fulcio, both versions of Rekor, and a timestamping
/// authority. Everybody gets a certificate for the identity that their token states.
package final class FakeSigstore: Sendable {
    package let mill: SigstoreMill
    private let server: LoopbackServer

    package init(_ mill: SigstoreMill) throws {
        self.mill = mill
        server = try LoopbackServer { request in
            do {
                return try Self.reply(to: request, mill, at: Timestamp.now().seconds)
            } catch {
                return .text(400, "\(error)")
            }
        }
    }

    package var url: String { "http://\(server.authority)" }

    /// What the server was asked for.
    package var requests: [String] { server.requests.map { "\($0.method) \($0.target)" } }

    /// A token that names a signer; nobody checks its signature.
    package static func token(subject: String, issuer: String = "https://accounts.mill.test") -> String {
        let now = Int(Timestamp.now().seconds)
        let claims: Tree = [
            "iss": .string(issuer), "sub": .string(subject), "email": .string(subject), "email_verified": true,
            "aud": "sigstore", "iat": .number(.init(now)), "exp": .number(.init(now + 3_600)),
        ]
        let parts = [Array("{\"alg\":\"RS256\",\"typ\":\"JWT\"}".utf8), claims.jsonBytes(), Array("signature".utf8)]
        return parts.map(base64URL).joined(separator: ".")
    }

    /// What cosign 3 reads to find the services; `version` is Rekor's.
    package func signingConfig(version: Int, hasAuthority: Bool = true) -> Tree {
        func service(_ version: Int) -> Tree {
            [
                [
                    "url": .string(url), "majorApiVersion": .number(.init(version)), "operator": "mill",
                    "validFor": ["start": "2020-01-01T00:00:00Z"],
                ]
            ]
        }
        return [
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "caUrls": hasAuthority ? service(1) : [], "rekorTlogUrls": service(version),
            "rekorTlogConfig": ["selector": "ANY"],
            "tsaUrls": [
                [
                    "url": .string("\(url)/api/v1/timestamp"), "majorApiVersion": 1, "operator": "mill",
                    "validFor": ["start": "2020-01-01T00:00:00Z"],
                ]
            ], "tsaConfig": ["selector": "ANY"],
        ]
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        Base64.encode(bytes).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

extension FakeSigstore {
    private struct Refusal: Error { let description: String }

    private static func reply(to request: ReceivedRequest, _ mill: SigstoreMill, at time: Int64) throws -> ScriptedReply
    {
        switch (request.method, request.path) {
        case ("POST", "/api/v2/signingCert"):
            let pem = try JSONReader.parse(request.body)["publicKeyRequest"]?["publicKey"]?["content"]?.string ?? ""
            let certificates = try certificates(request, key: PublicKey(pem: pem).encoded(), mill, at: time)
            let chain: Tree = .list(certificates.map { .string($0) })
            return json(200, ["signedCertificateEmbeddedSct": ["chain": ["certificates": chain]]])
        case ("POST", "/api/v1/signingCert"):
            let content = try JSONReader.parse(request.body)["publicKey"]?["content"]?.string ?? ""
            let key = try PublicKey(pem: Base64.decode(content) ?? [])
            let certificates = try certificates(request, key: key.encoded(), mill, at: time)
            return ScriptedReply(
                201,
                headers: ["Content-Type": "application/pem-certificate-chain"],
                body: Array(certificates.joined().utf8)
            )
        case ("POST", "/api/v1/log/entries"):
            return try logged(JSONReader.parse(request.body), mill, at: time)
        case ("GET", "/api/v1/log/publicKey"): return .text(200, mill.log.key.publicPEM)
        case ("POST", "/api/v2/log/entries"):
            return json(201, try tiled(JSONReader.parse(request.body), mill).tree)
        case ("POST", "/api/v1/timestamp"):
            return ScriptedReply(
                201,
                headers: ["Content-Type": "application/timestamp-reply"],
                body: try mill.timestamper.answer(request.body, at: time)
            )
        default: return .text(404, "nothing at \(request.target)")
        }
    }

    private static func json(_ status: Int, _ tree: Tree, _ headers: HTTPHeaders = [:]) -> ScriptedReply {
        var headers = headers
        headers["Content-Type"] = "application/json"
        return ScriptedReply(status, headers: headers, body: tree.jsonBytes())
    }

    /// The leaf and its chain in PEM.
    private static func certificates(
        _ request: ReceivedRequest,
        key: [UInt8],
        _ mill: SigstoreMill,
        at time: Int64
    ) throws -> [String] {
        let token = request.headers["Authorization"]?.split(separator: " ").last ?? ""
        let parts = token.split(separator: ".")
        guard parts.count == 3 else { throw Refusal(description: "no token") }
        var text = parts[1].replacing("-", with: "+").replacing("_", with: "/")
        text += String(repeating: "=", count: (4 - text.count % 4) % 4)
        let claims = try JSONReader.parse(Base64.decode(text) ?? [])
        var identity = SigstoreMill.Identity()
        identity.issuer = claims["iss"]?.string ?? ""
        let subject = claims["sub"]?.string ?? ""
        identity.name = subject.contains("://") ? TestGeneralName.uri(subject) : TestGeneralName.email(subject)
        let leaf = try mill.certificate(for: identity, at: time) { $0.publicInfo = key }
        return [leaf, mill.authority.der, mill.root.der].map { TestKeyPair.pem("CERTIFICATE", $0) }
    }

    /// Rekor 1 logs a proposal in the form that it keeps.
    private static func logged(_ proposal: Tree, _ mill: SigstoreMill, at time: Int64) throws -> ScriptedReply {
        let (kind, version) = (proposal["kind"]?.string ?? "", proposal["apiVersion"]?.string ?? "")
        let entry = try mill.log.entry(canonical(proposal), kind: kind, version: version, at: time)
        let proof: Tree = [
            "checkpoint": .string(entry.checkpoint), "hashes": .list(entry.hashes.map { .string(Hex.encode($0)) }),
            "logIndex": .number(.init(entry.proofIndex)), "rootHash": .string(Hex.encode(entry.rootHash)),
            "treeSize": .number(.init(entry.treeSize)),
        ]
        let answer: Tree = [
            "body": .base64(entry.body), "integratedTime": .number(.init(Int(entry.integratedTime))),
            "logID": .string(Hex.encode(entry.logID)), "logIndex": .number(.init(entry.index)),
            "verification": [
                "inclusionProof": proof, "signedEntryTimestamp": .base64(entry.signedEntryTimestamp ?? []),
            ],
        ]
        let leaf = Hex.encode(try TestMerkleTree.sha256([0] + entry.body))
        let uuid = "108e9186e8c5677a\(leaf)"
        return json(
            201,
            .map(TreeMap([(uuid, answer)])),
            ["Location": "/api/v1/log/entries/\(uuid)", "ETag": uuid]
        )
    }

    private static func canonical(_ proposal: Tree) throws -> [UInt8] {
        switch proposal["kind"]?.string {
        case "hashedrekord":
            var body = proposal
            // What the client says besides is not kept.
            body["spec"]?["signature"]?["format"] = nil
            return body.jsonBytes(sortedKeys: true)
        case "dsse":
            let content = proposal["spec"]?["proposedContent"]
            let envelope = Array((content?["envelope"]?.string ?? "").utf8)
            let parsed = try JSONReader.parse(envelope)
            let payload = Base64.decode(parsed["payload"]?.string ?? "") ?? []
            let signature = Base64.decode(parsed["signatures"]?.list?.first?["sig"]?.string ?? "") ?? []
            let pem = Base64.decode(content?["verifiers"]?.list?.first?.string ?? "") ?? []
            return TestLogBody.envelope(
                try Digest.of(payload),
                signature: signature,
                pem: String(decoding: pem, as: UTF8.self)
            )
        default: throw Refusal(description: "an unknown kind")
        }
    }

    /// Rekor 2 logs the digest of what was signed.
    private static func tiled(_ request: Tree, _ mill: SigstoreMill) throws -> TestLogEntry {
        guard let record = request["hashedRekordRequestV002"] else {
            let envelope = request["dsseRequestV002"]?["envelope"]
            let payload = Base64.decode(envelope?["payload"]?.string ?? "") ?? []
            let signature = Base64.decode(envelope?["signatures"]?.list?.first?["sig"]?.string ?? "") ?? []
            let verifier = request["dsseRequestV002"]?["verifiers"]?.list?.first ?? .null
            let body = TestLogBody.tiledEnvelope(try Digest.of(payload), signature: signature, verifier: verifier)
            return try mill.tiledLog.entry(body, kind: "dsse", version: "0.0.2", at: 0)
        }
        guard let digest = Digest(algorithm: .sha256, bytes: Base64.decode(record["digest"]?.string ?? "") ?? []) else {
            throw Refusal(description: "no digest of SHA-256")
        }
        let body = TestLogBody.tiledHashedRecord(
            digest,
            signature: Base64.decode(record["signature"]?["content"]?.string ?? "") ?? [],
            verifier: record["signature"]?["verifier"] ?? .null
        )
        return try mill.tiledLog.entry(body, kind: "hashedrekord", version: "0.0.2", at: 0)
    }
}
