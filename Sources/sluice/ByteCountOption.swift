import ArgumentParser
import CoreModel

/// A number of bytes on the command line, written as a Kubernetes quantity: `500k`, `20Mi`, `1073741824`.
struct ByteCountOption: ExpressibleByArgument, ExpressibleByStringLiteral {
    let bytes: Int64
    let defaultValueDescription: String

    init?(argument: String) {
        guard let count = ByteCount(quantity: argument), count.bytes > 0 else { return nil }
        bytes = count.bytes
        defaultValueDescription = argument
    }

    init(stringLiteral text: String) {
        bytes = ByteCount(quantity: text)?.bytes ?? 0
        defaultValueDescription = text
    }
}
