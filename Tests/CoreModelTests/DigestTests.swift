import CoreModel
import Testing

struct DigestTests {
    static let hex = String(repeating: "0123456789abcdef", count: 4)

    @Test func parsesWhatItPrints() throws {
        let digest = try #require(Digest("sha256:\(Self.hex)"))
        #expect(digest.description == "sha256:\(Self.hex)")
        #expect(digest.short == "0123456789ab")
    }

    static let malformed: [(String, String)] = [
        ("sha256:" + hex.uppercased(), "upper case is not canonical"),
        ("sha256:" + hex.dropLast(), "one digit short"),
        ("sha512:" + hex, "the length of another algorithm"),
        ("md5:d41d8cd98f00b204e9800998ecf8427e", "unregistered algorithm"),
        (hex, "no algorithm"),
        ("sha256:" + hex.dropLast() + "g", "not hexadecimal"),
        ("", "empty"),
    ]

    @Test(arguments: malformed)
    func refuses(text: String, why: String) {
        #expect(Digest(text) == nil, "\(why)")
    }

    @Test func revisionsOfBothForms() throws {
        let tagged = try #require(Revision("v1@beta@sha256:\(Self.hex)"))
        #expect(tagged.name == "v1@beta")
        #expect(tagged.description == "v1@beta@sha256:\(Self.hex)")
        #expect(Revision("sha256:\(Self.hex)")?.name == nil)
        #expect(Revision("latest") == nil)
    }
}
