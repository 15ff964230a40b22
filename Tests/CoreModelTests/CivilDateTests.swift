import CoreModel
import Testing

/// Days of the calendar.
struct CivilDateTests {
    static let days: [(Int64, Int64, Int64, Int64, Int)] = [
        (0, 1970, 1, 1, 4), (-1, 1969, 12, 31, 3), (-719_162, 1, 1, 1, 1), (11_016, 2000, 2, 29, 2),
        (20_784, 2026, 11, 27, 5), (47_541, 2100, 3, 1, 1), (-25_509, 1900, 2, 28, 3),
    ]

    @Test(arguments: days)
    func areCounted(number: Int64, year: Int64, month: Int64, day: Int64, weekday: Int) throws {
        let date = CivilDate(dayNumber: number)
        #expect((date.year, date.month, date.day) == (year, month, day))
        #expect(date.weekday == weekday)
        #expect(CivilDate(year: year, month: month, day: day) == date)
    }

    @Test func daysThatAreNoneAreRefused() {
        for (year, month, day) in [(2026, 2, 29), (1900, 2, 29), (2026, 4, 31), (2026, 0, 1), (2026, 13, 1)]
            as [(Int64, Int64, Int64)]
        {
            #expect(CivilDate(year: year, month: month, day: day) == nil)
        }
        #expect(Timestamp("2026-02-30T00:00:00Z") == nil)
    }
}
