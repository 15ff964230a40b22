import CoreModel
import SignatureCrypto
import TestSupport
import Testing

/// Reading single certificates.
struct CertificateTests {
    static let name = TestName(common: "ci")

    static func plan() throws -> TestCertificate {
        .leaf(name, key: try TestKeyPair("leaf"), names: [TestGeneralName.email("ci@example.com")])
    }

    @Test func readsEveryField() throws {
        let root = try SigningAuthority.root()
        var plan = try Self.plan()
        plan.extensions.append(
            .names(
                [
                    TestGeneralName.dns("a.example"), TestGeneralName.uri("https://a.example/x"),
                    TestGeneralName.ip([127, 0, 0, 1]), TestGeneralName.directory(Self.name),
                    TestGeneralName.other("1.3.6.1.4.1.57264.1.7", DERWriter.utf8("someone")),
                ]
            )
        )
        plan.extensions.remove(at: 2)
        let leaf = try Certificate(der: root.issue(plan))
        #expect(leaf.subject.description == "CN=ci,O=Sluice test,ST=WA,C=US")
        #expect(leaf.issuer.description == "CN=Sluice test root,O=Sluice test,ST=WA,C=US")
        #expect(leaf.serialNumber == plan.serial)
        #expect(leaf.notBefore == TestCertificate.start && leaf.notAfter == TestCertificate.end)
        #expect(leaf.keyUsage == .digitalSignature && leaf.extendedKeyUsages == [KeyPurpose.codeSigning])
        #expect(!leaf.isCA && leaf.pathLength == nil && leaf.signatureScheme == .ecdsa(.sha256))
        #expect(leaf.publicKey == (try TestKeyPair("leaf")).publicKey)
        #expect(leaf.authorityKeyIdentifier == (try root.certificate()).subjectKeyIdentifier)
        #expect(leaf.alternativeNames.count == 5)
        #expect(leaf.alternativeNames.first == .dns("a.example"))
        #expect(leaf.alternativeNames.last == .other("1.3.6.1.4.1.57264.1.7", DERWriter.utf8("someone")))
        #expect(try leaf.isSigned(by: root.key.publicKey))
        #expect(try !leaf.isSigned(by: leaf.publicKey))
        #expect(try root.certificate().isCA && root.certificate().isSelfIssued)
        #expect(try Certificate.list(pem: Array((root.pem + "text\n" + root.pem).utf8)).count == 2)
    }

    @Test(arguments: TestKeyPair.Kind.allCases)
    func everyKindOfKeySigns(kind: TestKeyPair.Kind) throws {
        let root = try SigningAuthority.root(key: kind)
        let leaf = try Certificate(der: root.issue(Self.plan()))
        #expect(leaf.signatureScheme == root.key.scheme)
        #expect(try leaf.isSigned(by: root.key.publicKey))
    }

    /// The extension that a log's promise is in goes, everything else stays to the byte.
    @Test func leavesOneExtensionOut() throws {
        let root = try SigningAuthority.root()
        var plan = try Self.plan()
        let without = try Certificate(der: root.issue(plan))
        let promise = TestExtension(CertificateExtension.signedTimestamps, [4, 2, 0, 0])
        plan.extensions.insert(promise, at: 1)
        let with = try Certificate(der: root.issue(plan))
        #expect(with.tbs(without: CertificateExtension.signedTimestamps) == without.tbsBytes)
        #expect(with.tbs(without: "1.2.3") == with.tbsBytes)
    }

    struct Defect: Sendable, CustomTestStringConvertible {
        let why: String
        let code: EvidenceProblem.Code
        let says: String
        let change: @Sendable (inout TestCertificate) throws -> Void
        var testDescription: String { why }
        init(
            _ why: String,
            _ code: EvidenceProblem.Code = .malformed,
            says: String,
            _ change: @escaping @Sendable (inout TestCertificate) throws -> Void
        ) {
            (self.why, self.code, self.says, self.change) = (why, code, says, change)
        }
    }

    static let defects: [Defect] = [
        Defect("version 1", says: "not of X.509 version 3") { $0.version = 0 },
        Defect("version 2", says: "not of X.509 version 3") { $0.version = 1 },
        Defect("version 4", says: "not of X.509 version 3") { $0.version = 3 },
        Defect("a negative serial", says: "serial number is negative") { $0.serial = [0x80] },
        Defect("a serial of 22 bytes", says: "more than 20 bytes") { $0.serial = [UInt8](repeating: 1, count: 22) },
        Defect("a serial with a needless zero", says: "shortest form") { $0.serial = [0, 1] },
        Defect("an extension twice", says: "the extension 2.5.29.15 twice") { $0.extensions.append($0.extensions[0]) },
        Defect("no extensions", says: "has no extensions") {
            $0.extensions = []
            $0.addsKeyIdentifiers = false
        },
        Defect("bytes after its end", says: "bytes after its end") { $0.edit = { $0 + [0] } },
        Defect("cut off", says: "cut off") { $0.edit = { Array($0.dropLast()) } },
        Defect("a length in long form", says: "shortest form") { $0.edit = Self.padLength },
        Defect("ends before it begins", says: "ends before it begins") { $0.notAfter = $0.notBefore - 1 },
        Defect("two signature schemes", says: "names two signature schemes") {
            $0.outerAlgorithm = TestAlgorithm.identifier(of: .ecdsa(.sha512))
        },
        Defect("SHA-1 with ECDSA", .weakAlgorithm, says: "MD5 or SHA-1") {
            $0.innerAlgorithm = DERWriter.sequence(DERWriter.oid("1.2.840.10045.4.1"))
        },
        Defect("SHA-1 with RSA", .weakAlgorithm, says: "MD5 or SHA-1") {
            $0.innerAlgorithm = DERWriter.sequence(DERWriter.oid("1.2.840.113549.1.1.5"), DERWriter.null)
        },
        Defect("MD5 with RSA", .weakAlgorithm, says: "MD5 or SHA-1") {
            $0.innerAlgorithm = DERWriter.sequence(DERWriter.oid("1.2.840.113549.1.1.4"), DERWriter.null)
        },
        Defect("RSA-PSS with its defaults, which are SHA-1", .unsupportedAlgorithm, says: "RSA-PSS of other") {
            $0.innerAlgorithm = DERWriter.sequence(DERWriter.oid("1.2.840.113549.1.1.10"), DERWriter.sequence())
        },
        Defect("an unknown scheme", .unsupportedAlgorithm, says: "unknown scheme 1.2.3.4") {
            $0.innerAlgorithm = DERWriter.sequence(DERWriter.oid("1.2.3.4"))
        },
        Defect("parameters where none belong", says: "bytes after its end") {
            $0.innerAlgorithm = DERWriter.sequence(DERWriter.oid("1.2.840.10045.4.3.2"), DERWriter.null)
        },
        Defect("a key that is none", .weakKey, says: "cannot be decoded") { $0.publicInfo = DERWriter.sequence() },
        Defect("a name of control characters", says: "characters that do not belong") {
            $0.extensions[2] = .names([TestGeneralName.email("ci@example.com\u{0}.evil")])
        },
        Defect("an address of five bytes", says: "IP address of 5 bytes") {
            $0.extensions[2] = .names([TestGeneralName.ip([1, 2, 3, 4, 5])])
        },
        Defect("an address with a mask", says: "IP address of 8 bytes") {
            $0.extensions[2] = .names([TestGeneralName.ip([1, 2, 3, 4, 255, 255, 255, 0])])
        },
        Defect("no names in the list", says: "empty list of names") { $0.extensions[2] = .names([]) },
        Defect("no purposes in the list", says: "empty list of purposes") { $0.extensions[1] = .purposes([]) },
        Defect("a path limit without being an authority", says: "limits a path") {
            $0.extensions.append(TestExtension("2.5.29.19", DERWriter.sequence(DERWriter.integer(0))))
        },
        Defect("CA FALSE spelled out", says: "spells a default value out") {
            $0.extensions.append(TestExtension("2.5.29.19", DERWriter.sequence(DERWriter.boolean(false))))
        },
        Defect("a critical mark FALSE spelled out", says: "spells a default value out") {
            $0.editTBS = { Self.replace([1, 1, 0xFF], by: [1, 1, 0], in: $0) }
        },
        Defect("a name with a NUL", says: "a name that is not text") { $0.subject = TestName(common: "a\u{0}b") },
    ]

    @Test(arguments: defects)
    func refuses(defect: Defect) throws {
        var plan = try Self.plan()
        try defect.change(&plan)
        let der = try SigningAuthority.root().issue(plan)
        let problem = try #require(throws: EvidenceProblem.self) { try Certificate(der: der) }
        #expect(problem.code == defect.code, "\(problem)")
        #expect(problem.reason.contains(defect.says), "\(problem)")
    }

    static let weakKeys: [(String, [String], String)] = [
        ("RSA of 1024 bits", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"], "1024 bits"),
        ("Bitcoin's curve", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"], "secp256k1"),
        ("a curve of 224 bits", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-224"], "secp224r1"),
        ("a key for exchange", ["-algorithm", "X25519"], "unsupported kind"),
    ]

    @Test(arguments: weakKeys)
    func refusesWeakKeys(why: String, make: [String], says: String) throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        _ = try tool.privateKey(make)
        var plan = try Self.plan()
        plan.publicInfo = try tool.run(["pkey", "-in", "key.pem", "-pubout", "-outform", "DER"])
        let der = try SigningAuthority.root().issue(plan)
        let problem = try #require(throws: EvidenceProblem.self, "\(why)") { try Certificate(der: der) }
        #expect(problem.code == .weakKey && problem.reason.contains(says), "\(problem)")
    }

    /// Another reader's view of the same certificate.
    @Test func openSSLReadsTheSame() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let root = try SigningAuthority.root()
        let der = try root.issue(Self.plan())
        try tool.write(der, to: "leaf.der")
        let text = String(
            decoding: try tool.run(
                ["x509", "-inform", "DER", "-in", "leaf.der", "-noout", "-subject", "-nameopt", "RFC2253", "-serial"]
                    + ["-dates", "-dateopt", "iso_8601", "-fingerprint", "-sha256", "-ext", "subjectAltName"]
            ),
            as: UTF8.self
        )
        let leaf = try Certificate(der: der)
        #expect(text.contains("subject=\(leaf.subject)"), "\(text)")
        #expect(text.contains("serial=\(Hex.encode(leaf.serialNumber).uppercased())"))
        #expect(text.contains("notBefore=2020-01-01 00:00:00Z") && text.contains("notAfter=2040-01-01 00:00:00Z"))
        #expect(text.replacing(":", with: "").lowercased().contains(leaf.fingerprint))
        #expect(text.contains("email:ci@example.com"))
    }

    static let names: [(String, [(String, String)], String)] = [
        ("a comma and a plus", [("2.5.4.3", "a,b+c")], "CN=a\\,b\\+c"),
        ("spaces at both ends", [("2.5.4.3", " a ")], "CN=\\ a\\ "),
        ("a number sign first", [("2.5.4.3", "#a")], "CN=\\#a"),
        ("an unknown attribute", [("1.2.3.4", "x"), ("2.5.4.6", "US")], "C=US,1.2.3.4=x"),
        ("a line break", [("2.5.4.3", "a\nb")], "CN=a\\0ab"),
    ]

    @Test(arguments: names)
    func writesNames(why: String, attributes: [(String, String)], text: String) throws {
        var reader = DERReader(TestName(attributes).der[...], subject: "the name")
        #expect(try DistinguishedName(reading: &reader).description == text, "\(why)")
    }

    @Test func comparesNamesAsTheStandardSays() throws {
        func name(_ common: String) throws -> DistinguishedName {
            var reader = DERReader(TestName(common: common).der[...], subject: "the name")
            return try DistinguishedName(reading: &reader)
        }
        #expect(try name("Some  One ") == name("some one"))
        #expect(try name("someone") != name("some one"))
        #expect(try name("a").isWithin(name("a")) && !name("a").isWithin(name("b")))
    }

    static func replace(_ old: [UInt8], by new: [UInt8], in bytes: [UInt8]) -> [UInt8] {
        guard let at = bytes.firstRange(of: old) else { return bytes }
        return Array(bytes[..<at.lowerBound]) + new + bytes[at.upperBound...]
    }

    static let padLength: @Sendable ([UInt8]) -> [UInt8] = { [0x30, 0x83, 0] + $0[2...3] + $0[4...] }
}
