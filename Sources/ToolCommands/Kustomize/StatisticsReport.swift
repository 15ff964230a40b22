import KustomizeBuild

/// What `--stats` prints: a line for each phase, then what was read and built.
struct StatisticsReport {
    private let statistics: BuildStatistics
    private let writing: Duration
    private let total: Duration

    init(_ statistics: BuildStatistics, writing: Duration, total: Duration) {
        self.statistics = statistics
        self.writing = writing
        self.total = total
    }

    func print(_ context: ToolContext) {
        var rows = BuildStatistics.Phase.allCases.map { ($0.rawValue, Self.text(statistics.times[$0] ?? .zero)) }
        rows += [("write", Self.text(writing)), ("total", Self.text(total))]
        let width = rows.map(\.0.count).max() ?? 0
        var text = rows.map { name, time in
            "\(name)\(String(repeating: " ", count: width - name.count)) \(time)\n"
        }.joined()
        text += "\(statistics.objects) objects from \(statistics.files) files (\(statistics.bytes) bytes), "
        text += "\(statistics.kustomizations) kustomizations\n"
        context.standardError(Array(text.utf8))
    }

    /// Milliseconds with three decimals, in a column.
    private static func text(_ time: Duration) -> String {
        let microseconds = time.components.seconds * 1_000_000 + time.components.attoseconds / 1_000_000_000_000
        let decimals = String(microseconds % 1000)
        let whole = String(microseconds / 1000)
        let zeros = String(repeating: "0", count: 3 - decimals.count)
        return "\(String(repeating: " ", count: max(0, 7 - whole.count)))\(whole).\(zeros)\(decimals) ms"
    }
}
