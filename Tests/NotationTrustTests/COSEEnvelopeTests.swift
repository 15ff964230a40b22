import CoreModel
import Testing

@testable import NotationTrust

/// What the COSE form has to be, broken one rule at a time. Nothing here is signed: structure comes first.
struct COSEEnvelopeTests {
    typealias Entries = [(CBORLabel, CBORValue)]

    /// An envelope in parts, as a test bends it.
    struct Draft: Sendable {
        var protected: Entries = [
            (.integer(1), .integer(-37)), (.integer(2), .array([.text(NotaryName.scheme)])),
            (.integer(3), .text(NotaryName.payloadType)), (.text(NotaryName.scheme), .text("notary.x509")),
            (.text(NotaryName.signingTime), .tagged(1, .integer(1_700_000_000))),
        ]
        var unprotected: Entries = [
            (.integer(33), .array([.bytes([1, 2, 3])])), (.text(NotaryName.agent), .text("a test")),
        ]
        var payload: CBORValue = .bytes(Array("{}".utf8))
        var signature: CBORValue = .bytes([1])
        var tag: UInt64? = 18
        /// Replaces the encoded protected header.
        var header: [UInt8]?

        /// Sets or, with nil, removes an entry.
        static func set(_ entries: inout Entries, _ label: CBORLabel, _ value: CBORValue?) {
            entries.removeAll { $0.0 == label }
            if let value { entries.append((label, value)) }
        }

        static func map(_ entries: Entries) -> CBORValue {
            var map = CBORMap()
            for (label, value) in entries { map.add(label, value) }
            return .map(map)
        }

        var value: CBORValue {
            let head = header ?? CBORWriter.encode(Self.map(protected))
            let parts = CBORValue.array([.bytes(head), Self.map(unprotected), payload, signature])
            return tag.map { .tagged($0, parts) } ?? parts
        }

        static func protected(_ label: CBORLabel, _ value: CBORValue?) -> Draft {
            var draft = Draft()
            set(&draft.protected, label, value)
            return draft
        }
        static func protected(_ name: String, _ value: CBORValue?) -> Draft { protected(.text(name), value) }
        static func unprotected(_ label: CBORLabel, _ value: CBORValue?) -> Draft {
            var draft = Draft()
            set(&draft.unprotected, label, value)
            return draft
        }
        static func with(_ change: (inout Draft) -> Void) -> Draft {
            var draft = Draft()
            change(&draft)
            return draft
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let bytes: [UInt8]
        let reason: String
        let why: String
        var testDescription: String { why }

        init(_ draft: Draft, _ reason: String, why: String) {
            self.init(CBORWriter.encode(draft.value), reason, why: why)
        }
        init(_ bytes: [UInt8], _ reason: String, why: String) {
            (self.bytes, self.reason, self.why) = (bytes, reason, why)
        }
    }

    static let scheme = CBORValue.text(NotaryName.scheme)
    static let time = CBORValue.tagged(1, .integer(1_700_000_000))

    static let shapes = [
        Refusal([], "is cut off", why: "nothing"),
        Refusal(CBORWriter.encode(Draft().value) + [0], "bytes after its end", why: "more than one item"),
        Refusal(.with { $0.tag = nil }, "not a tagged COSE_Sign1", why: "an untagged message"),
        Refusal(.with { $0.tag = 98 }, "not a tagged COSE_Sign1", why: "COSE_Sign, with several signers"),
        Refusal(.with { $0.tag = 17 }, "not a tagged COSE_Sign1", why: "COSE_Mac0, with a secret"),
        Refusal(
            CBORWriter.encode(.tagged(18, .tagged(18, .array([])))),
            "not a tagged COSE_Sign1",
            why: "a tag in the tag"
        ),
        Refusal(CBORWriter.encode(.tagged(18, .array([.bytes([])]))), "not a tagged", why: "a part alone"),
        Refusal(.with { $0.payload = .null }, "holds no payload", why: "a detached payload"),
        Refusal(.with { $0.payload = .text("{}") }, "holds no payload", why: "a payload in text"),
        Refusal(.with { $0.signature = .null }, "part of the wrong type", why: "no signature"),
        Refusal(.with { $0.signature = .bytes([]) }, "signature is empty", why: "an empty signature"),
        Refusal(.with { $0.header = [] }, "protected header is cut off", why: "an empty protected header"),
        Refusal(
            .with { $0.header = [0x80] },
            "protected header is not a map",
            why: "a protected header that is a list"
        ),
        Refusal(
            .with { $0.header = [0xA2, 0x01, 0x38, 0x24, 0x01, 0x38, 0x24] },
            "the key 1 twice",
            why: "a label twice under the signature"
        ),
        Refusal(.with { $0.header = [0xBF, 0xFF] }, "indefinite length", why: "a header of indefinite length"),
        Refusal(.unprotected(.integer(33), nil), "has no certificates", why: "no certificates"),
        Refusal(.unprotected(.integer(33), .array([])), "0 certificates", why: "an empty list of certificates"),
        Refusal(.unprotected(.integer(33), .text("x")), "certificates is none", why: "certificates in text"),
        Refusal(.unprotected(.integer(33), .array([.text("x")])), "than byte strings", why: "a certificate in text"),
        Refusal(.unprotected(.integer(1), .integer(-37)), "both protected and", why: "the algorithm overridden"),
        Refusal(.unprotected(.integer(2), .array([])), "both protected and", why: "critical headers overridden"),
        Refusal(
            .with {
                Draft.set(&$0.protected, .integer(1), nil)
                Draft.set(&$0.unprotected, .integer(1), .integer(-37))
            },
            "header 1 is not protected",
            why: "an algorithm that nobody signed"
        ),
        Refusal(
            .unprotected(.text(NotaryName.expiry), time),
            "not protected by the signature",
            why: "an expiry that nobody signed"
        ),
        Refusal(.unprotected(.text(NotaryName.scheme), .text("notary.x509")), "both", why: "the scheme overridden"),
        Refusal(.unprotected(.text(NotaryName.timestamp), .text("x")), "timestamp", why: "a timestamp in text"),
        Refusal(.unprotected(.text(NotaryName.timestamp), .bytes([])), "timestamp", why: "an empty timestamp"),
        Refusal(
            .protected(.integer(33), .array([.bytes([9])])),
            "header 33 is both protected and unprotected",
            why: "two lists of certificates"
        ),
    ]

    static let headers = [
        Refusal(.protected(.integer(1), nil), "names no algorithm", why: "no algorithm"),
        Refusal(.protected(.integer(1), .text("PS256")), "by its number", why: "an algorithm in text"),
        Refusal(.protected(.integer(1), .integer(5)), "algorithm 5 is not one", why: "HMAC"),
        Refusal(.protected(.integer(1), .integer(-257)), "algorithm -257 is not one", why: "PKCS#1 v1.5"),
        Refusal(.protected(.integer(1), .integer(-8)), "algorithm -8 is not one", why: "EdDSA"),
        Refusal(.protected(.integer(1), .integer(-47)), "algorithm -47 is not one", why: "ECDSA on secp256k1"),
        Refusal(.protected(.integer(1), .integer(0)), "algorithm 0 is not one", why: "a reserved number"),
        Refusal(.protected(.integer(3), nil), "no content type", why: "no content type"),
        Refusal(.protected(.integer(3), .integer(50)), "no content type in text", why: "a content type by number"),
        Refusal(.protected(.integer(3), .text("application/json")), "of the type", why: "another content type"),
        Refusal(.protected(.integer(2), nil), "no list of critical headers", why: "no critical headers"),
        Refusal(.protected(.integer(2), .array([])), "no list of critical headers", why: "an empty list"),
        Refusal(.protected(.integer(2), .array([.integer(4)])), "header 4 is unknown", why: "a critical number"),
        Refusal(
            .protected(.integer(2), .array([scheme, .integer(33)])),
            "header 33 is unknown",
            why: "what only names the certificates"
        ),
        Refusal(.protected(.integer(2), .array([scheme, .text("x")])), "\"x\" is unknown", why: "an unknown name"),
        Refusal(
            .with {
                Draft.set(&$0.protected, .integer(2), .array([scheme, .text("x")]))
                Draft.set(&$0.protected, .text("x"), .bool(true))
            },
            "\"x\" is unknown",
            why: "an unknown critical header that is there"
        ),
        Refusal(.protected(.integer(2), .array([scheme, scheme])), "names one twice", why: "a name twice"),
        Refusal(.protected(.integer(2), .array([.bytes([1])])), "else than labels", why: "a label that is none"),
        Refusal(.protected(.integer(258), .integer(-16)), "COSE hash envelope", why: "a payload that is a bare hash"),
        Refusal(.protected(.integer(260), .text("urn:x")), "COSE hash envelope", why: "a payload from elsewhere"),
        Refusal(.protected(NotaryName.scheme, .text("notary.x510")), "is unknown", why: "a scheme from the future"),
        Refusal(.protected(NotaryName.scheme, .integer(1)), "is not text", why: "a scheme by number"),
        Refusal(.protected(NotaryName.signingTime, nil), "has no io.cncf.notary.signingTime", why: "no time"),
        Refusal(.protected(NotaryName.signingTime, .integer(1_700_000_000)), "not a time", why: "a bare number"),
        Refusal(.protected(NotaryName.signingTime, .tagged(0, .text("x"))), "not a time", why: "a time in text"),
        Refusal(.protected(NotaryName.signingTime, .tagged(1, .integer(.max))), "not a time", why: "beyond all years"),
        Refusal(.protected(NotaryName.signingTime, .tagged(1, .float(.nan))), "not a time", why: "not a number"),
        Refusal(.protected(NotaryName.signingTime, .tagged(1, .float(1e300))), "not a time", why: "infinitely late"),
        Refusal(.protected(NotaryName.expiry, time), "expiry is not marked as critical", why: "an expiry unmarked"),
        Refusal(
            .with {
                Draft.set(&$0.protected, .text(NotaryName.authenticSigningTime), time)
                Draft.set(&$0.protected, .integer(2), .array([scheme, .text(NotaryName.authenticSigningTime)]))
            },
            "does not go with the scheme notary.x509",
            why: "an authority's time from somebody else"
        ),
        Refusal(
            .protected(NotaryName.plugin, .text("com.example")),
            "verification plugin",
            why: "a plugin, though not marked as critical"
        ),
    ]

    @Test(arguments: shapes + headers)
    func refuses(_ row: Refusal) {
        let problem = #expect(throws: NotationProblem.self) {
            try SignatureEnvelope(parsing: row.bytes, as: .cose)
        }
        #expect(problem?.reason.contains(row.reason) == true, "\(problem?.reason ?? "taken")")
    }

    @Test func readsWhatIsThere() throws {
        var draft = Draft()
        Draft.set(&draft.protected, .text(NotaryName.expiry), .tagged(1, .float(1_800_000_000.5)))
        Draft.set(
            &draft.protected,
            .integer(2),
            .array([.text(NotaryName.expiry), .text(NotaryName.scheme)])
        )
        Draft.set(&draft.unprotected, .integer(4), .bytes([7]))
        let envelope = try SignatureEnvelope(parsing: CBORWriter.encode(draft.value), as: .cose)
        #expect(envelope.attributes.algorithm == .ps256)
        #expect(envelope.attributes.signingTime == Timestamp(seconds: 1_700_000_000))
        #expect(envelope.attributes.expiry == Timestamp(seconds: 1_800_000_000))
        #expect(envelope.certificates == [[1, 2, 3]])
        #expect(envelope.payload == Array("{}".utf8))
        #expect(envelope.agent == "a test")
        let header = CBORWriter.encode(Draft.map(draft.protected))
        let expected = CBORValue.array([.text("Signature1"), .bytes(header), .bytes([]), .bytes(Array("{}".utf8))])
        #expect(envelope.signedBytes == CBORWriter.encode(expected))
    }

    @Test func whatIsSignedAreTheBytesThatCame() throws {
        // The same header with its labels in another order: other signers do not sort.
        var draft = Draft()
        let sorted = CBORWriter.encode(Draft.map(draft.protected))
        var header: [UInt8] = [0xA5]
        for (label, value) in draft.protected.reversed() {
            header += CBORWriter.encode(Draft.map([(label, value)])).dropFirst()
        }
        #expect(header != sorted && header.count == sorted.count)
        draft.header = header
        let envelope = try SignatureEnvelope(parsing: CBORWriter.encode(draft.value), as: .cose)
        #expect(envelope.signedBytes == COSEEnvelope.signedBytes(header: header, payload: Array("{}".utf8)))
    }

    @Test func oneCertificateMayStandAloneAndUnderTheSignature() throws {
        var draft = Draft.unprotected(.integer(33), .bytes([4, 5]))
        #expect(try SignatureEnvelope(parsing: CBORWriter.encode(draft.value), as: .cose).certificates == [[4, 5]])
        Draft.set(&draft.unprotected, .integer(33), nil)
        Draft.set(&draft.protected, .integer(33), .array([.bytes([6])]))
        #expect(try SignatureEnvelope(parsing: CBORWriter.encode(draft.value), as: .cose).certificates == [[6]])
    }
}
