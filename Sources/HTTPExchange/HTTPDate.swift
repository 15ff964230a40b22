import CoreModel

/// Dates in headers, in the three forms that RFC 9110 section 5.6.7 has recipients read.
enum HTTPDate {
    /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or `Sun Nov  6 08:49:37 1994`; nil for
    /// anything else. `now` tells which century a year of two digits means.
    static func parse(_ text: String, now: Timestamp) -> Timestamp? {
        let words = text.split { $0 == " " || $0 == "," || $0 == "-" }.map(String.init)
        switch words.count {
        case 6 where words[5] == "GMT": return date(year(words[3], now), words[2], words[1], time: words[4])
        case 5 where words[0].count == 3: return date(Int(words[4]), words[1], words[2], time: words[3])
        default: return nil
        }
    }

    private static func date(_ year: Int?, _ month: String, _ day: String, time: String) -> Timestamp? {
        guard let year, (1601...9999).contains(year), let month = months.firstIndex(of: month),
            let day = Int(day), (1...31).contains(day), time.utf8.count == 8
        else { return nil }
        return Timestamp("\(year)-\(twoDigits(month + 1))-\(twoDigits(day))T\(time)Z")
    }

    /// A year of two digits that seems more than 50 years ahead is in the past.
    private static func year(_ text: String, _ now: Timestamp) -> Int? {
        guard let number = Int(text), number >= 0 else { return nil }
        guard text.utf8.count == 2 else { return text.utf8.count == 4 ? number : nil }
        guard let current = Int(now.description.prefix(4)) else { return nil }
        let year = current / 100 * 100 + number
        return year > current + 50 ? year - 100 : year
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
