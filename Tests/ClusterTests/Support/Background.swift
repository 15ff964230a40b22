import Foundation

/// A program that runs until it is stopped by its process id; its output goes to a log file.
final class Background: Sendable {
    private let process: SpawnedProcess

    init(_ path: String, _ arguments: [String], environment: [String: String] = [:], log: URL) throws {
        let streams = SpawnedProcess.Streams(output: log.path, errors: log.path)
        process = try SpawnedProcess(path, arguments, environment: environment, streams)
    }

    var isRunning: Bool { process.isRunning }

    /// Asks it to end, and ends it when it does not within the time.
    func stop(within seconds: Double = 15) {
        process.send(SIGTERM)
        if (try? process.wait(within: seconds)) == nil { kill() }
    }

    /// Ends it at once, as a crash would.
    func kill() {
        process.send(SIGKILL)
        while process.isRunning { usleep(2000) }
    }

    deinit { kill() }
}

/// A port of the loopback interface that was free a moment ago.
func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
        }
    }
    guard isBound else { throw Tool.Failure(description: "no free port") }
    return Int(UInt16(bigEndian: address.sin_port))
}
