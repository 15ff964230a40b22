package import CoreModel
package import ManifestTree
import SignatureCrypto

/// The bodies that Rekor logs, written as it canonicalizes them.
package enum TestLogBody {
    /// A `hashedrekord` of Rekor 1; `pem` is the certificate or the key.
    package static func hashedRecord(_ digest: Digest, signature: [UInt8], pem: String) -> [UInt8] {
        body(
            "hashedrekord",
            "0.0.1",
            [
                "data": ["hash": .digest(digest)],
                "signature": [
                    "content": .base64(signature), "publicKey": ["content": .base64(Array(pem.utf8))],
                ],
            ]
        )
    }

    /// A `hashedrekord` of Rekor 2.
    package static func tiledHashedRecord(_ digest: Digest, signature: [UInt8], verifier: Tree) -> [UInt8] {
        body(
            "hashedrekord",
            "0.0.2",
            [
                "hashedRekordV002": [
                    "data": .tiledDigest(digest), "signature": ["content": .base64(signature), "verifier": verifier],
                ]
            ]
        )
    }

    /// A `dsse` of Rekor 1.
    package static func envelope(_ payload: Digest, signature: [UInt8], pem: String) -> [UInt8] {
        body(
            "dsse",
            "0.0.1",
            [
                "envelopeHash": .digest(payload), "payloadHash": .digest(payload),
                "signatures": [["signature": .base64(signature), "verifier": .base64(Array(pem.utf8))]],
            ]
        )
    }

    /// A `dsse` of Rekor 2.
    package static func tiledEnvelope(_ payload: Digest, signature: [UInt8], verifier: Tree) -> [UInt8] {
        body(
            "dsse",
            "0.0.2",
            [
                "dsseV002": [
                    "payloadHash": .tiledDigest(payload),
                    "signatures": [["content": .base64(signature), "verifier": verifier]],
                ]
            ]
        )
    }

    /// An `intoto` 0.0.2 of Rekor 1, with the signature in base64 twice.
    package static func statement(_ payload: Digest, signature: [UInt8], pem: String) -> [UInt8] {
        let inner = Array(Base64.encode(signature).utf8)
        return body(
            "intoto",
            "0.0.2",
            [
                "content": [
                    "envelope": [
                        "payloadType": "application/vnd.in-toto+json",
                        "signatures": [["publicKey": .base64(Array(pem.utf8)), "sig": .base64(inner)]],
                    ],
                    "hash": .digest(payload), "payloadHash": .digest(payload),
                ]
            ]
        )
    }

    /// An `intoto` 0.0.1 of Rekor 1, which names an envelope by its digest.
    package static func oldStatement(envelope: Digest, payload: Digest, pem: String) -> [UInt8] {
        body(
            "intoto",
            "0.0.1",
            [
                "content": ["hash": .digest(envelope), "payloadHash": .digest(payload)],
                "publicKey": .base64(Array(pem.utf8)),
            ]
        )
    }

    /// A `Verifier` of Rekor 2.
    package static func verifier(certificate der: [UInt8]) -> Tree {
        ["x509Certificate": ["rawBytes": .base64(der)], "keyDetails": "PKIX_ECDSA_P256_SHA_256"]
    }

    /// A `Verifier` of Rekor 2 with a key.
    package static func verifier(key info: [UInt8]) -> Tree {
        ["publicKey": ["rawBytes": .base64(info)], "keyDetails": "PKIX_ECDSA_P256_SHA_256"]
    }

    private static func body(_ kind: String, _ version: String, _ spec: Tree) -> [UInt8] {
        let tree: Tree = ["apiVersion": .string(version), "kind": .string(kind), "spec": spec]
        return tree.jsonBytes(sortedKeys: true)
    }
}

extension Tree {
    static func base64(_ bytes: [UInt8]) -> Tree { .string(Base64.encode(bytes)) }

    fileprivate static func digest(_ digest: Digest) -> Tree {
        ["algorithm": .string(digest.algorithm.rawValue), "value": .string(digest.hex)]
    }

    fileprivate static func tiledDigest(_ digest: Digest) -> Tree {
        ["algorithm": "SHA2_256", "digest": .base64(Hex.decode(digest.hex) ?? [])]
    }
}
