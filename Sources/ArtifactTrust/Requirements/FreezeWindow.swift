package import CoreModel

/// A time in which no new revision passes.
package enum FreezeWindow: Hashable, Sendable {
    /// Once, from a time up to another one, which is no longer part of it.
    case once(from: Timestamp, to: Timestamp)
    /// Again and again on days of the week.
    case weekly(WeeklyFreeze)

    /// When the window that is open at a time closes; nil when it is not open.
    func end(ofWindowAt now: Timestamp) -> Timestamp? {
        switch self {
        case .once(let from, let to): from <= now && now < to ? to : nil
        case .weekly(let weekly): weekly.end(ofWindowAt: now)
        }
    }

    /// The same for windows that are open at the same times by the same words.
    var fingerprint: String {
        switch self {
        case .once(let from, let to): "once \(from) \(to)"
        case .weekly(let weekly): "weekly \(weekly.days.sorted()) \(weekly.from) \(weekly.to) \(weekly.zoneName)"
        }
    }

    /// The first time from which on none of the windows is open; nil where that is further away than `chainLimit`
    /// windows, each of which opens before another has closed.
    package static func end(of windows: [FreezeWindow], at now: Timestamp) -> Timestamp? {
        var time = now
        for _ in 0..<chainLimit {
            let ends = windows.compactMap { $0.end(ofWindowAt: time) }
            guard let end = ends.max() else { return time }
            time = end
        }
        return nil
    }

    /// Enough for daily windows that meet at midnight for more than a year.
    private static let chainLimit = 500
}

/// The same hours on the same days of each week.
package struct WeeklyFreeze: Hashable, Sendable {
    /// On which days the window opens, 0 for Sunday to 6 for Saturday; at least one.
    package let days: Set<Int>
    /// Seconds after midnight at which it opens.
    package let from: Int64
    /// Seconds after midnight at which it closes, up to 86,400; on the next day where that is not after `from`.
    package let to: Int64
    /// By which clocks, as it was written.
    package let zoneName: String
    private let zone: ZoneRule

    /// Nil for a zone that is not known, no days, hours outside of a day, and a window that opens when it closes.
    package init?(days: Set<Int>, from: Int64, to: Int64, zone name: String = "UTC") {
        guard let zone = ZoneRule(name), !days.isEmpty, days.allSatisfy({ (0...6).contains($0) }),
            (0..<86_400).contains(from), (0...86_400).contains(to), from != to
        else { return nil }
        self.days = days
        self.from = from
        self.to = to
        self.zone = zone
        zoneName = name
    }

    func end(ofWindowAt now: Timestamp) -> Timestamp? {
        let today = ZoneRule.day(of: now.seconds + zone.offset(at: now.seconds))
        // A window may have opened yesterday; one of the day before has closed, even where clocks went back.
        return [today, today - 1].compactMap { end(ofWindowOpenedOn: $0, at: now) }.max()
    }

    private func end(ofWindowOpenedOn day: Int64, at now: Timestamp) -> Timestamp? {
        guard days.contains(CivilDate(dayNumber: day).weekday) else { return nil }
        let closing = (from < to ? day : day + 1) * 86_400 + to
        // Where clocks go back, what happens twice opens the first time and closes the second.
        let start = zone.firstInstant(ofLocal: day * 86_400 + from)
        let end = zone.instant(ofLocal: closing)
        return start <= now.seconds && now.seconds < end ? Timestamp(seconds: end) : nil
    }
}
