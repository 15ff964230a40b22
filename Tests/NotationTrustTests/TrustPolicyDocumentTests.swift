import ManifestTree
import NotationTrust
import Testing

/// Each rule of the trust policy specification for documents, broken once.
struct TrustPolicyDocumentTests {
    /// A valid statement with members replaced; nil takes one away.
    static func statement(_ changes: [(String, Tree?)] = []) -> Tree {
        var tree: Tree = [
            "name": "acme", "registryScopes": ["registry.test/acme/app"],
            "signatureVerification": ["level": "strict"], "trustStores": ["ca:acme"],
            "trustedIdentities": ["x509.subject: C=US, ST=WA, O=acme.io"],
        ]
        for (key, value) in changes { tree[key] = value }
        return tree
    }

    static func document(_ statements: Tree..., version: Tree = "1.0") -> Tree {
        ["version": version, "trustPolicies": .list(statements)]
    }

    static func scopes(_ scopes: Tree...) -> Tree { document(statement([("registryScopes", .list(scopes))])) }
    static func stores(_ stores: Tree...) -> Tree { document(statement([("trustStores", .list(stores))])) }
    static func identities(_ identities: Tree...) -> Tree {
        document(statement([("trustedIdentities", .list(identities))]))
    }
    static func verification(_ verification: Tree) -> Tree {
        document(statement([("signatureVerification", verification)]))
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let document: Tree
        let reason: String
        let why: String
        var testDescription: String { why }

        init(_ document: Tree, _ reason: String, why: String) {
            (self.document, self.reason, self.why) = (document, reason, why)
        }
    }

    static let shapes = [
        Refusal([], "is not a map", why: "a list"),
        Refusal(["trustPolicies": []], "has no version", why: "no version"),
        Refusal(document(statement(), version: "2.0"), "only \"1.0\" is known", why: "a version from the future"),
        Refusal(document(statement(), version: 1), "is not a string", why: "a version that is a number"),
        Refusal(document(), "1 to 1024 statements", why: "no statement"),
        Refusal(["version": "1.0", "trustPolicy": []], "the unknown member \"trustPolicy\"", why: "a misspelt member"),
        Refusal(document(statement([("name", nil)])), "the statement 1 has no name", why: "no name"),
        Refusal(document(statement([("name", "")])), "empty name", why: "an empty name"),
        Refusal(document(statement([("overide", "x")])), "unknown member \"overide\"", why: "a misspelt member"),
        Refusal(
            document(statement(), statement([("registryScopes", ["other.test/b"])])),
            "two statements have the name \"acme\"",
            why: "one name for two statements"
        ),
        Refusal(document(statement([("trustStores", nil)])), "has no trustStores", why: "no stores"),
        Refusal(document(statement([("trustedIdentities", [])])), "has no trustedIdentities", why: "no identities"),
        Refusal(document(statement([("registryScopes", [])])), "has no registryScopes", why: "no scopes"),
        Refusal(document(statement([("trustStores", [1])])), "something else than strings", why: "a number"),
    ]

    static let scopeRules = [
        Refusal(scopes("*", "registry.test/a"), "beside others", why: "everything and more"),
        Refusal(scopes("registry.test/a", "registry.test/a"), "twice", why: "a scope twice"),
        Refusal(scopes("registry.test/a", "REGISTRY.test/a"), "twice", why: "a scope twice, in another spelling"),
        Refusal(scopes("docker.io/library/a", "index.docker.io/library/a"), "twice", why: "Docker Hub by two names"),
        Refusal(scopes("registry.test/a", "registry.test:443/a"), "twice", why: "a scope twice, with the default port"),
        Refusal(scopes("10.0.0.1:5000/a", "167772161:05000/a"), "twice", why: "an address twice, in other numbers"),
        Refusal(scopes("registry.test/*"), "stands alone", why: "a pattern would shadow what it covers"),
        Refusal(scopes("*.test/acme"), "stands alone", why: "a pattern of hosts"),
        Refusal(scopes("**"), "stands alone", why: "two asterisks"),
        Refusal(scopes("registry.test/a:v1"), "without scheme and tag", why: "a tag"),
        Refusal(scopes("oci://registry.test/a"), "without scheme and tag", why: "a scheme"),
        Refusal(scopes("registry"), "whole name", why: "a name that would have to be expanded"),
        Refusal(scopes("registry.test/"), "whole name", why: "a registry alone"),
        Refusal(scopes("registry.test/Acme"), "whole name", why: "a path that no registry has"),
        Refusal(scopes(""), "whole name", why: "nothing"),
        Refusal(
            document(statement(), statement([("name", "b")])),
            "stands in \"acme\" and in \"b\"",
            why: "the second would never be reached"
        ),
        Refusal(
            document(
                statement([("registryScopes", ["*"])]),
                statement([("name", "b"), ("registryScopes", ["*"])])
            ),
            "the scope '*' stands in",
            why: "two statements for everything"
        ),
    ]

    static let levels = [
        Refusal(verification([:]), "has no level", why: "no level"),
        Refusal(verification(["level": "Strict"]), "use strict, permissive", why: "case matters"),
        Refusal(verification(["level": "none"]), "use strict, permissive", why: "an unknown level"),
        Refusal(verification(["level": "strict", "mode": "x"]), "unknown member", why: "an unknown setting"),
        Refusal(
            verification(["level": "skip", "override": ["expiry": "log"]]),
            "which has none",
            why: "nothing is left to override"
        ),
        Refusal(
            verification(["level": "strict", "override": ["integrity": "log"]]),
            "always enforced",
            why: "integrity is not negotiable"
        ),
        Refusal(
            verification(["level": "strict", "override": ["authenticity": "skip"]]),
            "only revocation can be skipped",
            why: "who signed is always looked at"
        ),
        Refusal(
            verification(["level": "strict", "override": ["expiry": "skip"]]),
            "only revocation can be skipped",
            why: "expiry can be logged at most"
        ),
        Refusal(
            verification(["level": "strict", "override": ["expiry": "ignore"]]),
            "use enforce, log or skip",
            why: "an unknown action"
        ),
        Refusal(
            verification(["level": "strict", "override": ["identity": "log"]]),
            "which is unknown",
            why: "an unknown validation"
        ),
        Refusal(
            verification(["level": "strict", "override": ["expiry": false]]),
            "use enforce, log or skip",
            why: "an action that is no text"
        ),
        Refusal(
            verification(["level": "strict", "verifyTimestamp": "never"]),
            "use always or afterCertExpiry",
            why: "an unknown rule for timestamps"
        ),
    ]

    static let names = [
        Refusal(stores("acme"), "write ca:NAME", why: "no type"),
        Refusal(stores("root:acme"), "write ca:NAME", why: "an unknown type"),
        Refusal(stores("CA:acme"), "write ca:NAME", why: "case matters"),
        Refusal(stores("ca:"), "write ca:NAME", why: "no name"),
        Refusal(stores("ca:../acme"), "write ca:NAME", why: "a name that climbs"),
        Refusal(stores("ca:.."), "write ca:NAME", why: "a name that is a directory"),
        Refusal(stores("ca:a,tsa:b"), "write ca:NAME", why: "two stores in one text"),
        Refusal(stores("tsa:acme"), "only stores of timestamping authorities", why: "nobody could ever be trusted"),
        Refusal(identities("*", "x509.subject: C=US,ST=WA,O=a"), "beside others", why: "everybody and more"),
        Refusal(identities("C=US,ST=WA,O=a"), "write \"*\" or", why: "no type"),
        Refusal(identities(""), "write \"*\" or", why: "nothing"),
        Refusal(identities("x509.subject:"), "where TYPE=VALUE belongs", why: "no name"),
        Refusal(identities("x509.subject: C=US, ST=WA"), "has no O", why: "no organization"),
        Refusal(identities("x509.subject: C=US, O=a"), "has no ST", why: "no state"),
        Refusal(identities("x509.subject: ST=WA, O=a"), "has no C;", why: "no country"),
        Refusal(identities("x509.subject: C=US, ST=WA, O="), "gives O no value", why: "an empty organization"),
        Refusal(identities("x509.subject: C=US, C=US, ST=WA, O=a"), "C twice", why: "an attribute twice"),
        Refusal(identities("x509.subject: C=US, ST=WA, S=WA, O=a"), "twice", why: "S is ST"),
        Refusal(identities("x509.subject: C=US+ST=WA, O=a"), "unescaped +", why: "two attributes in one part"),
        Refusal(identities("x509.subject: C=US; ST=WA; O=a"), "unescaped ;", why: "another separator"),
        Refusal(identities("x509.subject: C=US, ST=WA, O=a, XY=z"), "which is unknown", why: "an unknown attribute"),
        Refusal(identities("x509.subject: C=US, ST=WA, O=#0c0161"), "no value in text", why: "a value in DER"),
        Refusal(identities("x509.subject: C=US, ST=WA, O=\"a\""), "needs a \\", why: "quotes of RFC 2253"),
        Refusal(identities("x509.subject: C=US, ST=WA, O=a\\"), "lone \\", why: "an escape of nothing"),
        Refusal(identities("x509.subject: C=US, ST=WA, O=\\a"), "needs none", why: "an escape of a letter"),
        Refusal(
            identities("x509.subject: C=US, ST=WA, O=a", "x509.subject: C=US, ST=WA, O=a, OU=b"),
            "covers the other",
            why: "the narrower one means nothing"
        ),
        Refusal(
            identities("x509.subject: O=a, ST=WA, C=US", "x509.subject: C=US, ST=WA, O=a"),
            "covers the other",
            why: "the same in another order"
        ),
    ]

    @Test(arguments: shapes + scopeRules + levels + names)
    func refuses(_ row: Refusal) {
        let error = #expect(throws: NotationError.self) { try TrustPolicyDocument(parsing: row.document.jsonBytes()) }
        #expect(error?.code == .invalidPolicy)
        #expect(error?.message.contains(row.reason) == true, "\(error?.message ?? "taken")")
    }

    @Test func refusesAMemberThatIsThereTwice() {
        let text = #"{"version":"1.0","version":"1.0","trustPolicies":[]}"#
        #expect(throws: NotationError.self) { try TrustPolicyDocument(parsing: Array(text.utf8)) }
    }

    @Test func theStatementThatNamesTheRepositoryComesBeforeTheOneForAll() throws {
        let document = try TrustPolicyDocument(
            parsing: Self.document(
                Self.statement([("name", "rest"), ("registryScopes", ["*"])]),
                Self.statement([("registryScopes", ["Registry.test:5000/acme/app", "docker.io/library/app"])])
            ).jsonBytes()
        )
        #expect(document.statement(for: "registry.test:5000/acme/app")?.name == "acme")
        #expect(document.statement(for: "docker.io/library/app")?.name == "acme")
        #expect(document.statement(for: "registry.test:5000/acme/app2")?.name == "rest")
        #expect(document.statement(for: "registry.test/acme/app")?.name == "rest", "the port is part of the name")
        let narrow = try TrustPolicyDocument(parsing: Self.document(Self.statement()).jsonBytes())
        #expect(narrow.statement(for: "registry.test/acme/other") == nil)
        #expect(narrow.statement(for: "registry.test/acme/app/sub") == nil)
    }

    @Test func theLevelSkipNeedsNeitherStoresNorIdentities() throws {
        for changes: [(String, Tree?)] in [[("trustStores", nil), ("trustedIdentities", nil)], []] {
            let skipping = Self.statement([("signatureVerification", ["level": "skip"])] + changes)
            let statement = try TrustPolicyDocument(parsing: Self.document(skipping).jsonBytes()).statements[0]
            #expect(statement.level.name == .skip)
            #expect(statement.stores.isEmpty && statement.identities.isEmpty, "Flux ignores what notation refuses")
        }
    }

    @Test func everyLevelSaysWhatAFailureLeadsTo() {
        let expected: [VerificationLevel.Name: [ValidationAction]] = [
            .strict: [.enforce, .enforce, .enforce, .enforce, .enforce],
            .permissive: [.enforce, .enforce, .log, .log, .log],
            .audit: [.enforce, .log, .log, .log, .log],
            .skip: [.skip, .skip, .skip, .skip, .skip],
        ]
        for name in VerificationLevel.Name.allCases {
            let level = VerificationLevel(name)
            #expect(ValidationKind.allCases.map(level.action) == expected[name], "\(name)")
        }
    }

    @Test func overridesChangeSingleValidations() throws {
        let tree = Self.verification([
            "level": "audit", "override": ["authenticity": "enforce", "revocation": "skip", "expiry": "enforce"],
            "verifyTimestamp": "afterCertExpiry",
        ])
        let statement = try TrustPolicyDocument(parsing: tree.jsonBytes()).statements[0]
        #expect(ValidationKind.allCases.map(statement.level.action) == [.enforce, .enforce, .log, .enforce, .skip])
        #expect(statement.timestamps == .afterCertExpiry)
    }

    static let escapes: [(String, String)] = [
        ("a\\, b", "a, b"), ("a\\;b", "a;b"), ("a\\\\b", "a\\b"), ("\\ a\\ ", " a "), ("  a  ", "a"), ("a  b", "a  b"),
        ("\\C3\\A4", "ä"), ("a=b", "a=b"), ("\\#a", "#a"), ("a\\2Cb", "a,b"),
    ]

    @Test(arguments: escapes)
    func readsEscapesOfNames(written: String, value: String) throws {
        let tree = Self.identities(.string("x509.subject: C=US,ST=WA,O=\(written),2.5.4.3=x"))
        let statement = try TrustPolicyDocument(parsing: tree.jsonBytes()).statements[0]
        guard case .subject(let pattern) = statement.identities[0] else {
            Issue.record("not a subject")
            return
        }
        #expect(pattern.attributes == ["2.5.4.6": "US", "2.5.4.8": "WA", "2.5.4.10": value, "2.5.4.3": "x"])
    }

    @Test func identitiesOfPluginsAreKeptAndMatchNobody() throws {
        let tree = Self.identities("arn:aws:signer:us-west-2:1:/signing-profiles/a", "x509.subject: C=US,ST=WA,O=a")
        let statement = try TrustPolicyDocument(parsing: tree.jsonBytes()).statements[0]
        #expect(statement.identities[0] == .foreign("arn:aws:signer:us-west-2:1:/signing-profiles/a"))
    }
}
