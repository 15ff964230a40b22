import CoreModel
import Testing

@testable import NotationTrust

/// The reader of RFC 8949 takes one spelling of everything, and nothing that envelopes have no use for.
struct CBORTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        let hex: String
        let reason: String
        let why: String
        var testDescription: String { why }
    }

    static let refusals = [
        Refusal(hex: "", reason: "is cut off", why: "nothing at all"),
        Refusal(hex: "18", reason: "is cut off", why: "a head without its number"),
        Refusal(hex: "4401", reason: "is cut off", why: "a byte string shorter than it says"),
        Refusal(hex: "5bffffffffffffffff", reason: "is cut off", why: "a length beyond the address space"),
        Refusal(hex: "9a10000000", reason: "is cut off", why: "a count that would reserve memory for nothing"),
        Refusal(hex: "bb7fffffffffffffff", reason: "is cut off", why: "a map of more entries than bytes"),
        Refusal(hex: "0000", reason: "has 1 bytes after its end", why: "a second item"),
        Refusal(hex: "1817", reason: "longer than it needs", why: "23 in two bytes"),
        Refusal(hex: "1900ff", reason: "longer than it needs", why: "255 in three bytes"),
        Refusal(hex: "1a0000ffff", reason: "longer than it needs", why: "65535 in five bytes"),
        Refusal(hex: "1b00000000ffffffff", reason: "longer than it needs", why: "32 bits in nine bytes"),
        Refusal(hex: "5f4100ff", reason: "indefinite length", why: "a byte string in pieces"),
        Refusal(hex: "9f00ff", reason: "indefinite length", why: "a list without a count"),
        Refusal(hex: "bf0000ff", reason: "indefinite length", why: "a map without a count"),
        Refusal(hex: "1c", reason: "malformed head", why: "a reserved head"),
        Refusal(hex: "ff", reason: "no place", why: "a lone break"),
        Refusal(hex: "f7", reason: "no place", why: "undefined"),
        Refusal(hex: "f820", reason: "no place", why: "a simple value without a meaning"),
        Refusal(hex: "1bffffffffffffffff", reason: "beyond 63 bits", why: "an integer that no 64-bit number holds"),
        Refusal(hex: "a201000100", reason: "the key 1 twice", why: "an integer key twice"),
        Refusal(hex: "a2616100616100", reason: "the key \"a\" twice", why: "a text key twice"),
        Refusal(hex: "a1410000", reason: "neither integers nor text", why: "a byte string as a key"),
        Refusal(hex: "61ff", reason: "not UTF-8", why: "text that is none"),
        Refusal(hex: "62c080", reason: "not UTF-8", why: "an overlong zero"),
        Refusal(hex: String(repeating: "81", count: 16) + "00", reason: "beyond", why: "17 levels"),
        Refusal(hex: "991001" + String(repeating: "00", count: 4097), reason: "beyond", why: "more than 4096 items"),
    ]

    @Test(arguments: refusals)
    func refuses(_ row: Refusal) throws {
        let bytes = try #require(Hex.decode(row.hex))
        let problem = #expect(throws: NotationProblem.self) { try CBORReader.read(bytes) }
        #expect(problem?.reason.contains(row.reason) == true, "\(problem?.reason ?? "taken")")
    }

    static let values: [(String, CBORValue)] = [
        ("00", .integer(0)), ("17", .integer(23)), ("1818", .integer(24)), ("190100", .integer(256)),
        ("1a00010000", .integer(65536)), ("1b0000000100000000", .integer(1 << 32)),
        ("20", .integer(-1)), ("3825", .integer(-38)), ("3b7fffffffffffffff", .integer(.min)),
        ("43010203", .bytes([1, 2, 3])), ("6161", .text("a")), ("820102", .array([.integer(1), .integer(2)])),
        ("c11a6360c7d4", .tagged(1, .integer(1_667_286_996))), ("f4", .bool(false)), ("f5", .bool(true)),
        ("f6", .null), ("fb3ff8000000000000", .float(1.5)),
        ("a20126613102", .map([.integer(1): .integer(-7), .text("1"): .integer(2)])),
    ]

    @Test(arguments: values)
    func readsAndWrites(hex: String, value: CBORValue) throws {
        #expect(try CBORReader.read(#require(Hex.decode(hex))) == value)
        #expect(Hex.encode(CBORWriter.encode(value)) == hex)
    }

    @Test func readsFloatsOfEachWidth() throws {
        for hex in ["f93e00", "fa3fc00000", "fb3ff8000000000000"] {
            #expect(try CBORReader.read(#require(Hex.decode(hex))) == .float(1.5))
        }
    }

    @Test func writesLabelsInTheOrderOfTheirBytes() {
        let map: CBORMap = [.text("b"): .null, .text("aa"): .null, .integer(33): .null, .integer(1): .null]
        #expect(Hex.encode(CBORWriter.encode(.map(map))) == "a401f61821f66162f6626161f6")
    }
}
