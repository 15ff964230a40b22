import ControllerRuntime
import CoreModel
import Logging

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
            return JSONLogHandler(label: label, level: level, clock: SystemWallClock()) { line in
                StandardStream.output.write(Array(line.utf8) + [0x0A])
            }
        }
        return Logger(label: "controller")
    }
}
