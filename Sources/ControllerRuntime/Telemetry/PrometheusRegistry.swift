package import Metrics
import Synchronization

/// Collects metrics in memory and writes them in Prometheus' text format.
///
/// Histograms have the buckets that Flux's dashboards expect: ten, exponential, from 10 ms to 1,800 s.
package final class PrometheusRegistry: MetricsFactory {
    private struct Series: Hashable {
        let name: String
        let labels: String
    }

    private enum Value {
        case counter(Double)
        case gauge(Double)
        case histogram(buckets: [UInt64], sum: Double, count: UInt64)
    }

    private static let bounds: [Double] = (0..<10).map { exponent in
        // 10 ms times the ninth root of 180,000, which is which ten buckets up to 1,800 s need.
        0.01 * (0..<exponent).reduce(1.0) { product, _ in product * 3.836_358_348_869_254 }
    }

    private let values = Mutex<[Series: Value]>([:])

    package init() {}

    /// The text of `/metrics`, ordered by name.
    package func render() -> String {
        let snapshot = values.withLock { $0 }
        var lines: [String] = []
        var last = ""
        let ordered = snapshot.sorted { ($0.key.name, $0.key.labels) < ($1.key.name, $1.key.labels) }
        for (series, value) in ordered {
            if series.name != last { lines.append("# TYPE \(series.name) \(Self.type(of: value))") }
            last = series.name
            lines += Self.lines(series, value)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Drops every series that has all of these labels: their object is gone.
    package func remove(labels: [(String, String)]) {
        let wanted = labels.map { Self.label($0.0, $0.1) }
        values.withLock { values in
            for series in values.keys where wanted.allSatisfy({ series.labels.contains($0) }) { values[series] = nil }
        }
    }

    private static func type(of value: Value) -> String {
        switch value {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }

    private static func lines(_ series: Series, _ value: Value) -> [String] {
        switch value {
        case .counter(let number), .gauge(let number):
            return ["\(series.name)\(braces(series.labels)) \(text(number))"]
        case .histogram(let buckets, let sum, let count):
            let comma = series.labels.isEmpty ? "" : ","
            var total: UInt64 = 0
            var lines: [String] = []
            for (bound, bucket) in zip(bounds, buckets) {
                total += bucket
                lines.append("\(series.name)_bucket{\(series.labels)\(comma)le=\"\(text(bound))\"} \(total)")
            }
            lines.append("\(series.name)_bucket{\(series.labels)\(comma)le=\"+Inf\"} \(count)")
            lines.append("\(series.name)_sum\(braces(series.labels)) \(text(sum))")
            lines.append("\(series.name)_count\(braces(series.labels)) \(count)")
            return lines
        }
    }

    private static func braces(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }

    private static func text(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : String(number)
    }

    private static func label(_ name: String, _ value: String) -> String {
        var escaped = ""
        for character in value {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return "\(name)=\"\(escaped)\""
    }

    private static func series(_ name: String, _ dimensions: [(String, String)]) -> Series {
        Series(name: name, labels: dimensions.map { label($0.0, $0.1) }.joined(separator: ","))
    }

    private func add(_ series: Series, _ amount: Double) {
        values.withLock { values in
            if case .counter(let held) = values[series] {
                values[series] = .counter(held + amount)
            } else {
                values[series] = .counter(amount)
            }
        }
    }

    private func set(_ series: Series, _ change: (Double) -> Double) {
        values.withLock { values in
            if case .gauge(let held) = values[series] {
                values[series] = .gauge(change(held))
            } else {
                values[series] = .gauge(change(0))
            }
        }
    }

    private func observe(_ series: Series, _ value: Double) {
        values.withLock { values in
            var buckets = [UInt64](repeating: 0, count: Self.bounds.count)
            var sum = 0.0
            var count: UInt64 = 0
            if case .histogram(let heldBuckets, let heldSum, let heldCount) = values[series] {
                (buckets, sum, count) = (heldBuckets, heldSum, heldCount)
            }
            if let index = Self.bounds.firstIndex(where: { value <= $0 }) { buckets[index] += 1 }
            values[series] = .histogram(buckets: buckets, sum: sum + value, count: count + 1)
        }
    }

    // MARK: - MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        CounterSeries(registry: self, series: Self.series(label, dimensions))
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        ValueSeries(registry: self, series: Self.series(label, dimensions), isHistogram: aggregate)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        ValueSeries(registry: self, series: Self.series(label, dimensions), isHistogram: true)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        MeterSeries(registry: self, series: Self.series(label, dimensions))
    }

    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}

    private final class CounterSeries: CounterHandler {
        let registry: PrometheusRegistry
        let series: Series

        init(registry: PrometheusRegistry, series: Series) {
            self.registry = registry
            self.series = series
        }

        func increment(by amount: Int64) { registry.add(series, Double(amount)) }
        func reset() { registry.values.withLock { $0[series] = nil } }
    }

    private final class ValueSeries: RecorderHandler, TimerHandler {
        let registry: PrometheusRegistry
        let series: Series
        let isHistogram: Bool

        init(registry: PrometheusRegistry, series: Series, isHistogram: Bool) {
            self.registry = registry
            self.series = series
            self.isHistogram = isHistogram
        }

        func record(_ value: Int64) { record(Double(value)) }
        func record(_ value: Double) {
            if isHistogram { registry.observe(series, value) } else { registry.set(series) { _ in value } }
        }
        func recordNanoseconds(_ duration: Int64) { registry.observe(series, Double(duration) / 1e9) }
    }

    private final class MeterSeries: MeterHandler {
        let registry: PrometheusRegistry
        let series: Series

        init(registry: PrometheusRegistry, series: Series) {
            self.registry = registry
            self.series = series
        }

        func set(_ value: Int64) { set(Double(value)) }
        func set(_ value: Double) { registry.set(series) { _ in value } }
        func increment(by amount: Double) { registry.set(series) { $0 + amount } }
        func decrement(by amount: Double) { registry.set(series) { $0 - amount } }
    }
}
