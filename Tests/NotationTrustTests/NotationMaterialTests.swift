import CoreModel
import ManifestTree
import SignatureCrypto
import TestSupport
import Testing

@testable import NotationTrust

/// Which entries of a Secret become what.
struct NotationMaterialTests {
    static let policy = TrustPolicyDocumentTests.document(
        TrustPolicyDocumentTests.statement([("trustStores", ["ca:acme", "ca:other.co", "tsa:acme"])])
    ).jsonBytes()

    /// Made once: ECDSA is random, and so a certificate is another one each time.
    static let roots = Result {
        [
            "Sluice test root": try SigningAuthority.root("Sluice test root"),
            "Two": try SigningAuthority.root("Two"),
        ]
    }

    static func certificate(_ name: String = "Sluice test root") throws -> Certificate {
        try #require(roots.get()[name]).certificate()
    }
    static func pem(_ name: String = "Sluice test root") throws -> [UInt8] {
        Array(try #require(roots.get()[name]).pem.utf8)
    }

    static func material(_ entries: [String: [UInt8]], policy: [UInt8]? = policy) throws -> NotationMaterial {
        var entries = entries
        if let policy { entries["trustpolicy.json"] = policy }
        return try NotationMaterial(source: "the Secret 'a/b'", entries: entries)
    }

    @Test func plainEntriesBelongToEveryStoreAsWithFlux() throws {
        let entries = ["ca.crt": try Self.pem(), "more.pem": try Self.pem("Two"), "readme.txt": [1]]
        let stores = try Self.material(entries).stores
        #expect(Set(stores.shared) == [try Self.certificate(), try Self.certificate("Two")])
        #expect(stores.named.isEmpty)
        #expect(stores.certificates(in: [TrustStoreName(.ca, "acme")]).count == 2)
        #expect(stores.certificates(in: []).isEmpty)
    }

    static let named: [(String, TrustStoreName?)] = [
        ("ca.acme.crt", TrustStoreName(.ca, "acme")), ("ca.acme.2.pem", TrustStoreName(.ca, "acme")),
        ("ca.other.co.crt", TrustStoreName(.ca, "other.co")), ("tsa.acme.cer", TrustStoreName(.tsa, "acme")),
        ("truststore/x509/ca/elsewhere/a.crt", TrustStoreName(.ca, "elsewhere")), ("ca.crt", nil), ("tsa.pem", nil),
        ("acme.crt", nil), ("ca.unknown.crt", nil), ("signingAuthority.acme.crt", nil),
    ]

    @Test(arguments: named)
    func namesSayWhichStore(name: String, store: TrustStoreName?) throws {
        let stores = try Self.material([name: Self.pem()]).stores
        let all = [try Self.certificate()]
        #expect(stores.named == (store.map { [$0: all] } ?? [:]))
        #expect(stores.shared == (store == nil ? all : []))
    }

    @Test func aMisspeltStoreIsNotShared() throws {
        let entries = ["ca.acme.crt": try Self.pem(), "ca.acmee.crt": try Self.pem("Two")]
        let error = #expect(throws: NotationError.self) { try Self.material(entries) }
        #expect(error?.code == .invalidStore && error?.message.contains("'ca.acmee.crt'") == true)
    }

    @Test func filesBelowOrBesideStoresAreLeftAlone() throws {
        let entries = [
            "truststore/x509/ca/acme/sub/a.crt": try Self.pem(), "truststore/x509/root/acme/a.crt": try Self.pem(),
            "truststore/x509/ca/acme/a.txt": try Self.pem(), "truststore/pgp/ca/acme/a.crt": try Self.pem(),
        ]
        #expect(try Self.material(entries).stores == NotationTrustStores())
    }

    @Test func readsDERAndSeveralInOneFile() throws {
        let (one, two) = (try Self.certificate(), try Self.certificate("Two"))
        for bytes in [one.der + two.der, try Self.pem() + Self.pem("Two")] {
            #expect(Set(try Self.material(["all.crt": bytes]).stores.shared) == [one, two])
        }
    }

    @Test func readsRevocationLists() throws {
        let der = try TestRevocationList().signed(by: .root())
        let pem = Array(TestKeyPair.pem("X509 CRL", der).utf8)
        for bytes in [der, pem] {
            #expect(try Self.material(["a.crl": bytes]).stores.revocationLists.count == 1)
        }
    }

    @Test func theDocumentForArtifactsComesFirst() throws {
        let other = TrustPolicyDocumentTests.document(TrustPolicyDocumentTests.statement([("name", "other")]))
        let material = try Self.material(["trustpolicy.oci.json": other.jsonBytes()])
        #expect(material.document.statements[0].name == "other")
    }

    static let broken: [(String, [UInt8])] = [
        ("a.crt", []), ("a.crt", Array("x".utf8)), ("a.pem", [0x30, 3, 1]), ("a.crl", [0x30, 0]), ("a.crl", [1]),
        ("a.crt", Array(TestKeyPair.pem("PUBLIC KEY", [1, 2]).utf8)),
    ]

    @Test(arguments: broken)
    func namesTheEntryThatCannotBeUsed(name: String, bytes: [UInt8]) {
        let error = #expect(throws: NotationError.self) { try Self.material([name: bytes]) }
        #expect(error?.code == .invalidStore)
        #expect(error?.message.contains("The entry '\(name)' of the Secret 'a/b'") == true, "\(error?.message ?? "")")
    }

    @Test func asksForADocument() {
        let error = #expect(throws: NotationError.self) { try Self.material([:], policy: nil) }
        #expect(error?.code == .invalidPolicy && error?.message.contains("trustpolicy.json") == true)
    }

    @Test func theFingerprintFollowsWhatDecides() throws {
        let base = try Self.material(["a.crt": Self.pem()]).fingerprint
        #expect(try Self.material(["renamed.pem": Self.pem()]).fingerprint == base)
        let changed = [
            try Self.material(["a.crt": Self.pem("Two")]).fingerprint,
            try Self.material(["ca.acme.crt": Self.pem()]).fingerprint,
            try Self.material(["a.crt": Self.pem(), "b.crt": Self.pem("Two")]).fingerprint,
            try Self.material(["a.crt": Self.pem(), "a.crl": TestRevocationList().signed(by: .root())]).fingerprint,
            try Self.material(
                ["a.crt": Self.pem()],
                policy: TrustPolicyDocumentTests.identities("*").jsonBytes()
            ).fingerprint,
        ]
        #expect(Set(changed + [base]).count == 6)
    }
}
