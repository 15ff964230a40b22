internal import CoreModel

/// From when to when something is trusted, both ends included; an end that is missing is open.
package struct ValidityWindow: Hashable, Sendable {
    /// Seconds since 1970.
    package let start: Int64?
    package let end: Int64?

    package static let always = ValidityWindow(start: nil as Int64?, end: nil)

    package init(start: Int64?, end: Int64?) {
        self.start = start
        self.end = end
    }

    /// An end with a fraction of a second ends with the second before it.
    init(start: Timestamp?, end: Timestamp?) {
        self.start = start.map { $0.nanoseconds > 0 ? $0.seconds + 1 : $0.seconds }
        self.end = end?.seconds
    }

    /// Whether a time in seconds since 1970 is inside.
    package func contains(_ time: Int64) -> Bool {
        if let start, time < start { return false }
        if let end, time > end { return false }
        return true
    }
}
