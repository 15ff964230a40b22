import Foundation
import Synchronization

/// A program that runs until it is stopped by its process id; its output goes to a log file.
final class Background: Sendable {
    private let process: Mutex<Process>
    let log: URL

    init(_ path: String, _ arguments: [String], environment: [String: String] = [:], log: URL) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if !FileManager.default.fileExists(atPath: log.path) {
            _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        }
        let handle = try FileHandle(forWritingTo: log)
        try handle.seekToEnd()
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.process = Mutex(process)
        self.log = log
    }

    var isRunning: Bool { process.withLock { $0.isRunning } }

    /// The exit status, once it has ended.
    var exitStatus: Int32? { process.withLock { $0.isRunning ? nil : $0.terminationStatus } }

    /// Asks it to end, and ends it when it does not within the time.
    func stop(within seconds: Double = 15) {
        signal(SIGTERM)
        let end = Date().addingTimeInterval(seconds)
        while isRunning, Date() < end { usleep(20_000) }
        if isRunning { kill() }
    }

    /// Ends it at once, as a crash would.
    func kill() {
        signal(SIGKILL)
        while isRunning { usleep(5_000) }
    }

    private func signal(_ number: Int32) {
        process.withLock { process in
            if process.isRunning { _ = Foundation.kill(process.processIdentifier, number) }
        }
    }

    deinit { if isRunning { kill() } }
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
