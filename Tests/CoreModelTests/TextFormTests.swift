import CoreModel
import Testing

struct TextFormTests {
    static let lengths: [(String, Duration, String)] = [
        ("1h30m", Duration.seconds(5400), "1h30m0s"), ("500ms", .milliseconds(500), "500ms"),
        ("1.5s", .milliseconds(1500), "1.5s"), ("60s", .seconds(60), "1m0s"), ("0", .zero, "0s"),
        ("2h", .seconds(7200), "2h0m0s"),
    ]

    @Test(arguments: lengths)
    func durations(text: String, value: Duration, printed: String) {
        #expect(GoDuration.parse(text) == value)
        #expect(GoDuration.format(value) == printed)
    }

    static let badDurations: [String] = ["", "5", "-5s", "s", "1 s", "1d", "5m3", "1e3s", "9999999999h"]

    @Test(arguments: badDurations)
    func refusesDurations(text: String) {
        #expect(GoDuration.parse(text) == nil)
    }

    static let times: [(String, Int64)] = [
        ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:34:56Z", 951_827_696), ("2026-11-21T00:00:00Z", 1_795_219_200),
        ("1969-12-31T23:59:59Z", -1), ("2100-03-01T00:00:00Z", 4_107_542_400),
    ]

    @Test(arguments: times)
    func timestamps(text: String, seconds: Int64) {
        #expect(Timestamp(text)?.seconds == seconds)
        #expect(Timestamp(seconds: seconds).description == text)
    }

    @Test func timestampsWithZoneAndFraction() {
        let time = Timestamp("2026-11-21T02:00:00.25+02:00")
        #expect(time == Timestamp(seconds: 1_795_219_200, nanoseconds: 250_000_000))
        #expect(time?.microseconds == "2026-11-21T00:00:00.250000Z")
        #expect(Timestamp("2026-13-01T00:00:00Z") == nil)
        #expect(Timestamp("2026-11-21 00:00:00") == nil)
    }

    static let encodings: [(String, String)] = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy"),
    ]

    @Test(arguments: encodings)
    func base64(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    static let badBase64: [String] = ["Zg", "Zg=", "Zh==", "Z===", "Zm9v\n", "Zm9=v"]

    @Test(arguments: badBase64)
    func refusesBase64(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test func secretsStayOutOfText() {
        let secret = Redacted("hunter2")
        #expect(!"\(secret) \(String(reflecting: secret))".contains("hunter2"))
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains("hunter2"))
    }

    static let counts: [(Int64, String)] = [
        (0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (157_286_400, "157.3 MB"), (999_999, "1.0 MB"),
    ]

    @Test(arguments: counts)
    func byteCounts(bytes: Int64, text: String) {
        #expect(ByteCount(bytes).description == text)
    }
}
