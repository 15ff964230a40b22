import ManifestTree
import SluiceAPI
import TestSupport
import Testing

@testable import SourceReconciliation

/// What `transparencyLog` of a policy asks of signatures with certificates and with keys.
struct TransparencyLogTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let why: String
        var hasKey = false
        /// What the policy says; nil for nothing.
        var log: String?
        var isLogged = false
        var hasTimestamp = false
        let isVerified: Bool

        var testDescription: String { why }
    }

    static let rows: [Row] = [
        Row(why: "an identity, logged", isLogged: true, isVerified: true),
        Row(why: "an identity with a timestamp alone", hasTimestamp: true, isVerified: false),
        Row(why: "required of an identity", log: "required", isLogged: true, isVerified: true),
        Row(why: "required of an identity, and not there", log: "required", hasTimestamp: true, isVerified: false),
        Row(why: "optional for an identity with a timestamp", log: "optional", hasTimestamp: true, isVerified: true),
        Row(why: "optional for an identity, and nothing says when", log: "optional", isVerified: false),
        Row(why: "optional for an identity that is logged", log: "optional", isLogged: true, isVerified: true),
        Row(why: "a key, not logged", hasKey: true, isVerified: true),
        Row(why: "optional for a key", hasKey: true, log: "optional", isVerified: true),
        Row(why: "required of a key, and not there", hasKey: true, log: "required", isVerified: false),
        Row(
            why: "required of a key with a timestamp",
            hasKey: true,
            log: "required",
            hasTimestamp: true,
            isVerified: false
        ),
        Row(why: "required of a key", hasKey: true, log: "required", isLogged: true, isVerified: true),
    ]

    private static func cosign(_ row: Row, _ mill: SigstoreMill) throws -> Tree {
        var cosign: Tree = [:]
        if row.hasKey {
            cosign["keys"] = [.string(mill.signer.publicPEM)]
        } else {
            let issuer = Tree.string(SigstoreMill.Identity().issuer)
            cosign["identities"] = [["issuer": issuer, "subject": .string(SigstoreMill.Identity.subject)]]
        }
        cosign["transparencyLog"] = row.log.map { .string($0) }
        // A root that would change nothing is refused.
        if !row.hasKey || row.log == "required" {
            cosign["trustedRoot"] = .string(try mill.trustedRoot().jsonString())
        }
        return cosign
    }

    @Test(arguments: rows)
    func asksWhatThePageSays(row: Row) async throws {
        let (mill, fixture) = (try SigstoreMill(), try SourceFixture())
        let pushed = try fixture.push(["a.yaml": "a: 1"])
        let statement = SourceFixture.statement(of: pushed)
        let logging: SigstoreMill.Logging = row.isLogged ? .envelope : .none
        var bundle =
            try row.hasKey
            ? mill.keyBundle(statement, logging: logging) : mill.bundle(statement, logging: logging)
        if row.hasTimestamp { bundle.timestamps = [try mill.stamp(bundle.signature)] }
        try fixture.attach(bundle, to: pushed)
        fixture.setPolicy(["authorities": [["name": "release", "cosign": try Self.cosign(row, mill)]]])
        fixture.create()
        try await fixture.reconcile()
        #expect(
            fixture.conditions == (row.isVerified ? VerificationTests.verified : VerificationTests.refused),
            "\(fixture.message("Ready"))"
        )
    }
}
