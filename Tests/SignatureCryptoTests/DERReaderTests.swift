import SignatureCrypto
import TestSupport
import Testing

/// What is not DER, each with the words for it.
struct DERReaderTests {
    static let refused: [(String, [UInt8], String)] = [
        ("nothing at all", [], "is missing at its end"),
        ("a tag alone", [0x30], "cut off"),
        ("content that is missing", [0x30, 2, 5], "cut off"),
        ("another tag", [0x31, 0], "a SEQUENCE belongs"),
        ("bytes after the end", [0x30, 0, 0], "bytes after its end"),
        ("an indefinite length", [0x30, 0x80, 0, 0], "indefinite length"),
        ("a short length in long form", [0x30, 0x81, 0], "shortest form"),
        ("a length with a leading zero", [0x30, 0x82, 0, 0x80] + [UInt8](repeating: 0, count: 128), "shortest form"),
        ("a length of five bytes", [0x30, 0x85, 1, 0, 0, 0, 0], "a length of 5 bytes"),
        ("a length beyond everything", [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], "cut off"),
    ]

    @Test(arguments: refused)
    func refuses(why: String, bytes: [UInt8], says: String) throws {
        let problem = try #require(throws: EvidenceProblem.self, "\(why)") {
            _ = try DERReader(whole: bytes, subject: "the thing")
        }
        #expect(problem.code == .malformed)
        #expect(problem.reason.hasPrefix("the thing is not strict DER") && problem.reason.contains(says), "\(problem)")
    }

    static let values: [(String, [UInt8], @Sendable (inout DERReader) throws -> Void)] = [
        ("an integer without content", [2, 0], { _ = try $0.integer() }),
        ("a needless zero", [2, 2, 0, 1], { _ = try $0.integer() }),
        ("a needless sign", [2, 2, 0xFF, 0x80], { _ = try $0.integer() }),
        ("a negative count", [2, 1, 0xFF], { _ = try $0.count() }),
        ("a count of eight bytes", [2, 8, 1, 0, 0, 0, 0, 0, 0, 0], { _ = try $0.count() }),
        ("TRUE as BER may have it", [1, 1, 1], { _ = try $0.boolean() }),
        ("FALSE spelled out", [1, 1, 0], { _ = try $0.booleanOrFalse() }),
        ("an identifier that does not end", [6, 1, 0x80], { _ = try $0.objectIdentifier() }),
        ("an identifier with a leading zero", [6, 3, 0x2A, 0x80, 1], { _ = try $0.objectIdentifier() }),
        ("an empty identifier", [6, 0], { _ = try $0.objectIdentifier() }),
        ("a tag of two bytes", [0x1F, 0x81, 1], { _ = try $0.next() }),
        ("bits after the last", [3, 2, 1, 0x81], { _ = try $0.namedBits() }),
        ("flags that end in zero", [3, 2, 0, 0x80], { _ = try $0.namedBits() }),
        ("a bit string of nine unused bits", [3, 2, 9, 0], { _ = try $0.namedBits() }),
        ("a bit string that is not whole", [3, 2, 4, 0xF0], { _ = try $0.wholeBitString() }),
        ("a NULL with content", [5, 1, 0], { try $0.null() }),
        ("a time without seconds", DERWriter.tagged(0x17, Array("2501010000Z".utf8)), { _ = try $0.time() }),
        ("a time with a zone", DERWriter.tagged(0x17, Array("250101000000+0100".utf8)), { _ = try $0.time() }),
        ("a 30th of February", DERWriter.tagged(0x17, Array("250230000000Z".utf8)), { _ = try $0.time() }),
        ("hour 24", DERWriter.tagged(0x18, Array("20250101240000Z".utf8)), { _ = try $0.time() }),
        ("a fraction in a certificate", DERWriter.tagged(0x18, Array("20250101000000.5Z".utf8)), { _ = try $0.time() }),
        (
            "a fraction that ends in zero", DERWriter.tagged(0x18, Array("20250101000000.50Z".utf8)),
            { _ = try $0.preciseTime() }
        ),
        ("a letter in a time", DERWriter.tagged(0x18, Array("2025010100000aZ".utf8)), { _ = try $0.time() }),
    ]

    @Test(arguments: values.indices)
    func refusesValues(index: Int) {
        let (why, bytes, read) = Self.values[index]
        var reader = DERReader(bytes[...], subject: "the thing")
        #expect(throws: EvidenceProblem.self, "\(why)") { try read(&reader) }
    }

    @Test func readsWhatItShould() throws {
        var reader = DERReader(
            (DERWriter.integer(300) + DERWriter.oid("1.3.6.1.4.1.57264.1.1") + DERWriter.oid("2.5.29.15")
                + DERWriter.time(0) + DERWriter.time(1_709_208_000) + DERWriter.time(4_102_444_800)
                + DERWriter.generalizedTime(951_782_400, fraction: ".25"))[...],
            subject: "the thing"
        )
        #expect(try reader.count() == 300)
        #expect(try reader.objectIdentifier() == "1.3.6.1.4.1.57264.1.1")
        #expect(try reader.objectIdentifier() == "2.5.29.15")
        #expect(try reader.time() == 0)
        #expect(try reader.time() == 1_709_208_000)
        #expect(try reader.time() == 4_102_444_800)
        let precise = try reader.preciseTime()
        #expect(precise.seconds == 951_782_400 && precise.nanoseconds == 250_000_000)
        try reader.finish()
    }

    @Test(arguments: [0, 1, 127, 128, 255, 256, 65_535, 65_536])
    func encodesWhatItReads(count: Int) throws {
        let bytes = DEREncoding.element(.octetString, [UInt8](repeating: 7, count: count))
        #expect(bytes == DERWriter.octets([UInt8](repeating: 7, count: count)))
        var reader = DERReader(bytes[...], subject: "the thing")
        #expect(try reader.octetString().count == count)
        #expect(DEREncoding.unsigned([0, 0, 0x80]) == [2, 2, 0, 0x80])
        #expect(DEREncoding.objectIdentifier("1.3.6.1.4.1.57264.1.1") == DERWriter.oid("1.3.6.1.4.1.57264.1.1"))
    }
}
