/// Durations as Go and so Kubernetes' `metav1.Duration` write them: `1h30m`, `500ms`, `1.5s`.
package enum GoDuration {
    /// Parses one or more decimal numbers, each with a unit (`ns us µs ms s m h`); nil for anything else,
    /// for a sign, and for more than about 292 years.
    package static func parse(_ text: String) -> Duration? {
        var rest = Substring(text)
        if rest == "0" { return .zero }
        guard !rest.isEmpty else { return nil }
        var total = Duration.zero
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let value = Double(digits), value < 1e12 else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            guard let scale = seconds(in: unit) else { return nil }
            rest = rest.dropFirst(unit.count)
            total += exact(digits, unit) ?? .seconds(value * scale)
        }
        return total.components.seconds < 9_223_372_036 ? total : nil
    }

    /// Go's own form: the largest unit is hours, leading zero units are left out, `0s` for zero.
    package static func format(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let nanos = attoseconds / 1_000_000_000
        if seconds == 0, nanos == 0 { return "0s" }
        if seconds == 0 {
            if nanos % 1_000_000 == 0 { return "\(nanos / 1_000_000)ms" }
            return nanos % 1000 == 0 ? "\(nanos / 1000)µs" : "\(nanos)ns"
        }
        var text = ""
        if seconds >= 3600 { text += "\(seconds / 3600)h" }
        if seconds >= 60 { text += "\(seconds / 60 % 60)m" }
        return text + "\(seconds % 60)\(decimals(nanos))s"
    }

    private static func exact(_ digits: Substring, _ unit: Substring) -> Duration? {
        guard let whole = Int64(digits) else { return nil }
        switch unit {
        case "h" where whole < 2_600_000: return .seconds(whole * 3600)
        case "m" where whole < 160_000_000: return .seconds(whole * 60)
        case "s": return .seconds(whole)
        case "ms": return .milliseconds(whole)
        default: return nil
        }
    }

    private static func seconds(in unit: Substring) -> Double? {
        switch unit {
        case "h": 3600
        case "m": 60
        case "s": 1
        case "ms": 1e-3
        case "us", "µs", "μs": 1e-6
        case "ns": 1e-9
        default: nil
        }
    }

    private static func decimals(_ nanos: Int64) -> String {
        guard nanos > 0 else { return "" }
        let digits = String(nanos)
        var text = String(repeating: "0", count: 9 - digits.count) + digits
        while text.last == "0" { text.removeLast() }
        return "." + text
    }
}
