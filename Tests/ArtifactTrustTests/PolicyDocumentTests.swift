import ArtifactTrust
import CoreModel
import ManifestTree
import OCIDistribution
import Testing

/// Policies as people write them.
struct PolicyDocumentTests {
    static let first = TestKeys.firstPublicPEM.split(separator: "\n").joined(separator: "\n        ")
    static let second = TestKeys.secondPublicPEM.split(separator: "\n").joined(separator: "\n        ")

    static func parse(_ yaml: String, _ selection: PolicyDocument.Selection = .inline) throws -> PolicyDocument {
        try PolicyDocument(parsing: YAMLReader.documents(yaml).first?.tree, selection)
    }

    /// Two authorities with keys of their own.
    static let authorities = """
        authorities:
        - name: build
          cosign:
            keys:
            - |
              \(TestKeys.firstPublicPEM.replacing("\n", with: "\n      "))
        - name: security
          cosign:
            keys:
            - |
              \(TestKeys.secondPublicPEM.replacing("\n", with: "\n      "))
        """

    @Test func allAuthoritiesVouchUnlessAThresholdSaysOtherwise() async throws {
        let material = NoMaterial()
        let both = try await Self.parse(Self.authorities).rule(named: "both", with: material)
        let one = try await Self.parse(Self.authorities + "\nthreshold: 1").rule(named: "one", with: material)
        let revision = try SignedRevision.signed(by: TestKeys.first())
        let refused = try await revision.verdict(TrustPolicy(both))
        #expect(refused.authorities.map(\.isSatisfied) == [true, false])
        #expect(refused.description.contains("the policy 'both' asks for 2 of 2 authorities, and only build vouched"))
        #expect(try await revision.verdict(TrustPolicy(one)).isVerified)
    }

    @Test func everyRequirementIsRead() async throws {
        let rule = try await Self.parse(
            Self.authorities + """

                threshold: 2
                annotations: {env: prod}
                manifestAnnotations: {team: core}
                signedFor: [registry.test/acme/app, ghcr.io/acme/app]
                minimumAge: 24h
                digests:
                  allow: ["sha256:\(String(repeating: "a", count: 64))"]
                  deny: ["sha256:\(String(repeating: "b", count: 64))"]
                freezeWindows:
                - {from: 2026-12-20T00:00:00Z, to: 2027-01-02T00:00:00+01:00}
                - {days: [Fri, saturday], from: 17:00, to: "24:00", timeZone: Europe/Berlin}
                - {from: "22:00", to: "06:00"}
                """
        ).rule(named: "all", with: NoMaterial())
        #expect(rule.requirements.annotations == ["env": "prod"])
        #expect(rule.requirements.manifestAnnotations == ["team": "core"])
        #expect(rule.requirements.signedFor?.map(\.path) == ["acme/app", "acme/app"])
        #expect(rule.requirements.minimumAge == .seconds(86_400))
        #expect(rule.requirements.allowedDigests?.map(\.short) == ["aaaaaaaaaaaa"])
        #expect(rule.requirements.deniedDigests.map(\.short) == ["bbbbbbbbbbbb"])
        let weekly = try [([5, 6], 61_200, 86_400, "Europe/Berlin"), (Array(0...6), 79_200, 21_600, "UTC")].map {
            FreezeWindow.weekly(
                try #require(WeeklyFreeze(days: Set($0.0), from: Int64($0.1), to: Int64($0.2), zone: $0.3))
            )
        }
        let once = FreezeWindow.once(
            from: try #require(Timestamp("2026-12-20T00:00:00Z")),
            to: try #require(Timestamp("2027-01-01T23:00:00Z"))
        )
        #expect(rule.requirements.freezeWindows == [once] + weekly)
    }

    @Test func requirementsAloneVerifyNothing() async throws {
        let rule = try await Self.parse("minimumAge: 1h").rule(named: "age", with: NoMaterial())
        let revision = try SignedRevision.signed(by: TestKeys.first())
        let verifier = ArtifactVerifier(source: MemorySource(revision: revision))
        var context = TrustContext.test
        context.firstSeen = Timestamp(seconds: context.now.seconds - 3_600)
        let verdict = try await verifier.verify(revision.resolved, policy: TrustPolicy(rule), at: context)
        #expect(!verdict.isVerified)
        #expect(verdict.outcome == .notEnforced(reason: "it asks for nobody's signature"))
        let verified = try #require(VerifiedRevision(verdict))
        #expect(verified.basis == .notEnforced(verdict))
        context.firstSeen = context.now
        let young = try await verifier.verify(revision.resolved, policy: TrustPolicy(rule), at: context)
        #expect(VerifiedRevision(young) == nil)
        let both = try TrustPolicy(rules: [rule] + policy(("cosign.pub", TestKeys.first())).rules)
        context.firstSeen = Timestamp(seconds: 0)
        #expect(try await verifier.verify(revision.resolved, policy: both, at: context).isVerified)
    }

    static let wrong: [(String, String)] = [
        ("", "spec is not a map"), ("threshold: 1", "spec.threshold is 1, and there are 0 authorities"),
        ("{}", "spec.authorities is empty, and the policy asks for nothing else"),
        ("authorities: 3", "spec.authorities is not a list"),
        ("authoritys: []", "spec.authoritys is not a field of a policy"),
        ("repositories: [ghcr.io/**]", "spec.repositories is not a field"),
        ("mode: warn", "spec.mode is not a field of a policy"),
        ("authorities: [3]", "spec.authorities[0] is not a map"),
        ("authorities: [{cosign: {}}]", "spec.authorities[0].name is missing"),
        ("authorities: [{name: a}]", "needs one of cosign and notation"),
        ("authorities: [{name: a, cosign: {}, notation: {}}]", "needs one of cosign and notation"),
        (
            "authorities: [{name: a, cosign: {}}]",
            "spec.authorities[0].cosign names nobody; set secretRef, keys or identities"
        ),
        (
            "authorities: [{name: a, cosign: {keys: [x]}}]",
            "spec.authorities[0].cosign.keys[0] is not a usable public key"
        ),
        ("authorities: [{name: a, cosign: {identities: []}}]", "spec.authorities[0].cosign.identities cannot be used"),
        (
            "authorities: [{name: a, cosign: {identities: [{issuer: i}]}}]",
            "identities[0] needs one of subject and subjectRegExp"
        ),
        (
            "authorities: [{name: a, cosign: {identities: [{issuer: i, issuerRegExp: j, subject: s}]}}]",
            "needs one of issuer and"
        ),
        ("authorities: [{name: a, cosign: {identities: [{issuer: '', subject: s}]}}]", "empty issuer"),
        (
            "authorities: [{name: a, cosign: {identities: [{issuer: i, subjectRegExp: '('}]}}]",
            "subjectRegExp is an expression that"
        ),
        (
            "authorities: [{name: a, cosign: {anyIdentity: true, identities: [{issuer: i, subject: s}]}}]",
            "and identities are listed"
        ),
        ("authorities: [{name: a, cosign: {secretRef: {name: s}, anyIdentity: true}}]", "names keys and identities"),
        ("authorities: [{name: a, cosign: {secretRef: {}}}]", "cosign.secretRef.name is missing"),
        (
            "authorities: [{name: a, cosign: {secretRef: {name: s}, transparencyLog: maybe}}]",
            "is neither required nor optional"
        ),
        (
            "authorities: [{name: a, cosign: {secretRef: {name: s}, trustedRoot: '{}'}}]",
            "a trusted root changes nothing for keys"
        ),
        (
            "authorities: [{name: a, cosign: {secretRef: {name: s}}}, {name: a, cosign: {secretRef: {name: s}}}]",
            "two of the name \"a\""
        ),
        (
            "threshold: 2\nauthorities: [{name: a, cosign: {secretRef: {name: s}}}]",
            "spec.threshold is 2, and there are 1"
        ),
        (
            "threshold: 0\nauthorities: [{name: a, cosign: {secretRef: {name: s}}}]",
            "spec.threshold is 0, and there are 1"
        ),
        ("threshold: '1'\nauthorities: [{name: a, cosign: {secretRef: {name: s}}}]", "is not a whole number"),
        ("authorities: [{name: a, notation: {}}]", "spec.authorities[0].notation.secretRef is missing"),
        ("authorities: [{name: a, notation: {secretRef: {}}}]", "notation.secretRef.name is missing"),
        (
            "authorities: [{name: a, notation: {secretRef: {name: s}}, attestations: []}]",
            "attestations belongs to cosign"
        ),
        ("minimumAge: a day", "spec.minimumAge is \"a day\", which is no duration"),
        ("minimumAge: 0s", "spec.minimumAge is \"0s\", which holds up nothing"),
        ("minimumAge: -24h", "spec.minimumAge is \"-24h\", which"),
        ("annotations: {a: 1}", "spec.annotations.a is not text"),
        ("digests: {allow: [latest]}", "spec.digests.allow holds \"latest\""),
        ("signedFor: ['ghcr.io']", "spec.signedFor holds \"ghcr.io\""),
        ("digests: {only: []}", "spec.digests.only is not a field"),
        ("freezeWindows: [{from: '17:00'}]", "spec.freezeWindows[0].to is missing"),
        ("freezeWindows: [{from: '17:00', to: '2026-12-20T00:00:00Z'}]", "freezeWindows[0].to is neither a time"),
        ("freezeWindows: [{from: '2026-12-20T00:00:00Z', to: '17:00'}]", "freezeWindows[0].to is neither"),
        ("freezeWindows: [{from: '25:00', to: '17:00'}]", "freezeWindows[0].from is neither"),
        ("freezeWindows: [{from: '2026-12-20T00:00:00Z', to: '2026-12-20T00:00:00Z'}]", "is not after from"),
        ("freezeWindows: [{from: '2026-12-20T00:00:00Z', to: '2026-12-21T00:00:00Z', days: [Mon]}]", "belong to hours"),
        ("freezeWindows: [{from: '17:00', to: '17:00'}]", "is the same as from"),
        ("freezeWindows: [{from: '17:00', to: '18:00', days: [Moon]}]", "\"Moon\""),
        ("freezeWindows: [{from: '17:00', to: '18:00', timeZone: Mars/Olympus}]", "which is no known zone"),
        (
            "freezeWindows: [{from: '2026-02-30T00:00:00Z', to: '2026-03-30T00:00:00Z'}]",
            "freezeWindows[0].from is neither"
        ),
    ]

    @Test(arguments: wrong)
    func namesTheFieldThatIsWrong(yaml: String, says: String) throws {
        let error = try #require(throws: TrustError.self, "\(yaml)") { try Self.parse(yaml) }
        #expect(error.kind == .terminal)
        #expect(error.description.contains(says), "\(yaml): \(error)")
    }

    static let attested: [(String, String)] = [
        ("{}", "attestations[0].predicateType is missing"),
        ("{predicateType: t, mode: x}", "attestations[0].mode is not a field"),
        ("{predicateType: t, builder: b}", "is no SLSA provenance"),
        ("{predicateType: t, expressions: ['a ==']}", "expressions[0] cannot be read"),
        ("{predicateType: t, expressions: ['subject == 1']}", "an expression about \"subject\""),
        ("{predicateType: https://slsa.dev/provenance/v1, source: acme}", "is no repository"),
        ("{predicateType: https://slsa.dev/provenance/v1, builder: 'a**'}", "'**' beside other"),
    ]

    @Test(arguments: attested)
    func namesWhatIsWrongWithAnAttestation(yaml: String, says: String) throws {
        let error = try #require(throws: TrustError.self, "\(yaml)") {
            try Self.parse("authorities: [{name: a, cosign: {secretRef: {name: s}}, attestations: [\(yaml)]}]")
        }
        #expect(error.description.contains(says), "\(yaml): \(error)")
        #expect(error.description.hasPrefix("spec.authorities[0].attestations[0]"), "\(error)")
    }

    @Test func aFileHoldsPoliciesAndSecrets() async throws {
        let file = """
            apiVersion: sluice.dev/v1alpha1
            kind: ClusterVerificationPolicy
            metadata: {name: acme}
            spec:
              repositories: ["registry.test/acme/**"]
              authorities:
              - name: build
                cosign: {secretRef: {name: keys, namespace: sluice}}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: keys}
            data:
              cosign.pub: \(Base64.encode(Array(TestKeys.firstPublicPEM.utf8)))
            ---
            apiVersion: sluice.dev/v1alpha1
            kind: VerificationPolicy
            metadata: {name: other}
            spec:
              repositories: ["registry.test/other"]
              authorities:
              - name: build
                cosign: {secretRef: {name: missing}}
            """
        let policies = try PolicyFile(parsing: Array(file.utf8), source: "policy.yaml")
        #expect(policies.entries.map(\.name) == ["ClusterVerificationPolicy/acme", "VerificationPolicy/other"])
        let rules = try await policies.rules(for: Repository(parsing: "registry.test/acme/app"))
        #expect(rules.map(\.name) == ["ClusterVerificationPolicy/acme"])
        #expect(try await SignedRevision.signed(by: TestKeys.first()).verdict(TrustPolicy(rules: rules)).isVerified)
        #expect(try await policies.rules(for: Repository(parsing: "registry.test/third")).isEmpty)
        let error = try await #require(throws: TrustError.self) {
            try await policies.rules(for: Repository(parsing: "registry.test/other"))
        }
        #expect(
            error.description.contains("spec.authorities[0].cosign.secretRef names the Secret 'missing'"),
            "\(error)"
        )
    }

    static let files: [(String, String)] = [
        ("", "holds no VerificationPolicy"), ("a: [", "cannot be read"),
        ("apiVersion: v1\nkind: ConfigMap", "holds \"v1\" \"ConfigMap\""),
        ("apiVersion: sluice.dev/v9\nkind: VerificationPolicy\nspec: {}", "holds \"sluice.dev/v9\""),
        ("apiVersion: evil.test/v1\nkind: VerificationPolicy\nspec: {}", "holds \"evil.test/v1\""),
        (
            "apiVersion: sluice.dev/v1alpha1\nkind: VerificationPolicy\nmetadata: {name: a}",
            "VerificationPolicy/a: spec is not a map"
        ),
        (
            "apiVersion: sluice.dev/v1alpha1\nkind: VerificationPolicy\nmetadata: {name: a}\nspec: {minimumAge: 1h}",
            "spec.repositories is empty"
        ),
    ]

    @Test(arguments: files)
    func refusesWhatIsNoPolicyFile(text: String, says: String) throws {
        let error = try #require(throws: TrustError.self, "\(text)") {
            try PolicyFile(parsing: Array(text.utf8), source: "policy.yaml")
        }
        #expect(error.description.contains(says), "\(text): \(error)")
    }
}

/// Has nothing that a policy may name.
struct NoMaterial: PolicyMaterial {
    func entries(of secret: SecretName, field: String) async throws -> [String: [UInt8]] {
        throw TrustError(.invalidPolicy, "\(field) is not there")
    }

    func trustedRoot(_ secret: SecretName?, field: String) async throws -> [UInt8] {
        throw TrustError(.invalidPolicy, "\(field) is not there")
    }
}
