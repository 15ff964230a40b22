import Foundation
import Synchronization

/// A program, started with its output in files and waited for by its process id.
///
/// Foundation's `Process` waits for a socket that every grandchild inherits, so that it never sees the end of a script
/// that leaves a server running.
final class SpawnedProcess: Sendable {
    struct Streams {
        /// A path to read from.
        var input = "/dev/null"
        /// Paths to append to.
        var output = "/dev/null"
        var errors = "/dev/null"
    }

    let identifier: pid_t
    private let ended = Mutex<Int32?>(nil)

    init(
        _ path: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        directory: String? = nil,
        _ streams: Streams
    ) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
        let append = O_WRONLY | O_CREAT | O_APPEND
        unsafe posix_spawn_file_actions_addopen(&actions, 0, streams.input, O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, streams.output, append, 0o644)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, streams.errors, append, 0o644)
        // The shell changes the folder, since posix_spawn cannot, and then becomes the program.
        let shell = directory.map { ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", $0] } ?? []
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0.key)=\($0.value)" }
        var words = unsafe (shell + [path] + arguments).map { unsafe strdup($0) } + [nil]
        var environs = unsafe variables.map { unsafe strdup($0) } + [nil]
        defer {
            unsafe words.forEach { unsafe free($0) }
            unsafe environs.forEach { unsafe free($0) }
        }
        var identifier = pid_t()
        let code = unsafe posix_spawnp(&identifier, shell.first ?? path, &actions, nil, &words, &environs)
        guard code == 0 else { throw Tool.Failure(description: "\(path) cannot be started: error \(code)") }
        self.identifier = identifier
    }

    /// The exit status once it has ended; 128 and the signal's number for one that was killed.
    var exitStatus: Int32? {
        ended.withLock { ended in
            if let ended { return ended }
            var status: Int32 = 0
            guard unsafe waitpid(identifier, &status, WNOHANG) == identifier else { return nil }
            let signal = status & 0x7F
            ended = signal == 0 ? (status >> 8) & 0xFF : 128 + signal
            return ended
        }
    }

    var isRunning: Bool { exitStatus == nil }

    /// Waits for the end.
    /// - Throws: `Tool.Failure` when it takes longer than `seconds`; it is killed then.
    func wait(within seconds: Double) throws -> Int32 {
        let end = Date().addingTimeInterval(seconds)
        var pause: UInt32 = 500
        while Date() < end {
            if let exitStatus { return exitStatus }
            usleep(pause)
            pause = min(pause * 2, 20_000)
        }
        send(SIGKILL)
        throw Tool.Failure(description: "process \(identifier) did not end within \(Int(seconds)) s")
    }

    /// Sends a signal, unless it has ended.
    func send(_ signal: Int32) {
        if isRunning { _ = Foundation.kill(identifier, signal) }
    }
}
