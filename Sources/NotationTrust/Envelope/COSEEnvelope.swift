internal import CoreModel

/// A signature as `COSE_Sign1_Tagged` (signature-envelope-cose.md, RFC 9052 section 4.2).
struct COSEEnvelope {
    private static let tag: UInt64 = 18
    private static let (algorithm, critical, contentType): (Int64, Int64, Int64) = (1, 2, 3)
    private static let chain: Int64 = 33
    /// The header parameters of a COSE hash envelope, whose payload is a bare hash.
    private static let hashEnvelope: Set<Int64> = [258, 259, 260]

    /// Seconds since 1970 that are taken for a time: up to the end of the year 9999.
    private static let times: ClosedRange<Int64> = 0...253_402_300_799

    private let protected: CBORMap
    private let unprotected: CBORMap
    private let payload: [UInt8]
    private let signature: [UInt8]
    private let signedBytes: [UInt8]

    init(parsing bytes: [UInt8]) throws(NotationProblem) {
        guard case .tagged(Self.tag, .array(let parts)) = try Self.read(bytes, "its COSE envelope"), parts.count == 4
        else { throw NotationProblem("its envelope is not a tagged COSE_Sign1") }
        guard let head = parts[0].bytes, let unprotected = parts[1].map, let signature = parts[3].bytes else {
            throw NotationProblem("its COSE_Sign1 has a part of the wrong type")
        }
        guard let payload = parts[2].bytes else { throw NotationProblem("its COSE_Sign1 holds no payload") }
        guard case .map(let protected) = try Self.read(head, "its protected header") else {
            throw NotationProblem("its protected header is not a map")
        }
        self.protected = protected
        self.unprotected = unprotected
        self.payload = payload
        self.signature = signature
        signedBytes = Self.signedBytes(header: head, payload: payload)
        try checkUnprotected()
    }

    func envelope() throws(NotationProblem) -> SignatureEnvelope {
        try SignatureEnvelope(.cose, try protectedHeader().attributes(), parts())
    }

    private static func read(_ bytes: [UInt8], _ what: String) throws(NotationProblem) -> CBORValue {
        do {
            return try CBORReader.read(bytes)
        } catch {
            throw NotationProblem("\(what) \(error.reason)")
        }
    }

    /// A label must not stand in both headers (RFC 9052 section 3), and what decides must stand in the signed one.
    private func checkUnprotected() throws(NotationProblem) {
        for label in unprotected.labels {
            guard protected[label] == nil else {
                throw NotationProblem("its header \(label) is both protected and unprotected")
            }
            let isOverride =
                switch label {
                case .integer(let number): (1...3).contains(number) || Self.hashEnvelope.contains(number)
                case .text(let name): NotaryName.protectedOnly.contains(name)
                }
            guard !isOverride else { throw NotationProblem("its header \(label) is not protected by the signature") }
        }
    }

    private func protectedHeader() throws(NotationProblem) -> ProtectedHeader {
        if let label = protected.labels.first(where: Self.isHashEnvelope) {
            throw NotationProblem("it is a COSE hash envelope (header \(label)), which is not supported")
        }
        guard case .integer(let number)? = protected[Self.algorithm] else {
            throw NotationProblem("its protected header names no algorithm by its number")
        }
        guard let algorithm = EnvelopeAlgorithm(coseNumber: number) else {
            throw NotationProblem("its algorithm \(number) is not one that the Notary Project allows")
        }
        guard let type = protected[Self.contentType]?.text else {
            throw NotationProblem("its protected header has no content type in text")
        }
        var names: Set<String> = []
        for case .text(let name) in protected.labels { names.insert(name) }
        return ProtectedHeader(
            algorithm: algorithm,
            contentType: type,
            critical: try criticalNames(),
            names: names,
            scheme: try schemeName(),
            signingTime: try time(NotaryName.signingTime),
            authenticSigningTime: try time(NotaryName.authenticSigningTime),
            expiry: try time(NotaryName.expiry)
        )
    }

    private static func isHashEnvelope(_ label: CBORLabel) -> Bool {
        if case .integer(let number) = label { hashEnvelope.contains(number) } else { false }
    }

    private func criticalNames() throws(NotationProblem) -> [String] {
        guard let list = protected[Self.critical]?.array, (1...64).contains(list.count) else {
            throw NotationProblem("its protected header has no list of critical headers")
        }
        var names: [String] = []
        for label in list {
            switch label {
            case .text(let name): names.append(name)
            case .integer(let number): throw NotationProblem("its critical header \(number) is unknown")
            default: throw NotationProblem("its list of critical headers holds something else than labels")
            }
        }
        return names
    }

    private func schemeName() throws(NotationProblem) -> String? {
        guard let value = protected[NotaryName.scheme] else { return nil }
        guard let text = value.text else { throw NotationProblem("its header \(NotaryName.scheme) is not text") }
        return text
    }

    /// An epoch-based time (RFC 8949 section 3.4.2); a fraction of a second is cut off.
    private func time(_ name: String) throws(NotationProblem) -> Timestamp? {
        guard let value = protected[name] else { return nil }
        switch value {
        case .tagged(1, .integer(let seconds)) where Self.times.contains(seconds):
            return Timestamp(seconds: seconds)
        case .tagged(1, .float(let seconds)) where seconds >= 0 && seconds <= Double(Self.times.upperBound):
            return Timestamp(seconds: Int64(seconds))
        default: throw NotationProblem("its header \(name) is not a time")
        }
    }

    private func parts() throws(NotationProblem) -> SignatureEnvelope.Parts {
        var timestamp: [UInt8]?
        if let value = unprotected[NotaryName.timestamp] {
            guard let token = value.bytes, !token.isEmpty else {
                throw NotationProblem("its timestamp is not a byte string")
            }
            timestamp = token
        }
        return SignatureEnvelope.Parts(
            payload: payload,
            signature: signature,
            signedBytes: signedBytes,
            certificates: try certificates(),
            timestamp: timestamp,
            agent: unprotected[NotaryName.agent]?.text
        )
    }

    /// In either header; one alone may stand without a list around it (RFC 9360 section 2).
    private func certificates() throws(NotationProblem) -> [[UInt8]] {
        guard let value = unprotected[Self.chain] ?? protected[Self.chain] else {
            throw NotationProblem("it has no certificates (header \(Self.chain))")
        }
        if let only = value.bytes { return [only] }
        guard let list = value.array else { throw NotationProblem("its list of certificates is none") }
        var certificates: [[UInt8]] = []
        for element in list {
            guard let der = element.bytes else {
                throw NotationProblem("its list of certificates holds something else than byte strings")
            }
            certificates.append(der)
        }
        return certificates
    }
}

// MARK: - Writing

extension COSEEnvelope {
    /// The protected header for attributes, as the bytes that are signed.
    static func protectedHeader(_ attributes: SignedAttributes) -> [UInt8] {
        var critical: [CBORValue] = [.text(NotaryName.scheme)]
        var map: CBORMap = [
            .integer(algorithm): .integer(attributes.algorithm.coseNumber),
            .integer(contentType): .text(NotaryName.payloadType),
            .text(NotaryName.scheme): .text(attributes.scheme.rawValue),
        ]
        let time = CBORValue.tagged(1, .integer(attributes.signingTime.seconds))
        switch attributes.scheme {
        case .x509: map.add(.text(NotaryName.signingTime), time)
        case .signingAuthority:
            map.add(.text(NotaryName.authenticSigningTime), time)
            critical.append(.text(NotaryName.authenticSigningTime))
        }
        if let expiry = attributes.expiry {
            map.add(.text(NotaryName.expiry), .tagged(1, .integer(expiry.seconds)))
            critical.append(.text(NotaryName.expiry))
        }
        map.add(.integer(Self.critical), .array(critical))
        return CBORWriter.encode(.map(map))
    }

    /// What is signed for a header and a payload: `Sig_structure` (RFC 9052 section 4.4).
    static func signedBytes(header: [UInt8], payload: [UInt8]) -> [UInt8] {
        CBORWriter.encode(.array([.text("Signature1"), .bytes(header), .bytes([]), .bytes(payload)]))
    }

    /// The envelope of a header and the other parts.
    static func encode(header: [UInt8], _ parts: SignatureEnvelope.Parts) -> [UInt8] {
        var unprotected: CBORMap = [.integer(chain): .array(parts.certificates.map { .bytes($0) })]
        if let token = parts.timestamp { unprotected.add(.text(NotaryName.timestamp), .bytes(token)) }
        if let agent = parts.agent { unprotected.add(.text(NotaryName.agent), .text(agent)) }
        return CBORWriter.encode(
            .tagged(
                tag,
                .array([.bytes(header), .map(unprotected), .bytes(parts.payload), .bytes(parts.signature)])
            )
        )
    }
}
