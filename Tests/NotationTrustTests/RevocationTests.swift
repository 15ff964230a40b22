import CoreModel
import ManifestTree
import SignatureCrypto
import TestSupport
import Testing

@testable import NotationTrust

/// What lists of revoked certificates do to a signature.
struct RevocationTests {
    static let now = SignedArtifact.now.seconds
    static let day: Int64 = 86_400

    /// The authorities of `TestChain()`, again: keys and names depend on nothing but their names.
    static func root() throws -> SigningAuthority { try SigningAuthority.root() }
    static func intermediate() throws -> SigningAuthority {
        try root().intermediate("Sluice test intermediate of Sluice test root")
    }

    /// A certificate that says where lists are published.
    static let pointed: TestChain.Change = { $0.extensions.append(TestExtension("2.5.29.31", [0x30, 0])) }

    static func serial(_ der: [UInt8]) throws -> [UInt8] { try Certificate(der: der).serialNumber }

    static func extra(reason: UInt8? = nil, invalidSince: Int64? = nil) -> [TestExtension] {
        var extensions: [TestExtension] = []
        if let reason { extensions.append(TestExtension("2.5.29.21", [10, 1, reason])) }
        if let invalidSince {
            extensions.append(TestExtension("2.5.29.24", DERWriter.generalizedTime(invalidSince, fraction: "")))
        }
        return extensions
    }

    /// A list of now.
    static func list(
        by authority: SigningAuthority,
        _ entries: [TestRevocationList.Entry] = [],
        change: (inout TestRevocationList) -> Void = { _ in }
    ) throws -> CertificateRevocationList {
        var list = TestRevocationList()
        (list.thisUpdate, list.nextUpdate) = (now - day, now + day)
        list.entries = entries
        change(&list)
        return try CertificateRevocationList(der: list.signed(by: authority))
    }

    struct Row: Sendable, CustomTestStringConvertible {
        /// Nil where the signature counts.
        let reason: String?
        let why: String
        var leaf: TestChain.Change = { _ in }
        let lists: @Sendable (TestChain) throws -> [CertificateRevocationList]
        var testDescription: String { why }
    }

    static let rows = [
        Row(reason: nil, why: "no lists, and none are named") { _ in [] },
        Row(reason: nil, why: "a list without entries", leaf: pointed) { _ in [try list(by: intermediate())] },
        Row(reason: nil, why: "a list of others", leaf: pointed) { _ in
            [try list(by: intermediate(), [(serial: [9], date: now - 5, extensions: [])])]
        },
        Row(reason: "add one as *.crl", why: "a list is named, and none is there", leaf: pointed) { _ in [] },
        Row(
            reason: "add one as *.crl",
            why: "a responder is named, and no list is there",
            leaf: {
                let uri = TestGeneralName.uri("http://ocsp.test")
                let access = DERWriter.sequence(DERWriter.oid("1.3.6.1.5.5.7.48.1"), uri)
                $0.extensions.append(TestExtension("1.3.6.1.5.5.7.1.1", DERWriter.sequence(access)))
            }
        ) { _ in [] },
        Row(
            reason: nil,
            why: "only where the issuer's certificate is to be had",
            leaf: {
                let uri = TestGeneralName.uri("http://ca.test")
                let access = DERWriter.sequence(DERWriter.oid("1.3.6.1.5.5.7.48.2"), uri)
                $0.extensions.append(TestExtension("1.3.6.1.5.5.7.1.1", DERWriter.sequence(access)))
            }
        ) { _ in [] },
        Row(reason: "was revoked at", why: "the signer's certificate") {
            [try list(by: intermediate(), [(serial: serial($0.certificates[0]), date: now - 5, extensions: [])])]
        },
        Row(reason: "was revoked at", why: "the intermediate's certificate") {
            [try list(by: root(), [(serial: serial($0.certificates[1]), date: now - 5, extensions: [])])]
        },
        Row(reason: "was revoked at", why: "the root's own certificate") {
            [try list(by: root(), [(serial: serial($0.root), date: now - 5, extensions: [])])]
        },
        Row(reason: "was revoked at", why: "on hold") {
            [
                try list(
                    by: intermediate(),
                    [(serial: serial($0.certificates[0]), date: now - 5, extensions: extra(reason: 6))]
                )
            ]
        },
        Row(reason: nil, why: "on hold once, and let go in a newer list", leaf: pointed) { chain in
            let held = try list(
                by: intermediate(),
                [(serial: serial(chain.certificates[0]), date: now - 5, extensions: extra(reason: 6))]
            ) { $0.thisUpdate -= day }
            return [try list(by: intermediate()), held]
        },
        Row(reason: "was revoked at", why: "in an older list, for good") { chain in
            let old = try list(
                by: intermediate(),
                [(serial: serial(chain.certificates[0]), date: now - 5, extensions: extra(reason: 1))]
            ) { $0.thisUpdate -= day }
            return [try list(by: intermediate()), old]
        },
        Row(reason: "was revoked at", why: "in a list that has run out") { chain in
            [
                try list(
                    by: intermediate(),
                    [(serial: serial(chain.certificates[0]), date: now - 5, extensions: [])]
                ) { $0.nextUpdate = now - 1 }
            ]
        },
        Row(reason: "ran out at", why: "a list that has run out", leaf: pointed) { _ in
            [try list(by: intermediate()) { $0.nextUpdate = now - 1 }]
        },
        Row(reason: "does not say until when", why: "a list without an end", leaf: pointed) { _ in
            [try list(by: intermediate()) { $0.nextUpdate = nil }]
        },
        Row(reason: "add one as *.crl", why: "a forged list", leaf: pointed) { _ in
            [try list(by: intermediate()) { $0.editSignature = { $0.reversed() } }]
        },
        Row(reason: "add one as *.crl", why: "a list of an authority with the same name", leaf: pointed) { _ in
            let name = try intermediate().name
            return [try list(by: SigningAuthority.root("imposter") { $0.subject = name })]
        },
        Row(reason: "was revoked at", why: "invalid since then, but nothing proves that it was signed before") {
            [
                try list(
                    by: intermediate(),
                    [(serial: serial($0.certificates[0]), date: now - 5, extensions: extra(invalidSince: now - 5))]
                )
            ]
        },
    ]

    @Test(arguments: rows)
    func listsDecide(_ row: Row) throws {
        let chain = try TestChain(leaf: row.leaf)
        var stores = NotationTrustStores()
        stores.add([try Certificate(der: chain.root)], to: TrustStoreName(.ca, "acme"))
        stores.add(try row.lists(chain))
        let signed = try SignedArtifact(chain: chain)
        let result = try signed.result(TestStatement.parse(), stores: stores)
        if let expected = row.reason {
            guard case .refused(let reason) = result.conclusion else {
                Issue.record("\(result.conclusion)")
                return
            }
            #expect(reason.contains(expected) && reason.contains("(revocation)"), "\(reason)")
        } else {
            #expect(result.conclusion == .verified, "\(result)")
        }
        let skipping = try TestStatement.parse(level: ["level": "strict", "override": ["revocation": "skip"]])
        #expect(try signed.result(skipping, stores: stores).conclusion == .verified)
        let permissive = try signed.result(TestStatement.parse(level: ["level": "permissive"]), stores: stores)
        #expect(permissive.conclusion == .verified)
        #expect(permissive.warnings.count == (row.reason == nil ? 0 : 1))
    }

    @Test func whatWasSignedBeforeTheKeyWasLostCountsWhereThatIsProven() throws {
        let chain = try TestChain()
        let entry = (serial: try Self.serial(chain.certificates[0]), date: Self.now - 5)
        let statement = try TestStatement.parse(stores: ["signingAuthority:acme"])
        var signed = try SignedArtifact(chain: chain)
        for (signedAt, isGood) in [(Self.now - 11, true), (Self.now - 10, false)] {
            let extra = Self.extra(reason: 1, invalidSince: Self.now - 10)
            var stores = NotationTrustStores()
            stores.add([try Certificate(der: chain.root)], to: TrustStoreName(.signingAuthority, "acme"))
            stores.add([try Self.list(by: Self.intermediate(), [(entry.serial, entry.date, extra)])])
            signed.say(scheme: .signingAuthority, time: Timestamp(seconds: signedAt))
            let conclusion = try signed.result(statement, stores: stores).conclusion
            #expect((conclusion == .verified) == isGood, "\(conclusion)")
        }
    }

    @Test func aRevokedTimestampingAuthorityProvesNothing() throws {
        let signed = try TimestampTests.stamped()
        let authority = try TimestampTests.authority()
        let own = try TestTimestamper(below: authority).certificate
        var stores = try TimestampTests.stores(signed.chain)
        stores.add([try Self.list(by: authority, [(serial: Self.serial(own), date: Self.now - 5, extensions: [])])])
        let result = try signed.result(TestStatement.parse(stores: TimestampTests.names), stores: stores)
        guard case .refused(let reason) = result.conclusion else {
            Issue.record("\(result.conclusion)")
            return
        }
        #expect(reason.contains("its timestamp proves nothing") && reason.contains("was revoked at"), "\(reason)")
    }
}
