import ArtifactTrust
import CoreModel
import Testing

/// Hours that come back each week, by the clocks of a place.
struct FreezeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let why: String
        let days: Set<Int>
        let hours: (Int64, Int64)
        let zone: String
        let now: String
        /// When it ends; nil when it is not frozen.
        let until: String?
        var testDescription: String { why }

        init(_ why: String, _ days: Set<Int>, _ hours: (Int64, Int64), _ zone: String, at now: String, until: String?) {
            self.why = why
            self.days = days
            self.hours = hours
            self.zone = zone
            self.now = now
            self.until = until
        }
    }

    static let daily = Set(0...6)

    // 2026-11-27 is a Friday.
    static let cases: [Case] = [
        Case("within", [5], (17, 20), "UTC", at: "2026-11-27T18:00:00Z", until: "2026-11-27T20:00:00Z"),
        Case("the second it opens", [5], (17, 20), "UTC", at: "2026-11-27T17:00:00Z", until: "2026-11-27T20:00:00Z"),
        Case("the second before", [5], (17, 20), "UTC", at: "2026-11-27T16:59:59Z", until: nil),
        Case("the second it closes", [5], (17, 20), "UTC", at: "2026-11-27T20:00:00Z", until: nil),
        Case("another day", [4], (17, 20), "UTC", at: "2026-11-27T18:00:00Z", until: nil),
        Case("over midnight, before", [5], (22, 6), "UTC", at: "2026-11-27T23:00:00Z", until: "2026-11-28T06:00:00Z"),
        Case("over midnight, after", [5], (22, 6), "UTC", at: "2026-11-28T05:59:59Z", until: "2026-11-28T06:00:00Z"),
        Case("over midnight, a day late", [5], (22, 6), "UTC", at: "2026-11-28T23:00:00Z", until: nil),
        Case(
            "over midnight of the week",
            [6],
            (22, 6),
            "UTC",
            at: "2026-11-29T01:00:00Z",
            until: "2026-11-29T06:00:00Z"
        ),
        Case("to the end of the day", [5], (17, 24), "UTC", at: "2026-11-27T23:59:59Z", until: "2026-11-28T00:00:00Z"),
        Case("a day and the next", [5, 6], (0, 24), "UTC", at: "2026-11-27T12:00:00Z", until: "2026-11-29T00:00:00Z"),
        Case("by an offset", [5], (17, 20), "+02:00", at: "2026-11-27T15:00:00Z", until: "2026-11-27T18:00:00Z"),
        Case("by an offset, before it", [5], (17, 20), "+02:00", at: "2026-11-27T14:59:00Z", until: nil),
        Case(
            "west, on the day before",
            [5],
            (20, 24),
            "-0800",
            at: "2026-11-28T05:00:00Z",
            until: "2026-11-28T08:00:00Z"
        ),
        Case("in winter", daily, (17, 20), "Europe/Berlin", at: "2026-11-27T16:30:00Z", until: "2026-11-27T19:00:00Z"),
        Case("in summer", daily, (17, 20), "Europe/Berlin", at: "2026-07-27T15:30:00Z", until: "2026-07-27T18:00:00Z"),
        Case("in summer, early", daily, (17, 20), "Europe/Berlin", at: "2026-07-27T14:59:00Z", until: nil),
        Case(
            "summer in the south",
            daily,
            (9, 10),
            "Australia/Sydney",
            at: "2026-01-14T22:30:00Z",
            until: "2026-01-14T23:00:00Z"
        ),
        Case(
            "winter in the south",
            daily,
            (9, 10),
            "Australia/Sydney",
            at: "2026-07-14T23:30:00Z",
            until: "2026-07-15T00:00:00Z"
        ),
        Case(
            "a zone of half an hour",
            daily,
            (9, 10),
            "Asia/Kolkata",
            at: "2026-07-14T03:45:00Z",
            until: "2026-07-14T04:30:00Z"
        ),
        Case(
            "winter time that is called summer time",
            daily,
            (9, 10),
            "Europe/Dublin",
            at: "2026-07-14T08:30:00Z",
            until: "2026-07-14T09:00:00Z"
        ),
        Case(
            "as a rule of one's own",
            daily,
            (17, 20),
            "CET-1CEST,M3.5.0,M10.5.0/3",
            at: "2026-07-27T15:30:00Z",
            until: "2026-07-27T18:00:00Z"
        ),
        // Clocks skip 02:00 to 03:00 on 2026-03-29, and show it twice on 2026-10-25.
        Case(
            "opens in the skipped hour",
            daily,
            (2, 4),
            "Europe/Berlin",
            at: "2026-03-29T01:10:00Z",
            until: "2026-03-29T02:00:00Z"
        ),
        Case(
            "the hour that comes twice, first",
            daily,
            (2, 3),
            "Europe/Berlin",
            at: "2026-10-25T00:30:00Z",
            until: "2026-10-25T02:00:00Z"
        ),
        Case(
            "the hour that comes twice, second",
            daily,
            (2, 3),
            "Europe/Berlin",
            at: "2026-10-25T01:30:00Z",
            until: "2026-10-25T02:00:00Z"
        ),
        Case("before 1970", daily, (0, 1), "UTC", at: "1969-12-31T00:30:00Z", until: "1969-12-31T01:00:00Z"),
    ]

    @Test(arguments: cases)
    func isFrozen(held: Case) throws {
        let (from, to) = held.hours
        let weekly = try #require(WeeklyFreeze(days: held.days, from: from * 3600, to: to * 3600, zone: held.zone))
        let now = try #require(Timestamp(held.now))
        let end = FreezeWindow.end(of: [.weekly(weekly)], at: now)
        #expect(end.map(\.description) == held.until ?? now.description)
    }

    static let unknown: [(String, Set<Int>, Int64, Int64, String)] = [
        ("no days", [], 0, 60, "UTC"), ("an eighth day", [7], 0, 60, "UTC"), ("a negative day", [-1], 0, 60, "UTC"),
        ("no time", [1], 60, 60, "UTC"), ("after the day", [1], 0, 86_401, "UTC"),
        ("from its end", [1], 86_400, 1, "UTC"),
        ("no zone", [1], 0, 60, ""), ("an unknown zone", [1], 0, 60, "Europe/Nowhere"),
        ("another case", [1], 0, 60, "europe/berlin"), ("an offset of a day", [1], 0, 60, "+24:00"),
        ("an offset without a sign", [1], 0, 60, "02:00"), ("summer time without its changes", [1], 0, 60, "CET-1CEST"),
        ("a rule with an end too many", [1], 0, 60, "CET-1CEST,M3.5.0,M10.5.0/3,"),
        ("a month too many", [1], 0, 60, "CET-1CEST,M13.5.0,M10.5.0/3"),
        ("a path", [1], 0, 60, "../../etc/passwd"), ("a flood", [1], 0, 60, String(repeating: "A", count: 10_000)),
    ]

    @Test(arguments: unknown)
    func refusesWhatIsNoWindow(why: String, days: Set<Int>, from: Int64, to: Int64, zone: String) {
        #expect(WeeklyFreeze(days: days, from: from, to: to, zone: zone) == nil, "\(why)")
    }

    @Test func everyZoneOfTheTableIsKnown() {
        let names = [
            "UTC", "Etc/UTC", "America/New_York", "America/St_Johns", "Pacific/Chatham", "Asia/Gaza", "Africa/Cairo",
        ]
        for name in names { #expect(ZoneRule(name) != nil, "\(name)") }
    }
}
