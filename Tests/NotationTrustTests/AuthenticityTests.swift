import CoreModel
import ManifestTree
import SignatureCrypto
import TestSupport
import Testing

@testable import NotationTrust

/// Who signed, when, and what the policy makes of it.
struct AuthenticityTests {
    static func stores(_ entries: (TrustStoreType, String, [UInt8])...) throws -> NotationTrustStores {
        var stores = NotationTrustStores()
        for (type, name, der) in entries { stores.add([try Certificate(der: der)], to: TrustStoreName(type, name)) }
        return stores
    }

    static func named(_ attributes: [(String, String)]) -> TestChain.Change {
        { $0.subject = TestName([("2.5.4.6", "US"), ("2.5.4.8", "WA"), ("2.5.4.10", "acme")] + attributes) }
    }

    struct Identity: Sendable, CustomTestStringConvertible {
        let identity: String
        let attributes: [(String, String)]
        let matches: Bool
        let why: String
        var testDescription: String { why }
    }

    static let identities = [
        Identity(identity: "C=US, ST=WA, O=acme", attributes: [], matches: true, why: "exactly the same"),
        Identity(identity: "O=acme, C=US, ST=WA", attributes: [], matches: true, why: "the order does not matter"),
        Identity(identity: "C=US,ST=WA,O=acme", attributes: [("2.5.4.3", "x")], matches: true, why: "a subset"),
        Identity(identity: "C=US,ST=WA,O=acme,CN=x", attributes: [("2.5.4.3", "x")], matches: true, why: "with a name"),
        Identity(identity: "C=US,ST=WA,O=acme,CN=x", attributes: [], matches: false, why: "a name that is not there"),
        Identity(
            identity: "C=US,ST=WA,O=acme,CN=x",
            attributes: [("2.5.4.3", "X")],
            matches: false,
            why: "case matters"
        ),
        Identity(
            identity: "C=US,ST=WA,O=acme,CN=x",
            attributes: [("2.5.4.3", "x ")],
            matches: false,
            why: "a space more"
        ),
        Identity(
            identity: "C=US,ST=WA,O=acme,CN=x",
            attributes: [("2.5.4.3", "x,OU=y")],
            matches: false,
            why: "an attribute in the value of another"
        ),
        Identity(
            identity: "C=US,ST=WA,O=acme,OU=y",
            attributes: [("2.5.4.3", "x,OU=y")],
            matches: false,
            why: "an attribute that only seems to be there"
        ),
        Identity(
            identity: "C=US,ST=WA,O=acme,OU=a",
            attributes: [("2.5.4.11", "a"), ("2.5.4.11", "b")],
            matches: false,
            why: "two values are ambiguous"
        ),
        Identity(
            identity: "C=US,ST=WA,O=acme,CN=\\C3\\A9",
            attributes: [("2.5.4.3", "e\u{301}")],
            matches: false,
            why: "another spelling of the same character"
        ),
        Identity(identity: "C=US,ST=WA,O=acme.io", attributes: [], matches: false, why: "a longer organization"),
        Identity(identity: "C=DE,ST=WA,O=acme", attributes: [], matches: false, why: "another country"),
    ]

    @Test(arguments: identities)
    func matchesIdentitiesExactly(_ row: Identity) throws {
        let chain = try TestChain(leaf: Self.named(row.attributes))
        let statement = try TestStatement.parse(identities: [.string("x509.subject: \(row.identity)")])
        let conclusion = try SignedArtifact(chain: chain).result(statement).conclusion
        if row.matches {
            #expect(conclusion == .verified, "\(conclusion)")
        } else {
            guard case .refused(let reason) = conclusion else {
                Issue.record("\(conclusion)")
                return
            }
            #expect(reason.contains("is not among the trusted identities of the policy 'acme'"), "\(reason)")
        }
    }

    @Test func whatOnlyAPluginKnowsMatchesNobody() throws {
        let statement = try TestStatement.parse(identities: ["arn:aws:signer:x"])
        let conclusion = try SignedArtifact(chain: TestChain()).result(statement).conclusion
        guard case .refused(let reason) = conclusion else {
            Issue.record("\(conclusion)")
            return
        }
        #expect(reason.contains("1 of them only a plugin of notation understands"))
    }

    struct Root: Sendable, CustomTestStringConvertible {
        let reason: String?
        let why: String
        var names: Tree = ["ca:acme"]
        var scheme = SigningScheme.x509
        let stores: @Sendable (TestChain) throws -> NotationTrustStores
        var testDescription: String { why }
    }

    static let roots = [
        Root(reason: nil, why: "the root of the chain") { try stores((.ca, "acme", $0.root)) },
        Root(reason: nil, why: "one of two stores", names: ["ca:other", "ca:acme"]) {
            try stores((.ca, "acme", $0.root), (.ca, "other", TestChain(rootName: "Other").root))
        },
        Root(reason: nil, why: "an intermediate in the root's place") { try stores((.ca, "acme", $0.certificates[1])) },
        Root(reason: nil, why: "a root that belongs to every store") {
            var stores = NotationTrustStores()
            stores.add([try Certificate(der: $0.root)], to: nil)
            return stores
        },
        Root(
            reason: nil,
            why: "an authority's root for an authority's signature",
            names: ["signingAuthority:acme"],
            scheme: .signingAuthority
        ) { try stores((.signingAuthority, "acme", $0.root)) },
        Root(reason: "is not in the trust store ca:acme", why: "another root") { _ in
            try stores((.ca, "acme", TestChain(rootName: "Other").root))
        },
        Root(reason: "is not in the trust store ca:acme", why: "a root of the same name with another key") { _ in
            let imposter = try SigningAuthority.root("imposter") { $0.subject = TestName(common: "Sluice test root") }
            return try stores((.ca, "acme", imposter.der))
        },
        Root(reason: "is not in the trust store ca:acme", why: "the leaf itself is no anchor") {
            try stores((.ca, "acme", $0.certificates[0]))
        },
        Root(reason: "there is no certificate in the trust store ca:acme", why: "a store that no statement names") {
            try stores((.ca, "other", $0.root))
        },
        Root(
            reason: "there is no certificate in the trust store ca:acme",
            why: "a root of timestamping authorities",
            names: ["ca:acme", "tsa:acme"]
        ) { try stores((.tsa, "acme", $0.root)) },
        Root(
            reason: "needs a trust store of the type signingAuthority",
            why: "a signer who passes for an authority",
            scheme: .signingAuthority
        ) { try stores((.ca, "acme", $0.root), (.signingAuthority, "acme", $0.root)) },
        Root(
            reason: "needs a trust store of the type ca",
            why: "an authority's root for a signer",
            names: ["signingAuthority:acme"]
        ) { try stores((.signingAuthority, "acme", $0.root)) },
    ]

    @Test(arguments: roots)
    func asksTheStoresThatTheStatementNames(_ row: Root) throws {
        let chain = try TestChain()
        var signed = try SignedArtifact(chain: chain)
        signed.say(scheme: row.scheme)
        let result = try signed.result(TestStatement.parse(stores: row.names), stores: row.stores(chain))
        guard let expected = row.reason else {
            #expect(result.conclusion == .verified, "\(result)")
            return
        }
        guard case .refused(let reason) = result.conclusion else {
            Issue.record("\(result.conclusion)")
            return
        }
        #expect(reason.contains(expected) && reason.contains("(authenticity)"), "\(reason)")
    }

    static let second: Int64 = 1
    static let hour: Int64 = 3600

    @Test func anExpiryIsTheFirstMomentThatIsTooLate() throws {
        var signed = try SignedArtifact(chain: TestChain())
        signed.say(expiry: SignedArtifact.now)
        let statement = try TestStatement.parse()
        let before = Timestamp(seconds: SignedArtifact.now.seconds - 1, nanoseconds: 999_999_999)
        #expect(try signed.result(statement, at: before).conclusion == .verified)
        guard case .refused(let reason) = try signed.result(statement).conclusion else {
            Issue.record("an expired signature was taken")
            return
        }
        #expect(reason.contains("no longer meant to be used since 2030-03-17T17:46:40Z (expiry)"), "\(reason)")
    }

    @Test(arguments: [0, 1, 2])
    func everyCertificateHasToBeValidNow(index: Int) throws {
        let (start, end) = (SignedArtifact.now.seconds - Self.hour, SignedArtifact.now.seconds + Self.hour)
        let change: TestChain.Change = { ($0.notBefore, $0.notAfter) = (start, end) }
        let chain = try TestChain(
            leaf: index == 0 ? change : { _ in },
            intermediate: index == 1 ? change : { _ in },
            root: index == 2 ? change : { _ in }
        )
        let signed = try SignedArtifact(chain: chain)
        let statement = try TestStatement.parse()
        for good in [start, end] {
            #expect(try signed.result(statement, at: Timestamp(seconds: good)).conclusion == .verified, "\(good)")
        }
        for (bad, word) in [(start - 1, "is valid from"), (end + 1, "has expired at")] {
            guard case .refused(let reason) = try signed.result(statement, at: Timestamp(seconds: bad)).conclusion
            else {
                Issue.record("\(word)")
                continue
            }
            #expect(reason.contains(word) && reason.contains("(authenticTimestamp)"), "\(reason)")
        }
    }

    struct Level: Sendable, CustomTestStringConvertible {
        let level: Tree
        let identity: Bool
        let isExpired: Bool
        let expected: String
        let why: String
        var testDescription: String { why }
    }

    static let levels = [
        Level(level: ["level": "strict"], identity: true, isExpired: true, expected: "refused", why: "strict, expired"),
        Level(
            level: ["level": "permissive"],
            identity: true,
            isExpired: true,
            expected: "verified",
            why: "permissive only warns of an expiry"
        ),
        Level(
            level: ["level": "permissive"],
            identity: false,
            isExpired: false,
            expected: "refused",
            why: "permissive asks who signed"
        ),
        Level(
            level: ["level": "audit"],
            identity: true,
            isExpired: false,
            expected: "verified",
            why: "audit, all good"
        ),
        Level(
            level: ["level": "audit"],
            identity: false,
            isExpired: false,
            expected: "notEnforced",
            why: "audit lets anybody pass, and nobody is called verified"
        ),
        Level(
            level: ["level": "audit"],
            identity: true,
            isExpired: true,
            expected: "notEnforced",
            why: "audit lets the expired pass, and nothing is called verified"
        ),
        Level(
            level: ["level": "strict", "override": ["authenticity": "log"]],
            identity: false,
            isExpired: false,
            expected: "notEnforced",
            why: "a signer whom the policy only logs is not verified"
        ),
        Level(
            level: ["level": "strict", "override": ["expiry": "log"]],
            identity: true,
            isExpired: true,
            expected: "verified",
            why: "strict with an expiry that is only logged"
        ),
        Level(
            level: ["level": "audit", "override": ["authenticity": "enforce"]],
            identity: false,
            isExpired: false,
            expected: "refused",
            why: "audit that asks who signed"
        ),
        Level(
            level: ["level": "permissive", "override": ["expiry": "enforce"]],
            identity: true,
            isExpired: true,
            expected: "refused",
            why: "permissive that minds the expiry"
        ),
        Level(level: ["level": "skip"], identity: true, isExpired: false, expected: "notEnforced", why: "skip"),
    ]

    @Test(arguments: levels)
    func theLevelDecidesWhatAFailureLeadsTo(_ row: Level) throws {
        var signed = try SignedArtifact(chain: TestChain())
        if row.isExpired { signed.say(expiry: Timestamp(seconds: SignedArtifact.now.seconds - 10)) }
        let identity: Tree = row.identity ? "*" : "x509.subject: C=XX,ST=XX,O=XX"
        let result = try signed.result(TestStatement.parse(level: row.level, identities: [identity]))
        let got =
            switch result.conclusion {
            case .verified: "verified"
            case .notEnforced: "notEnforced"
            case .refused: "refused"
            }
        #expect(got == row.expected, "\(result)")
        if row.expected == "verified" { #expect(result.warnings.count == (row.isExpired ? 1 : 0)) }
    }

    @Test func theLevelSkipLooksAtNothing() throws {
        let verifier = NotationVerifier(
            statement: try TestStatement.parse(level: ["level": "skip"]),
            stores: NotationTrustStores()
        )
        let result = try verifier.verify([], as: .jws, of: SignedArtifact.target(), at: SignedArtifact.now)
        #expect(result.validations.map(\.outcome) == Array(repeating: .skipped, count: 5))
        #expect(result.conclusion == .notEnforced(reason: "the policy skips the verification of signatures"))
    }

    @Test func aSigningAuthorityVouchesForTheTime() throws {
        let (start, end) = (SignedArtifact.now.seconds - Self.hour, SignedArtifact.now.seconds + Self.hour)
        let chain = try TestChain(leaf: { ($0.notBefore, $0.notAfter) = (start, end) })
        let stores = try Self.stores((.signingAuthority, "acme", chain.root))
        let statement = try TestStatement.parse(stores: ["signingAuthority:acme"])
        var signed = try SignedArtifact(.cose, chain: chain)
        let later = Timestamp(seconds: end + 100 * Self.hour)
        signed.say(scheme: .signingAuthority, time: Timestamp(seconds: end))
        let result = try signed.result(statement, stores: stores, at: later)
        #expect(result.conclusion == .verified, "\(result)")
        #expect(result.signer?.provenTime == Timestamp(seconds: end))
        for (time, word) in [(start - 1, "is valid from"), (end + 1, "has expired at")] {
            signed.say(time: Timestamp(seconds: time))
            let conclusion = try signed.result(statement, stores: stores, at: later).conclusion
            guard case .refused(let reason) = conclusion else {
                Issue.record("\(conclusion)")
                continue
            }
            #expect(reason.contains(word) && reason.contains("authenticTimestamp"), "\(reason)")
        }
    }
}
