import ArgumentParser
import CoreModel

/// A duration on the command line, written as Go writes it.
struct GoDurationOption: ExpressibleByArgument, ExpressibleByStringLiteral {
    let duration: Duration
    let defaultValueDescription: String

    init?(argument: String) {
        guard let duration = GoDuration.parse(argument) else { return nil }
        self.duration = duration
        defaultValueDescription = argument
    }

    init(stringLiteral text: String) {
        duration = GoDuration.parse(text) ?? .zero
        defaultValueDescription = text
    }
}
