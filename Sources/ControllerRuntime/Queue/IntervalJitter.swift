/// Spreads intervals a little, so that many objects of one age do not all come due together.
package struct IntervalJitter: Sendable {
    private let fraction: Double

    /// Percent to each side, 0 up to 99.
    package init(percent: Int) {
        fraction = Double(min(max(percent, 0), 99)) / 100
    }

    /// A random time within the percentage around the interval.
    package func apply(to interval: Duration) -> Duration {
        guard fraction > 0 else { return interval }
        return interval * (1 + Double.random(in: -fraction...fraction))
    }
}
