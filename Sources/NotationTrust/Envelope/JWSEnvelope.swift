internal import CoreModel
internal import ManifestTree

/// A signature as flattened JSON (signature-envelope-jws.md, RFC 7515 section 7.2.2).
struct JWSEnvelope {
    /// The members that RFC 7515 registers and that mean something only under the signature.
    private static let registered: Set<String> = ["alg", "crit", "cty", "b64", "jku", "jwk", "kid", "typ", "x5u"]

    private let protected: JSONMap
    private let header: JSONMap
    private let payload: [UInt8]
    private let signature: [UInt8]
    private let signedBytes: [UInt8]

    /// Takes exactly the four members that the format has.
    init(parsing bytes: [UInt8]) throws(NotationProblem) {
        let limit = SignatureEnvelope.sizeLimit
        let top = try JSONMap(parsing: bytes, "its JWS", limit: limit)
        try top.allow(only: ["payload", "protected", "header", "signature"])
        let (head, body) = (try top.string("protected"), try top.string("payload"))
        payload = try Self.decode(body, "payload")
        signature = try Self.decode(try top.string("signature"), "signature")
        signedBytes = Array("\(head).\(body)".utf8)
        let decoded = try Self.decode(head, "protected header")
        protected = try JSONMap(parsing: decoded, "its protected header", limit: limit)
        header = try JSONMap(top.entries["header"], "its unprotected header")
        try checkUnprotected()
    }

    func envelope() throws(NotationProblem) -> SignatureEnvelope {
        try SignatureEnvelope(.jws, try protectedHeader().attributes(), parts())
    }

    private static func decode(_ text: String, _ what: String) throws(NotationProblem) -> [UInt8] {
        guard let bytes = Base64URL.decode(text) else {
            throw NotationProblem("its \(what) is not base64url without padding")
        }
        return bytes
    }

    /// A name must not stand in both headers (RFC 7515 section 4), and what decides must stand in the signed one.
    private func checkUnprotected() throws(NotationProblem) {
        for name in header.entries.keys {
            guard protected.entries[name] == nil else {
                throw NotationProblem("its header \(name.quotedForMessage) is both protected and unprotected")
            }
            guard !Self.registered.contains(name), !NotaryName.protectedOnly.contains(name) else {
                throw NotationProblem("its header \(name.quotedForMessage) is not protected by the signature")
            }
        }
    }

    private func protectedHeader() throws(NotationProblem) -> ProtectedHeader {
        // RFC 7797 changes what is signed; it cannot be marked as critical here, and must not be overlooked.
        guard protected.entries["b64"] == nil else { throw NotationProblem("its header \"b64\" is not supported") }
        let name = try protected.string("alg")
        guard let algorithm = EnvelopeAlgorithm(rawValue: name) else {
            throw NotationProblem("its algorithm \(name.quotedForMessage) is not one that the Notary Project allows")
        }
        let names = Set(protected.entries.keys).subtracting(Self.registered)
        return ProtectedHeader(
            algorithm: algorithm,
            contentType: try protected.string("cty"),
            critical: try protected.strings("crit", limit: 64),
            names: names,
            scheme: try protected.optionalString(NotaryName.scheme),
            signingTime: try protected.optionalTime(NotaryName.signingTime),
            authenticSigningTime: try protected.optionalTime(NotaryName.authenticSigningTime),
            expiry: try protected.optionalTime(NotaryName.expiry)
        )
    }

    private func parts() throws(NotationProblem) -> SignatureEnvelope.Parts {
        var certificates: [[UInt8]] = []
        for text in try header.strings("x5c") {
            guard let der = Base64.decode(text) else {
                throw NotationProblem("its x5c holds something else than base64")
            }
            certificates.append(der)
        }
        var timestamp: [UInt8]?
        if let text = try header.optionalString(NotaryName.timestamp) {
            guard let token = Base64.decode(text), !token.isEmpty else {
                throw NotationProblem("its timestamp is not base64")
            }
            timestamp = token
        }
        return SignatureEnvelope.Parts(
            payload: payload,
            signature: signature,
            signedBytes: signedBytes,
            certificates: certificates,
            timestamp: timestamp,
            agent: header.entries[NotaryName.agent]?.string
        )
    }
}

// MARK: - Writing

extension JWSEnvelope {
    /// The protected header for attributes, as the bytes that are signed in base64url.
    static func protectedHeader(_ attributes: SignedAttributes) -> [UInt8] {
        var tree: Tree = [
            "alg": .string(attributes.algorithm.rawValue), "cty": .string(NotaryName.payloadType),
            NotaryName.scheme: .string(attributes.scheme.rawValue),
        ]
        var critical: [Tree] = [.string(NotaryName.scheme)]
        let time = Tree.string(attributes.signingTime.description)
        switch attributes.scheme {
        case .x509: tree[NotaryName.signingTime] = time
        case .signingAuthority:
            tree[NotaryName.authenticSigningTime] = time
            critical.append(.string(NotaryName.authenticSigningTime))
        }
        if let expiry = attributes.expiry {
            tree[NotaryName.expiry] = .string(expiry.description)
            critical.append(.string(NotaryName.expiry))
        }
        tree["crit"] = .list(critical)
        return tree.jsonBytes()
    }

    /// What is signed for a header and a payload.
    static func signedBytes(header: [UInt8], payload: [UInt8]) -> [UInt8] {
        Array("\(Base64URL.encode(header)).\(Base64URL.encode(payload))".utf8)
    }

    /// The envelope of a header and the other parts.
    static func encode(header: [UInt8], _ parts: SignatureEnvelope.Parts) -> [UInt8] {
        var unprotected: Tree = ["x5c": .list(parts.certificates.map { .string(Base64.encode($0)) })]
        unprotected[NotaryName.timestamp] = parts.timestamp.map { .string(Base64.encode($0)) }
        unprotected[NotaryName.agent] = parts.agent.map { .string($0) }
        let tree: Tree = [
            "payload": .string(Base64URL.encode(parts.payload)), "protected": .string(Base64URL.encode(header)),
            "header": unprotected, "signature": .string(Base64URL.encode(parts.signature)),
        ]
        return tree.jsonBytes()
    }
}
