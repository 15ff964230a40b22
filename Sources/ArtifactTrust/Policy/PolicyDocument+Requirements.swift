internal import CoreModel
internal import ManifestTree
internal import OCIDistribution

extension TrustRequirements {
    static let fields: Set<String> = [
        "annotations", "manifestAnnotations", "signedFor", "minimumAge", "digests", "freezeWindows",
    ]
    private static let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// Reads what a policy asks for besides signers.
    init(_ reader: PolicyReader) throws(TrustError) {
        self.init(annotations: try reader.pairs("annotations"))
        manifestAnnotations = try reader.pairs("manifestAnnotations")
        let repositories = try Self.repositories(reader)
        signedFor = repositories.isEmpty ? nil : repositories
        if let text = try reader.string("minimumAge") {
            guard let age = GoDuration.parse(text) else {
                throw reader.error("minimumAge", "is \(text.quotedForMessage), which is no duration such as '24h'")
            }
            // Nothing is younger than that: whoever wrote it meant something else, or meant to ask for nothing.
            guard age > .zero else {
                throw reader.error("minimumAge", "is \(text.quotedForMessage), which holds up nothing; leave it out")
            }
            minimumAge = age
        }
        if let digests = try reader.map("digests", known: ["allow", "deny"]) {
            // A list that is empty was forgotten rather than meant: it would allow nothing.
            let allowed = try Self.digests(digests, "allow")
            allowedDigests = allowed.isEmpty ? nil : allowed
            deniedDigests = try Self.digests(digests, "deny")
        }
        for window in try reader.maps("freezeWindows", limit: 64, known: ["from", "to", "days", "timeZone"]) {
            freezeWindows.append(try Self.window(window))
        }
    }

    private static func repositories(_ reader: PolicyReader) throws(TrustError) -> Set<Repository> {
        var repositories: Set<Repository> = []
        for text in try reader.strings("signedFor", limit: 64) {
            do {
                repositories.insert(try Repository(parsing: text))
            } catch {
                throw reader.error("signedFor", "holds \(text.quotedForMessage), which is no repository: \(error)")
            }
        }
        return repositories
    }

    private static func digests(_ reader: PolicyReader, _ key: String) throws(TrustError) -> Set<Digest> {
        var digests: Set<Digest> = []
        for text in try reader.strings(key, limit: 1_024) {
            guard let digest = Digest(text) else {
                throw reader.error(key, "holds \(text.quotedForMessage), which is no digest such as 'sha256:…'")
            }
            digests.insert(digest)
        }
        return digests
    }

    private static func window(_ reader: PolicyReader) throws(TrustError) -> FreezeWindow {
        let (from, to) = (try reader.required("from"), try reader.required("to"))
        if let start = Timestamp(from), let end = Timestamp(to) {
            guard !reader.has("days"), !reader.has("timeZone") else {
                throw reader.error(
                    "days",
                    "and timeZone belong to hours such as '17:00', and this is one window in time"
                )
            }
            guard start < end else { throw reader.error("to", "is not after from") }
            return .once(from: start, to: end)
        }
        guard let start = hour(from), let end = hour(to) else {
            let which = hour(from) == nil && Timestamp(from) == nil ? "from" : "to"
            throw reader.error(
                which,
                "is neither a time as RFC 3339 writes it nor, like the other, an hour such as '17:00'"
            )
        }
        var days: Set<Int> = []
        for name in try reader.strings("days", limit: 7) {
            let short = name.lowercased().prefix(3)
            guard let day = Self.days.firstIndex(of: String(short)), isDay(name, day) else {
                throw reader.error("days", "holds \(name.quotedForMessage), which is no day from Mon to Sun")
            }
            days.insert(day)
        }
        let zone = try reader.string("timeZone") ?? "UTC"
        guard ZoneRule(zone) != nil else {
            throw reader.error(
                "timeZone",
                "is \(zone.quotedForMessage), which is no known zone; use 'Europe/Berlin' or '+01:00'"
            )
        }
        if days.isEmpty { days = Set(0...6) }
        guard let weekly = WeeklyFreeze(days: days, from: start, to: end, zone: zone) else {
            throw reader.error("to", "is the same as from; write 00:00 and 24:00 for a whole day")
        }
        return .weekly(weekly)
    }

    /// `Mon` or `Monday`, in any case.
    private static func isDay(_ name: String, _ day: Int) -> Bool {
        let full = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"][day]
        return name.utf8.count == 3 || name.lowercased() == full
    }

    /// Seconds after midnight of `HH:MM`, up to 24:00.
    private static func hour(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":"), let hours = Int64(ascii: bytes[..<2]),
            let minutes = Int64(ascii: bytes[3...]), minutes < 60, hours * 60 + minutes <= 1_440
        else { return nil }
        return (hours * 60 + minutes) * 60
    }
}
