import CoreModel
import SignatureCrypto
import TestSupport
import Testing

/// Timestamp tokens (RFC 3161), and every way in which one proves nothing.
struct TimestampTests {
    static let time: Int64 = 1_750_000_000
    static let message = Array("a signature".utf8)

    /// An authority below a root, and one token by it; each may be bent.
    struct Plan: Sendable {
        var stamp = TestTimestamp(time: time)
        var certificate: @Sendable (inout TestCertificate) -> Void = { _ in }
        var kind = TestKeyPair.Kind.p256
        var message = TimestampTests.message
        var edit: @Sendable ([UInt8]) -> [UInt8] = { $0 }
        var trustsAnotherRoot = false

        @discardableResult
        func verify() throws -> ProvenTime {
            let root = try SigningAuthority.root("timestamp root")
            let maker = try TestTimestamper(below: root, key: kind, change: certificate)
            let token = try TimestampToken(der: edit(maker.token(of: TimestampTests.message, stamp)))
            let trusted = trustsAnotherRoot ? try SigningAuthority.root("another root") : root
            return try token.verify(
                of: message,
                intermediates: stamp.hasCertificates ? [] : [Certificate(der: maker.certificate)],
                roots: [trusted.certificate()]
            )
        }
    }

    @Test(arguments: TestKeyPair.Kind.allCases)
    func provesTheTime(kind: TestKeyPair.Kind) throws {
        var plan = Plan()
        plan.kind = kind
        plan.stamp.fraction = ".25"
        plan.stamp.accuracy = DERWriter.sequence(DERWriter.integer(1), DERWriter.implicit(0, [1]))
        let proven = try plan.verify()
        #expect(proven.time.seconds == Self.time && proven.time.nanoseconds == 250_000_000)
        #expect(proven.accuracy == 2 && proven.earliest == Self.time - 2 && proven.latest == Self.time + 3)
        #expect(proven.policy == "1.2.3.4.1" && proven.chain.certificates.count == 2)
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
        Case("another message", .timestampOfAnother, "of another signature") { $0.message += [0] },
        Case("the digest of another message", .timestampOfAnother, "of another signature") {
            $0.stamp.imprint = [UInt8](repeating: 1, count: 32)
        },
        Case("another root", .unknownRoot, "not among the trusted roots") { $0.trustsAnotherRoot = true },
        Case("a bent signature", .timestampSignature, "not by the key") {
            $0.stamp.editSignature = { $0.dropLast() + [$0[$0.count - 1] ^ 1] }
        },
        Case("another time than was signed", .timestampSignature, "not the one that was signed") {
            $0.stamp.editInfo = {
                CertificateTests.replace(
                    DERWriter.generalizedTime(time),
                    by: DERWriter.generalizedTime(time - 1),
                    in: $0
                )
            }
        },
        Case("the name of another certificate", .timestampSigner, "none of the certificates") {
            $0.stamp.namedCertificate = [1, 2, 3]
        },
        Case("no digest of the statement", .malformed, "do not name what is signed") {
            $0.stamp.editAttributes = { [$0[0], $0[2]] }
        },
        Case("no type of the statement", .malformed, "do not name what is signed") {
            $0.stamp.editAttributes = { [$0[1], $0[2]] }
        },
        Case("no name of the certificate", .malformed, "do not name the signer's certificate") {
            $0.stamp.editAttributes = { [$0[0], $0[1]] }
        },
        Case("an attribute twice", .malformed, "a signed attribute twice") {
            $0.stamp.editAttributes = { $0 + [$0[0]] }
        },
        Case("a certificate for code", .extendedKeyUsage, "not for timestamping alone") {
            $0.certificate = { $0.extensions[1] = .purposes([KeyPurpose.codeSigning], critical: true) }
        },
        Case("a certificate for more than timestamps", .extendedKeyUsage, "not for timestamping alone") {
            $0.certificate = {
                $0.extensions[1] = .purposes([KeyPurpose.timeStamping, KeyPurpose.codeSigning], critical: true)
            }
        },
        Case("a purpose that is not critical", .extendedKeyUsage, "not for timestamping alone") {
            $0.certificate = { $0.extensions[1] = .purposes([KeyPurpose.timeStamping]) }
        },
        Case("a key that also encrypts", .keyUsage, "for other things than signatures") {
            $0.certificate = { $0.extensions[0] = .keyUsage([.digitalSignature, .keyEncipherment]) }
        },
        Case("an authority that had expired", .expired, "expired at") { $0.certificate = { $0.notAfter = time - 1 } },
        Case("an authority that was not there yet", .notYetValid, "not valid before") {
            $0.certificate = { $0.notBefore = time + 1 }
        },
        Case("the name of another authority", .timestampSigner, "names the authority") {
            $0.stamp.authority = TestGeneralName.directory(TestName(common: "another"))
        },
        Case("a critical extension of nobody's", .unknownCritical, "critical extension 1.2.3.4") {
            $0.stamp.extensions = [TestExtension("1.2.3.4", critical: true, [5, 0])]
        },
        Case("a digest of another length", .malformed, "another length than its hash has") {
            $0.stamp.imprint = [UInt8](repeating: 1, count: 20)
        },
        Case("an accuracy of 1000 milliseconds", .malformed, "an accuracy that is none") {
            $0.stamp.accuracy = DERWriter.sequence(DERWriter.implicit(0, [3, 0xE8]))
        },
        Case("bytes after its end", .malformed, "bytes after its end") { $0.edit = { $0 + [0] } },
        Case("cut off", .malformed, "cut off") { $0.edit = { Array($0.dropLast()) } },
        Case("nothing signed at all", .malformed, "is not signed data") {
            $0.edit = { _ in DERWriter.sequence(DERWriter.oid("1.2.840.113549.1.7.1")) }
        },
    ]

    @Test(arguments: refused)
    func refuses(row: Case) throws {
        var plan = Plan()
        row.change(&plan)
        let problem = try #require(throws: EvidenceProblem.self) { try plan.verify() }
        #expect(problem.code == row.code && problem.reason.contains(row.says), "\(problem)")
    }

    static let accepted: [(String, @Sendable (inout Plan) -> Void)] = [
        ("certificates that come from elsewhere", { $0.stamp.hasCertificates = false }),
        ("SHA-512 over the message", { $0.stamp.hash = .sha512 }),
        (
            "the authority's own name",
            { $0.stamp.authority = TestGeneralName.directory(TestName(common: "Sluice test timestamps")) }
        ),
        ("no key usage", { $0.certificate = { $0.extensions.remove(at: 0) } }),
        ("an unknown extension that is not critical", { $0.stamp.extensions = [TestExtension("1.2.3.4", [5, 0])] }),
    ]

    @Test(arguments: accepted.indices)
    func accepts(index: Int) throws {
        let (why, change) = Self.accepted[index]
        var plan = Plan()
        change(&plan)
        #expect(throws: Never.self, "\(why)") { try plan.verify() }
    }

    @Test func answersMatchTheirRequest() throws {
        let maker = try TestTimestamper(below: .root("timestamp root"))
        let request = try TimestampRequest(of: Self.message, nonce: [0, 0x80, 1, 2, 3, 4, 5, 6])
        let response = try TimestampResponse(der: maker.answer(request.encoded, at: Self.time))
        try response.check(against: request)
        let others = [
            (try TimestampRequest(of: Self.message, nonce: [1, 2, 3]), EvidenceProblem.Code.timestampNonce),
            (try TimestampRequest(of: [1], nonce: request.nonce), .timestampOfAnother),
            (try TimestampRequest(of: Self.message, hash: .sha512, nonce: request.nonce), .timestampOfAnother),
        ]
        for (other, code) in others {
            let problem = try #require(throws: EvidenceProblem.self) { try response.check(against: other) }
            #expect(problem.code == code)
        }
        let refusal = DERWriter.sequence(DERWriter.sequence(DERWriter.integer(2)))
        let problem = try #require(throws: EvidenceProblem.self) { try TimestampResponse(der: refusal) }
        #expect(problem.code == .timestampRefused && problem.reason.contains("status 2"))
    }
}

/// The `openssl ts` program as the other side.
struct TimestampPeerTests {
    static let configuration = """
        [tsa]
        default_tsa = own
        [own]
        serial = serial
        crypto_device = builtin
        signer_cert = tsa.pem
        signer_key = tsa.key
        certs = root.pem
        signer_digest = DIGEST
        default_policy = 1.2.3.4.1
        digests = sha256, sha384, sha512
        accuracy = secs:1, millisecs:500
        tsa_name = yes
        ess_cert_id_chain = no
        ess_cert_id_alg = ALG
        """

    struct Authority {
        let tool: OpenSSLTool
        let root: SigningAuthority
        let maker: TestTimestamper

        init(_ kind: TestKeyPair.Kind) throws {
            tool = try OpenSSLTool()
            root = try SigningAuthority.root("timestamp root")
            maker = try TestTimestamper(below: root, key: kind)
            try tool.write(Array(root.pem.utf8), to: "root.pem")
            try tool.write(Array(TestKeyPair.pem("CERTIFICATE", maker.certificate).utf8), to: "tsa.pem")
            try tool.write(Array(maker.key.privatePEM.utf8), to: "tsa.key")
            try tool.write(Array("01\n".utf8), to: "serial")
            try tool.write(TimestampTests.message, to: "message")
        }
    }

    static let rows: [(TestKeyPair.Kind, String, String)] = [
        (.p256, "sha256", "sha256"), (.p384, "sha384", "sha512"), (.rsa, "sha256", "sha1"), (.rsa, "sha512", "sha256"),
    ]

    /// OpenSSL answers our request, and we take its answer.
    @Test(arguments: rows)
    func takesWhatOpenSSLMakes(kind: TestKeyPair.Kind, digest: String, named: String) throws {
        let authority = try Authority(kind)
        defer { authority.tool.remove() }
        let text = Self.configuration.replacing("DIGEST", with: digest).replacing("ALG", with: named)
        try authority.tool.write(Array(text.utf8), to: "tsa.cnf")
        let request = try TimestampRequest(of: TimestampTests.message, nonce: [1, 2, 3, 4, 5, 6, 7, 8])
        try authority.tool.write(request.encoded, to: "request")
        let answer = try authority.tool.run([
            "ts", "-reply", "-config", "tsa.cnf", "-section", "own", "-queryfile", "request",
        ])
        let response = try TimestampResponse(der: answer)
        try response.check(against: request)
        let token = response.token
        #expect(token.certificates.count == 2 && token.info.accuracy == 2)
        let proven = try token.verify(of: TimestampTests.message, roots: [authority.root.certificate()])
        #expect(proven.chain.leaf.der == authority.maker.certificate)
        #expect(abs(proven.time.seconds - Timestamp.now().seconds) < 3600)
        // Each byte that is changed is noticed, or is one of those that nobody signed.
        for index in stride(from: 0, to: token.der.count, by: 7) {
            var bent = token.der
            bent[index] ^= 0x10
            guard
                let other = try? TimestampToken(der: bent).verify(
                    of: TimestampTests.message,
                    roots: [authority.root.certificate()]
                )
            else { continue }
            #expect(other == proven, "byte \(index)")
        }
    }

    /// OpenSSL takes what our own mill makes, so that the tests above are about real tokens.
    @Test(arguments: [TestKeyPair.Kind.p256, .p384, .p521, .rsa])
    func openSSLTakesOurs(kind: TestKeyPair.Kind) throws {
        let authority = try Authority(kind)
        defer { authority.tool.remove() }
        var stamp = TestTimestamp(time: TimestampTests.time)
        stamp.authority = TestGeneralName.directory(TestName(common: "Sluice test timestamps"))
        try authority.tool.write(authority.maker.response(of: TimestampTests.message, stamp), to: "response")
        let said = try authority.tool.run([
            "ts", "-verify", "-data", "message", "-in", "response", "-CAfile", "root.pem",
        ])
        #expect(String(decoding: said, as: UTF8.self).contains("Verification: OK"))
    }
}
