import CoreModel
import ManifestTree
import Testing

@testable import NotationTrust

/// What the JWS form has to be, broken one rule at a time. Nothing here is signed: structure comes first.
struct JWSEnvelopeTests {
    /// An envelope in parts, as a test bends it.
    struct Draft: Sendable {
        var protected: Tree = [
            "alg": "PS256", "cty": "application/vnd.cncf.notary.payload.v1+json",
            "io.cncf.notary.signingScheme": "notary.x509", "io.cncf.notary.signingTime": "2026-01-02T03:04:05Z",
            "crit": ["io.cncf.notary.signingScheme"],
        ]
        var header: Tree = ["x5c": ["AQID"], "io.cncf.notary.signingAgent": "a test"]
        var top: Tree = ["payload": "e30", "signature": "AQ"]
        /// Replaces the protected header's text.
        var protectedText: String?

        func bytes() -> [UInt8] {
            var tree = top
            tree["protected"] = .string(protectedText ?? Base64URL.encode(protected.jsonBytes()))
            tree["header"] = top["header"] ?? header
            return tree.jsonBytes()
        }

        static func protected(_ change: (inout Tree) -> Void) -> Draft {
            var draft = Draft()
            change(&draft.protected)
            return draft
        }
        static func header(_ change: (inout Tree) -> Void) -> Draft {
            var draft = Draft()
            change(&draft.header)
            return draft
        }
        static func top(_ change: (inout Tree) -> Void) -> Draft {
            var draft = Draft()
            change(&draft.top)
            return draft
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let bytes: [UInt8]
        let reason: String
        let why: String
        var testDescription: String { why }

        init(_ draft: Draft, _ reason: String, why: String) {
            (bytes, self.reason, self.why) = (draft.bytes(), reason, why)
        }
        init(text: String, _ reason: String, why: String) {
            (bytes, self.reason, self.why) = (Array(text.utf8), reason, why)
        }
    }

    static let scheme = "io.cncf.notary.signingScheme"
    static let time = "io.cncf.notary.signingTime"
    static let authentic = "io.cncf.notary.authenticSigningTime"
    static let expiry = "io.cncf.notary.expiry"

    static let shapes = [
        Refusal(text: "", "is not valid", why: "nothing"),
        Refusal(text: "e30.e30.AQ", "is not valid", why: "the compact form, which has no place for certificates"),
        Refusal(text: "[]", "is not a map", why: "a list"),
        Refusal(
            .top { $0["signatures"] = [] },
            "unknown member \"signatures\"",
            why: "the general form, with several signatures"
        ),
        Refusal(.top { $0["payload"] = nil }, "has no payload", why: "a detached payload"),
        Refusal(.top { $0["payload"] = "e30=" }, "not base64url", why: "padding"),
        Refusal(.top { $0["payload"] = "e3+/" }, "not base64url", why: "the other alphabet"),
        Refusal(.top { $0["payload"] = "e31" }, "not base64url", why: "unused bits that are set"),
        Refusal(.top { $0["payload"] = "e3\n0" }, "not base64url", why: "a line break, which Go skips"),
        Refusal(.top { $0["signature"] = nil }, "has no signature", why: "no signature"),
        Refusal(.top { $0["signature"] = "" }, "signature is empty", why: "an empty signature"),
        Refusal(.top { $0["signature"] = 1 }, "not a string", why: "a signature that is a number"),
        Refusal(.top { $0["header"] = [] }, "unprotected header is not a map", why: "a header that is a list"),
        Refusal(
            Draft(protectedText: "e30="),
            "protected header is not base64url",
            why: "padding in the protected header"
        ),
        Refusal(
            Draft(protectedText: Base64URL.encode(Array("[]".utf8))),
            "protected header is not a map",
            why: "a protected header that is a list"
        ),
        Refusal(
            Draft(protectedText: Base64URL.encode(Array(#"{"alg":"none","alg":"PS256"}"#.utf8))),
            "protected header is not valid",
            why: "a member twice under the signature"
        ),
        Refusal(
            text: #"{"payload":"e30","payload":"e30","protected":"e30","header":{},"signature":"AQ"}"#,
            "is not valid",
            why: "a member twice"
        ),
        Refusal(
            text: #"{"payload":"e30","protected":"e30","header":{"x5c":[],"x5c":[]},"signature":"AQ"}"#,
            "is not valid",
            why: "two lists of certificates"
        ),
        Refusal(.header { $0["x5c"] = nil }, "has no x5c", why: "no certificates"),
        Refusal(.header { $0["x5c"] = [] }, "0 certificates", why: "an empty list of certificates"),
        Refusal(
            .header { $0["x5c"] = .list(Array(repeating: "AQID", count: 17)) },
            "17 certificates",
            why: "more certificates than any chain has"
        ),
        Refusal(.header { $0["x5c"] = ["A-_D"] }, "than base64", why: "certificates in base64url"),
        Refusal(.header { $0["x5c"] = [1] }, "than strings", why: "a certificate that is a number"),
        Refusal(.header { $0["io.cncf.notary.timestampSignature"] = "" }, "timestamp", why: "an empty timestamp"),
        Refusal(.header { $0["io.cncf.notary.timestampSignature"] = "A_" }, "timestamp", why: "not base64"),
        Refusal(
            .header {
                $0["io.cncf.notary.timestampSignature"] = nil; $0["alg"] = "PS256"
            },
            "both",
            why: "alg twice"
        ),
        Refusal(.header { $0["crit"] = [] }, "both protected and", why: "crit in both headers"),
        Refusal(.header { $0["jku"] = "https://x" }, "not protected", why: "keys from elsewhere"),
        Refusal(.header { $0[expiry] = "2030-01-01T00:00:00Z" }, "not protected", why: "an expiry that nobody signed"),
        Refusal(
            .header { $0["io.cncf.notary.verificationPlugin"] = "x" },
            "not protected",
            why: "a plugin that nobody signed"
        ),
        Refusal(.header { $0[scheme] = "notary.x509" }, "both protected and unprotected", why: "the scheme overridden"),
    ]

    static let headers = [
        Refusal(.protected { $0["alg"] = nil }, "has no alg", why: "no algorithm"),
        Refusal(.protected { $0["alg"] = "none" }, "\"none\" is not one", why: "no signature by name"),
        Refusal(.protected { $0["alg"] = "None" }, "\"None\" is not one", why: "the same in another spelling"),
        Refusal(.protected { $0["alg"] = "HS256" }, "\"HS256\" is not one", why: "a secret instead of a key"),
        Refusal(.protected { $0["alg"] = "RS256" }, "\"RS256\" is not one", why: "PKCS#1 v1.5"),
        Refusal(.protected { $0["alg"] = "ps256" }, "\"ps256\" is not one", why: "case matters"),
        Refusal(.protected { $0["alg"] = ["PS256"] }, "not a string", why: "a list of algorithms"),
        Refusal(.protected { $0["cty"] = nil }, "has no cty", why: "no content type"),
        Refusal(.protected { $0["cty"] = "application/json" }, "content of the type", why: "another content type"),
        Refusal(.protected { $0["crit"] = nil }, "has no crit", why: "no critical headers"),
        Refusal(.protected { $0["crit"] = [] }, "not marked as critical", why: "an empty list"),
        Refusal(.protected { $0["crit"] = "x" }, "not a list", why: "one name instead of a list"),
        Refusal(.protected { $0["crit"] = [.string(scheme), "x"] }, "\"x\" is unknown", why: "an unknown header"),
        Refusal(
            .protected {
                $0["crit"] = [.string(scheme), "x"]; $0["x"] = 1
            },
            "critical header \"x\" is unknown",
            why: "an unknown header that is there"
        ),
        Refusal(
            .protected { $0["crit"] = [.string(scheme), "alg"] },
            "\"alg\" is unknown",
            why: "a registered header"
        ),
        Refusal(
            .protected { $0["crit"] = [.string(scheme), .string(scheme)] },
            "names one twice",
            why: "a name twice"
        ),
        Refusal(.protected { $0["crit"] = [.string(scheme), .string(expiry)] }, "is not there", why: "absent header"),
        Refusal(.protected { $0["b64"] = false }, "\"b64\"", why: "an unencoded payload (RFC 7797)"),
        Refusal(.protected { $0["b64"] = true }, "\"b64\"", why: "what RFC 7797 wants marked as critical"),
        Refusal(.protected { $0[scheme] = "notary.x509.v2" }, "is unknown", why: "a scheme from the future"),
        Refusal(.protected { $0[scheme] = nil }, "is not there", why: "no scheme"),
        Refusal(.protected { $0[time] = nil }, "has no io.cncf.notary.signingTime", why: "no signing time"),
        Refusal(.protected { $0[time] = "yesterday" }, "not a time", why: "a time that is none"),
        Refusal(.protected { $0[time] = 1_767_322_800 }, "not a string", why: "a time in seconds"),
        Refusal(
            .protected {
                $0[authentic] = "2026-01-02T03:04:05Z"; $0["crit"] = [.string(scheme), .string(authentic)]
            },
            "does not go with",
            why: "an authority's time from somebody else"
        ),
        Refusal(
            .protected { $0[scheme] = "notary.x509.signingAuthority" },
            "does not go with",
            why: "a signer's time from an authority"
        ),
        Refusal(
            .protected {
                $0[scheme] = "notary.x509.signingAuthority"
                $0[time] = nil
                $0[authentic] = "2026-01-02T03:04:05Z"
            },
            "authenticSigningTime is not marked as critical",
            why: "an authority's time that could be overlooked"
        ),
        Refusal(
            .protected {
                $0[scheme] = "notary.x509.signingAuthority"; $0[time] = nil
            },
            "has no io.cncf.notary.authenticSigningTime",
            why: "no authentic time"
        ),
        Refusal(
            .protected { $0[expiry] = "2026-01-02T03:04:05Z" },
            "expiry is not marked as critical",
            why: "an expiry that could be overlooked"
        ),
        Refusal(
            .protected {
                $0["crit"] = [.string(scheme), .string(expiry)]; $0[expiry] = .null
            },
            "not a string",
            why: "an expiry that is null"
        ),
        Refusal(
            .protected { $0["io.cncf.notary.verificationPlugin"] = "com.example" },
            "verification plugin",
            why: "a plugin, though not marked as critical"
        ),
        Refusal(
            .protected {
                $0["io.cncf.notary.verificationPluginMinVersion"] = "1.0.0"
                $0["crit"] = [.string(scheme), "io.cncf.notary.verificationPluginMinVersion"]
            },
            "verification plugin",
            why: "the version of a plugin"
        ),
    ]

    @Test(arguments: shapes + headers)
    func refuses(_ row: Refusal) {
        let problem = #expect(throws: NotationProblem.self) {
            try SignatureEnvelope(parsing: row.bytes, as: .jws)
        }
        #expect(problem?.reason.contains(row.reason) == true, "\(problem?.reason ?? "taken")")
    }

    @Test func readsWhatIsThere() throws {
        let draft = Draft.protected {
            $0[Self.expiry] = "2027-01-02T03:04:05+01:00"
            $0["crit"] = [.string(Self.expiry), .string(Self.scheme)]
            $0["com.example.note"] = ["more": "than anybody asked for"]
        }
        let envelope = try SignatureEnvelope(parsing: draft.bytes(), as: .jws)
        #expect(envelope.attributes.algorithm == .ps256)
        #expect(envelope.attributes.scheme == .x509)
        #expect(envelope.attributes.signingTime == Timestamp("2026-01-02T03:04:05Z"))
        #expect(envelope.attributes.expiry == Timestamp("2027-01-02T02:04:05Z"))
        #expect(envelope.certificates == [[1, 2, 3]])
        #expect(envelope.payload == Array("{}".utf8))
        #expect(envelope.signature == [1])
        #expect(envelope.agent == "a test")
        #expect(envelope.timestamp == nil)
        #expect(envelope.signedBytes == Array("\(Base64URL.encode(draft.protected.jsonBytes())).e30".utf8))
    }

    @Test func whatNobodySignedAndNobodyKnowsIsIgnored() throws {
        let draft = Draft.header {
            $0["io.cncf.notary.signingAgent"] = 7
            $0["com.example.hint"] = ["x"]
        }
        #expect(try SignatureEnvelope(parsing: draft.bytes(), as: .jws).agent == nil)
    }

    @Test func anEnvelopeBeyondTheLimitIsNotRead() {
        let bytes = [UInt8](repeating: 0x20, count: SignatureEnvelope.sizeLimit + 1)
        for format in EnvelopeFormat.allCases {
            let problem = #expect(throws: NotationProblem.self) { try SignatureEnvelope(parsing: bytes, as: format) }
            #expect(problem?.reason.contains("is larger than 1048576") == true)
        }
    }
}
