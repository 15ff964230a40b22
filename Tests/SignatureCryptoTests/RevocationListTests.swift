import CoreModel
import SignatureCrypto
import TestSupport
import Testing

/// Lists of revoked certificates.
struct RevocationListTests {
    static let now: Int64 = 1_750_000_000

    @Test func tellsWhoIsRevoked() throws {
        let root = try SigningAuthority.root()
        let plan = TestCertificate.leaf(TestName(common: "ci"), key: try TestKeyPair("leaf"))
        let leaf = try Certificate(der: root.issue(plan))
        var list = TestRevocationList()
        let since = TestExtension("2.5.29.24", DERWriter.generalizedTime(Self.now - 50))
        let reason = TestExtension("2.5.29.21", DERWriter.tagged(0x0A, [1]))
        list.entries = [([7], Self.now, []), (plan.serial, Self.now - 10, [reason, since])]
        let read = try CertificateRevocationList(der: list.signed(by: root))
        try read.verify(issuer: root.certificate(), at: Self.now)
        #expect(read.isRevoked(leaf))
        let entry = try #require(read.revocation(of: leaf.serialNumber))
        #expect(entry.date == Self.now - 10 && entry.reason == 1 && entry.invalidSince == Self.now - 50)
        #expect(read.revocation(of: [8]) == nil)
        let other = try SigningAuthority.root("another root")
        #expect(!read.isRevoked(try Certificate(der: other.issue(plan))), "the same number of another issuer")
    }

    static let refused: [(String, EvidenceProblem.Code, @Sendable (inout TestRevocationList) -> Void)] = [
        ("a bent signature", .revocationListSignature, { $0.editSignature = { $0 + [0] } }),
        ("not yet", .revocationListOutdated, { $0.thisUpdate = now + 1 }),
        ("no longer", .revocationListOutdated, { $0.nextUpdate = now - 1 }),
        ("without an end", .revocationListOutdated, { $0.nextUpdate = nil }),
        (
            "a delta list", .unknownCritical,
            { $0.extensions = [TestExtension("2.5.29.27", critical: true, DERWriter.integer(1))] }
        ),
        (
            "a partition", .unknownCritical,
            { $0.extensions = [TestExtension("2.5.29.28", critical: true, DERWriter.sequence())] }
        ),
        (
            "an entry of another issuer", .unknownCritical,
            {
                let issuer = DERWriter.sequence(TestGeneralName.directory(TestName(common: "another")))
                $0.entries = [([7], now, [TestExtension("2.5.29.29", critical: true, issuer)])]
            }
        ),
    ]

    @Test(arguments: refused.indices)
    func refuses(index: Int) throws {
        let (why, code, change) = Self.refused[index]
        let root = try SigningAuthority.root()
        var list = TestRevocationList()
        change(&list)
        let problem = try #require(throws: EvidenceProblem.self, "\(why)") {
            try CertificateRevocationList(der: list.signed(by: root))
                .verify(issuer: root.certificate(), at: Self.now)
        }
        #expect(problem.code == code, "\(why): \(problem)")
    }

    @Test func isNobodyElsesList() throws {
        let root = try SigningAuthority.root()
        let list = try CertificateRevocationList(der: TestRevocationList().signed(by: root))
        let other = try SigningAuthority.root("another root").certificate()
        let problem = try #require(throws: EvidenceProblem.self) { try list.verify(issuer: other, at: Self.now) }
        #expect(problem.code == .revocationListIssuer)
        let mute = try SigningAuthority.root { $0.extensions[1] = .keyUsage(.certificateSigning) }
        let second = try #require(throws: EvidenceProblem.self) {
            try list.verify(issuer: mute.certificate(), at: Self.now)
        }
        #expect(second.code == .revocationListIssuer && second.reason.contains("not for revocation lists"))
    }

    @Test func openSSLReadsOursAndWeReadIts() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let root = try SigningAuthority.root()
        var list = TestRevocationList()
        list.entries = [([7], Self.now, [TestExtension("2.5.29.21", DERWriter.tagged(0x0A, [1]))])]
        try tool.write(list.signed(by: root), to: "list")
        try tool.write(Array(root.pem.utf8), to: "root.pem")
        try tool.run(["crl", "-inform", "DER", "-in", "list", "-CAfile", "root.pem", "-noout"])
        let configuration = "[ca]\ndefault_ca=own\n[own]\ndatabase=index\ndefault_md=sha256\ncrlnumber=number\n"
        try tool.write(Array(configuration.utf8), to: "ca.cnf")
        try tool.write(Array("R\t400101000000Z\t250101000000Z,keyCompromise\t0A\tunknown\t/CN=x\n".utf8), to: "index")
        try tool.write(Array("01\n".utf8), to: "number")
        try tool.write(Array(root.key.privatePEM.utf8), to: "root.key")
        try tool.run([
            "ca", "-config", "ca.cnf", "-gencrl", "-crldays", "30", "-cert", "root.pem", "-keyfile", "root.key", "-out",
            "made.pem",
        ])
        let der = try tool.run(["crl", "-in", "made.pem", "-outform", "DER"])
        let read = try CertificateRevocationList(der: der)
        try read.verify(issuer: root.certificate(), at: Timestamp.now().seconds)
        #expect(read.revocation(of: [10])?.reason == 1)
    }
}
