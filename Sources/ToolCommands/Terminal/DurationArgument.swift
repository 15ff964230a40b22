import ArgumentParser
import CoreModel

/// A duration on the command line, as Go writes it: `5m`, `1h30m`.
struct DurationArgument: ExpressibleByArgument, Sendable {
    let duration: Duration
    private let text: String

    init?(argument: String) {
        guard let duration = GoDuration.parse(argument), duration > .zero else { return nil }
        self.duration = duration
        text = argument
    }

    /// Flux's own default for everything that waits.
    static let standard = DurationArgument(.seconds(300))

    private init(_ duration: Duration) {
        self.duration = duration
        text = GoDuration.format(duration)
    }

    var defaultValueDescription: String { text }
}
