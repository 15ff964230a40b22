import Glibc

/// A program that runs beside the test, with its output on a pipe. Killed with the last reference.
final class ChildProcess: Sendable {
    private let identifier: pid_t
    private let output: Int32

    /// Starts a program found on the `PATH`.
    /// - Throws: `LoopbackServerError` when it cannot be started.
    init(_ program: String, _ arguments: [String]) throws {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw LoopbackServerError(description: "No pipe") }
        defer { _ = close(ends[1]) }
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        var identifier = pid_t()
        let code = unsafe posix_spawnp(&identifier, program, &actions, nil, &words, environ)
        guard code == 0 else {
            close(ends[0])
            throw LoopbackServerError(description: "\(program) cannot be started: error \(code)")
        }
        self.identifier = identifier
        output = ends[0]
    }

    deinit {
        kill()
        _ = waitpid(identifier, nil, 0)
        close(output)
    }

    /// Ends it at once. It stays a zombie until the last reference goes, so its identifier stays its own.
    func kill() { _ = Glibc.kill(identifier, SIGKILL) }

    /// It has not ended yet.
    var isRunning: Bool {
        var information = unsafe siginfo_t()
        let code = unsafe waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT | WNOHANG)
        return unsafe code == 0 && information._sifields._kill.si_pid == 0
    }

    /// Runs a program to its end and returns what it wrote.
    /// - Throws: `LoopbackServerError` when it cannot be started or fails.
    @discardableResult
    static func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = try ChildProcess(program, arguments)
        let text = process.readToEnd()
        var information = unsafe siginfo_t()
        let waited = unsafe waitid(P_PID, id_t(process.identifier), &information, WEXITED | WNOWAIT)
        guard waited == 0, unsafe information._sifields._sigchld.si_status == 0 else {
            throw LoopbackServerError(description: "\(program) failed")
        }
        return text
    }

    /// The first line of output with this beginning; nil when the output ends before.
    func readLine(startingWith beginning: String) -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while unsafe read(output, &byte, 1) == 1 {
            if byte != 0x0A {
                line.append(byte)
                continue
            }
            let text = String(decoding: line, as: UTF8.self)
            if text.hasPrefix(beginning) { return text }
            line = []
        }
        return nil
    }

    private func readToEnd() -> String {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe read(output, &piece, piece.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += piece.prefix(count)
        }
    }
}
