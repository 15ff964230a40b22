package import CoreModel
package import Logging
import ManifestTree

/// One JSON object a line, with the keys that `flux logs` reads: `ts`, `level`, `msg`, `logger`, `error`,
/// `controllerKind`, `name` and `namespace`.
package struct JSONLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    private let label: String
    private let clock: any WallClock
    private let write: @Sendable (String) -> Void

    package init(
        label: String,
        level: Logger.Level,
        clock: any WallClock,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.label = label
        self.logLevel = level
        self.clock = clock
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var line: Tree = [
            "level": .string(Self.name(event.level)), "ts": .string(clock.now().microseconds), "logger": .string(label),
            "msg": .string(event.message.description),
        ]
        let fields = metadata.merging(event.metadata ?? [:]) { _, new in new }
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) { line[key] = Self.tree(value) }
        write(String(decoding: line.jsonBytes(), as: UTF8.self))
    }

    private static func tree(_ value: Logger.MetadataValue) -> Tree {
        switch value {
        case .string(let text): .string(text)
        case .stringConvertible(let value): .string(value.description)
        case .array(let values): .list(values.map(tree))
        case .dictionary(let values): .map(TreeMap(values.sorted { $0.key < $1.key }.map { ($0.key, tree($0.value)) }))
        }
    }

    /// The levels that Flux's tools know.
    private static func name(_ level: Logger.Level) -> String {
        switch level {
        case .trace: "trace"
        case .debug: "debug"
        case .info, .notice, .warning: "info"
        case .error, .critical: "error"
        }
    }
}
