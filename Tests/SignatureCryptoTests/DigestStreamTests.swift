import CoreModel
import SignatureCrypto
import Testing

struct DigestStreamTests {
    static let known: [(Digest.Algorithm, String, String)] = [
        (.sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (.sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            .sha512, "abc",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
    ]

    @Test(arguments: known)
    func knownAnswers(algorithm: Digest.Algorithm, text: String, hex: String) throws {
        #expect(try Digest.of(text.utf8, algorithm).hex == hex)
    }

    @Test func piecesMakeTheWhole() throws {
        let stream = try DigestStream()
        stream.update([0x61])
        stream.update("bc".utf8)
        #expect(stream.byteCount == 3)
        #expect(try stream.finish() == Digest.of("abc".utf8))
    }
}
