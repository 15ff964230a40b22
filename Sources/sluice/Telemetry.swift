import ControllerRuntime
import CoreModel
import Logging
import Metrics
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

extension TelemetryOptions {
    /// Sets up logs for the whole process; returns the root logger.
    func bootstrap() -> Logger {
        let level = Logger.Level(rawValue: logLevel) ?? .info
        let isJSON = logEncoding == "json"
        LoggingSystem.bootstrap { label in
            guard isJSON else {
                var handler = StreamLogHandler.standardError(label: label)
                handler.logLevel = level
                return handler
            }
            return JSONLogHandler(label: label, level: level, clock: SystemWallClock(), write: StandardOutput.write)
        }
        return Logger(label: "controller")
    }
}

/// Whole lines to standard output; writers take turns.
enum StandardOutput {
    private static let turn = Mutex(())

    /// One line; a closed pipe is no reason to fail.
    static func write(_ line: String) {
        turn.withLock { _ in
            var text = line
            text.append("\n")
            text.withUTF8 { bytes in
                var rest = unsafe UnsafeRawBufferPointer(bytes)
                while let start = unsafe rest.baseAddress, !rest.isEmpty {
                    let count = unsafe Glibc.write(STDOUT_FILENO, start, rest.count)
                    if count <= 0 { return }
                    unsafe rest = unsafe UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                }
            }
        }
    }
}
