import CoreModel
import SignatureCrypto
import TestSupport
import Testing

/// Paths from a leaf to a root, and every rule that can be broken on the way.
struct CertificateChainTests {
    static let now: Int64 = 1_750_000_000

    /// A leaf below an intermediate below a root, each of which a test may bend.
    struct Plan: Sendable {
        var root: @Sendable (inout TestCertificate) -> Void = { _ in }
        var intermediate: @Sendable (inout TestCertificate) -> Void = { _ in }
        var leaf: @Sendable (inout TestCertificate) -> Void = { _ in }
        var rules = ChainRules(purpose: KeyPurpose.codeSigning)
        var moment: Int64? = now
        var trustsAnotherRoot = false
        var dropsIntermediate = false

        func build() throws -> CertificateChain {
            let root = try SigningAuthority.root(change: root)
            let middle = try root.intermediate(change: intermediate)
            var plan = TestCertificate.leaf(
                TestName(common: "ci"),
                key: try TestKeyPair("leaf"),
                names: [TestGeneralName.email("ci@example.com")]
            )
            leaf(&plan)
            // The same name, another key.
            let other = try TestKeyPair("other root")
            let stranger = try TestCertificate(
                root.name,
                key: other,
                extensions: [.authority(), .keyUsage(.certificateSigning)]
            )
            .signed(by: other, as: root.name)
            return try CertificateChain.build(
                leaf: Certificate(der: middle.issue(plan)),
                intermediates: dropsIntermediate ? [] : [middle.certificate()],
                roots: [trustsAnotherRoot ? Certificate(der: stranger) : root.certificate()],
                at: moment,
                rules: rules
            )
        }
    }

    @Test func buildsTheChain() throws {
        let chain = try Plan().build()
        #expect(chain.certificates.count == 3)
        #expect(chain.leaf.subject.description.hasPrefix("CN=ci,"))
        #expect(chain.root.isSelfIssued)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let why: String
        let code: EvidenceProblem.Code
        let says: String
        let change: @Sendable (inout Plan) -> Void
        var testDescription: String { why }
        init(
            _ why: String,
            _ code: EvidenceProblem.Code,
            _ says: String,
            _ change: @escaping @Sendable (inout Plan) -> Void
        ) {
            (self.why, self.code, self.says, self.change) = (why, code, says, change)
        }
    }

    static let refused: [Case] = [
        Case("the intermediate is missing", .unknownRoot, "not among the trusted roots") {
            $0.dropsIntermediate = true
        },
        Case("a root of the same name with another key", .badSignature, "which it names as its issuer") {
            $0.trustsAnotherRoot = true
        },
        Case("a signature with a bit flipped", .badSignature, "is not signed by") {
            $0.leaf = { $0.editSignature = { $0.dropLast() + [$0[$0.count - 1] ^ 1] } }
        },
        Case("a signature with a byte after it", .badSignature, "is not signed by") {
            $0.leaf = { $0.editSignature = { $0 + [0] } }
        },
        Case("an intermediate without basic constraints", .notAuthority, "without being an authority") {
            $0.intermediate = { $0.extensions.remove(at: 0) }
        },
        Case("an intermediate that denies being one", .notAuthority, "without being an authority") {
            $0.intermediate = { $0.extensions[0] = .notAuthority }
        },
        Case("an authority as the signer", .notAuthority, "is an authority's and not a signer's") {
            $0.leaf = { $0.extensions.append(.authority()) }
        },
        Case("no room in the path", .pathLength, "allows 0 authorities below it and has 1") {
            $0.root = { $0.extensions[0] = .authority(pathLength: 0) }
        },
        Case("an intermediate that may not sign certificates", .keyUsage, "not for signing others") {
            $0.intermediate = { $0.extensions[1] = .keyUsage(.digitalSignature) }
        },
        Case("a leaf that may not sign", .keyUsage, "not for digital signatures") {
            $0.leaf = { $0.extensions[0] = .keyUsage(.keyEncipherment) }
        },
        Case("a leaf that does not say", .keyUsage, "does not say what its key is for") {
            $0.leaf = { $0.extensions.remove(at: 0) }
        },
        Case("a leaf for web servers", .extendedKeyUsage, "not for code signing") {
            $0.leaf = { $0.extensions[1] = .purposes(["1.3.6.1.5.5.7.3.1"]) }
        },
        Case("a leaf for any purpose", .extendedKeyUsage, "not for code signing") {
            $0.leaf = { $0.extensions[1] = .purposes([KeyPurpose.any]) }
        },
        Case("an intermediate for web servers", .extendedKeyUsage, "the authority") {
            $0.intermediate = { $0.extensions.append(.purposes(["1.3.6.1.5.5.7.3.1"])) }
        },
        Case("a critical extension of nobody's", .unknownCritical, "critical extension 1.2.3.4") {
            $0.leaf = { $0.extensions.append(TestExtension("1.2.3.4", critical: true, [5, 0])) }
        },
        Case("a critical extension in the intermediate", .unknownCritical, "critical extension 1.2.3.4") {
            $0.intermediate = { $0.extensions.append(TestExtension("1.2.3.4", critical: true, [5, 0])) }
        },
        Case("a precertificate", .unknownCritical, "critical extension 1.3.6.1.4.1.11129.2.4.3") {
            $0.leaf = {
                $0.extensions.append(TestExtension(CertificateExtension.precertificatePoison, critical: true, [5, 0]))
            }
        },
        Case("policy mappings that are critical", .unknownCritical, "critical extension 2.5.29.33") {
            $0.intermediate = { $0.extensions.append(TestExtension("2.5.29.33", critical: true, [0x30, 0])) }
        },
        Case("too early for the leaf", .notYetValid, "is not valid before 2025-06-15T15:06:41Z") {
            $0.leaf = { $0.notBefore = now + 1 }
        },
        Case("too late for the leaf", .expired, "expired at 2025-06-15T15:06:39Z") {
            $0.leaf = { $0.notAfter = now - 1 }
        },
        Case("too late for the intermediate", .expired, "Sluice test intermediate") {
            $0.intermediate = { $0.notAfter = now - 1 }
        },
        Case("too late for the root", .expired, "Sluice test root") { $0.root = { $0.notAfter = now - 1 } },
        Case("too early for the root", .notYetValid, "Sluice test root") { $0.root = { $0.notBefore = now + 1 } },
        Case("longer than allowed", .chainTooLong, "longer than 2 certificates") { $0.rules.maximumLength = 2 },
    ]

    @Test(arguments: refused)
    func refuses(row: Case) throws {
        var plan = Plan()
        row.change(&plan)
        let problem = try #require(throws: EvidenceProblem.self) { try plan.build() }
        #expect(problem.code == row.code, "\(problem)")
        #expect(problem.reason.contains(row.says), "\(problem)")
    }

    static let accepted: [(String, @Sendable (inout Plan) -> Void)] = [
        (
            "an intermediate for code signing",
            { $0.intermediate = { $0.extensions.append(.purposes([KeyPurpose.codeSigning])) } }
        ),
        (
            "an intermediate for any purpose",
            { $0.intermediate = { $0.extensions.append(.purposes([KeyPurpose.any])) } }
        ),
        ("just enough room in the path", { $0.root = { $0.extensions[0] = .authority(pathLength: 1) } }),
        ("valid at its first second", { $0.leaf = { $0.notBefore = now } }),
        ("valid at its last second", { $0.leaf = { $0.notAfter = now } }),
        (
            "expired where nobody asks",
            {
                $0.leaf = { $0.notAfter = now - 1 }
                $0.moment = nil
            }
        ),
        (
            "an unknown extension that is not critical",
            { $0.leaf = { $0.extensions.append(TestExtension("1.2.3.4", [5, 0])) } }
        ),
        (
            "a critical extension that the caller reads",
            {
                $0.leaf = { $0.extensions.append(TestExtension("1.2.3.4", critical: true, [5, 0])) }
                $0.rules.understoodExtensions = ["1.2.3.4"]
            }
        ),
        ("no identifiers of keys", { $0.leaf = { $0.addsKeyIdentifiers = false } }),
    ]

    @Test(arguments: accepted.indices)
    func accepts(index: Int) throws {
        let (why, change) = Self.accepted[index]
        var plan = Plan()
        change(&plan)
        #expect(throws: Never.self, "\(why)") { try plan.build() }
    }

    static let constraints: [(String, [[UInt8]], [[UInt8]], Bool)] = [
        ("the host of the mail is allowed", [TestGeneralName.email("example.com")], [], true),
        ("the mailbox itself is allowed", [TestGeneralName.email("ci@example.com")], [], true),
        ("another mailbox is allowed", [TestGeneralName.email("cd@example.com")], [], false),
        ("subdomains only are allowed", [TestGeneralName.email(".example.com")], [], false),
        ("a host that looks alike", [TestGeneralName.email("xample.com")], [], false),
        ("the host is excluded", [], [TestGeneralName.email("example.com")], false),
        ("another host is excluded", [], [TestGeneralName.email("example.org")], true),
        (
            "excluded beats allowed", [TestGeneralName.email("example.com")], [TestGeneralName.email("ci@example.com")],
            false
        ),
        ("rules for another form", [TestGeneralName.dns("example.com")], [], true),
        ("one of two rules", [TestGeneralName.email("a.test"), TestGeneralName.email("example.com")], [], true),
        (
            "the subject's own subtree",
            [TestGeneralName.directory(TestName([("2.5.4.6", "US"), ("2.5.4.8", "WA")]))], [], true
        ),
        ("another subtree", [TestGeneralName.directory(TestName([("2.5.4.6", "DE")]))], [], false),
        ("the subject is excluded", [], [TestGeneralName.directory(TestName([("2.5.4.6", "US")]))], false),
    ]

    @Test(arguments: constraints)
    func constrainsNames(why: String, permitted: [[UInt8]], excluded: [[UInt8]], isAllowed: Bool) throws {
        var plan = Plan()
        plan.root = { $0.extensions.append(.nameConstraints(permitted: permitted, excluded: excluded)) }
        if isAllowed {
            #expect(throws: Never.self, "\(why)") { try plan.build() }
        } else {
            let problem = try #require(throws: EvidenceProblem.self, "\(why)") { try plan.build() }
            #expect(problem.code == .nameConstraint && problem.reason.contains("may not certify"), "\(problem)")
        }
    }

    /// A leaf that is trusted by itself is refused unless the rules say otherwise.
    @Test func trustedLeafIsOnlyForWhoAsks() throws {
        let key = try TestKeyPair("own")
        let plan = TestCertificate.leaf(TestName(common: "own"), key: key)
        let leaf = try Certificate(der: plan.signed(by: key, as: plan.subject))
        func build(_ rules: ChainRules) throws -> CertificateChain {
            try CertificateChain.build(leaf: leaf, intermediates: [], roots: [leaf], at: Self.now, rules: rules)
        }
        var rules = ChainRules(purpose: KeyPurpose.codeSigning)
        #expect(throws: EvidenceProblem.self) { try build(rules) }
        rules.allowsTrustedLeaf = true
        #expect(try build(rules).certificates == [leaf])
    }

    /// A root need not have signed itself.
    @Test func anIntermediateMayBeTheRoot() throws {
        let middle = try SigningAuthority.root().intermediate()
        let leaf = try Certificate(
            der: middle.issue(.leaf(TestName(common: "ci"), key: TestKeyPair("leaf")))
        )
        let chain = try CertificateChain.build(
            leaf: leaf,
            intermediates: [],
            roots: [middle.certificate()],
            at: Self.now,
            rules: ChainRules(purpose: KeyPurpose.codeSigning)
        )
        #expect(chain.certificates.count == 2)
    }

    /// Certificates that sign one another in all directions end the search and not the process.
    @Test func aThicketOfIssuersIsBounded() throws {
        let name = TestName(common: "maze")
        let keys = try (0..<12).map { try TestKeyPair("maze \($0)") }
        var intermediates: [Certificate] = []
        for key in keys {
            for issuer in keys.prefix(6) {
                var plan = TestCertificate(
                    name,
                    key: key,
                    extensions: [.authority(), .keyUsage(.certificateSigning)]
                )
                plan.addsKeyIdentifiers = false
                intermediates.append(try Certificate(der: plan.signed(by: issuer, as: name)))
            }
        }
        let leaf = try Certificate(
            der: TestCertificate.leaf(TestName(common: "ci"), key: TestKeyPair("leaf")).signed(by: keys[0], as: name)
        )
        let problem = try #require(throws: EvidenceProblem.self) {
            try CertificateChain.build(
                leaf: leaf,
                intermediates: intermediates,
                roots: [SigningAuthority.root().certificate()],
                at: Self.now
            )
        }
        #expect(problem.code == .chainTooLong, "\(problem)")
    }
}
