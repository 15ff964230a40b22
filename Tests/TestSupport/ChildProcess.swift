import Glibc
import Synchronization

/// A program that runs beside the test, with its output on a pipe. Killed with the last reference.
///
/// It gets no descriptor of ours but the three streams. Foundation's `Process` cannot be used in tests: it waits for a
/// socket that whatever is started at the same moment inherits, and so for as long as some server of another test runs.
package final class ChildProcess: Sendable {
    /// What is started.
    package struct Plan: Sendable {
        /// A path, or a name to look for on the `PATH`.
        package var program: String
        package var arguments: [String]
        /// Nil for our own.
        package var environment: [String: String]?
        package var directory: String?
        /// Errors go to the pipe too, and not away.
        package var keepsErrors = false

        package init(_ program: String, _ arguments: [String]) {
            self.program = program
            self.arguments = arguments
        }
    }

    private let identifier: pid_t
    private let output: Int32
    private let drain = Mutex<JoinableThread?>(nil)

    /// Starts a program.
    /// - Throws: `LoopbackServerError` when it cannot be started.
    package init(_ plan: Plan) throws {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw LoopbackServerError(description: "No pipe") }
        defer { _ = close(ends[1]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        if plan.keepsErrors {
            unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        }
        unsafe _ = Self.closeFrom?(&actions, 3)
        do {
            identifier = unsafe try Self.spawn(plan, &actions)
        } catch {
            close(ends[0])
            throw error
        }
        output = ends[0]
    }

    convenience init(_ program: String, _ arguments: [String]) throws { try self.init(Plan(program, arguments)) }

    deinit {
        kill()
        _ = waitpid(identifier, nil, 0)
        drain.withLock { $0 }?.join()
        close(output)
    }

    /// Ends it at once. It stays a zombie until the last reference goes, so its identifier stays its own.
    package func kill() { _ = Glibc.kill(identifier, SIGKILL) }

    /// It has not ended yet.
    package var isRunning: Bool {
        var information = unsafe siginfo_t()
        let code = unsafe waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT | WNOHANG)
        return unsafe code == 0 && information._sifields._kill.si_pid == 0
    }

    /// Runs a program to its end.
    /// - Returns: its exit status (or the number of the signal that ended it) and what it wrote.
    /// - Throws: `LoopbackServerError` when it cannot be started.
    package static func outcome(of plan: Plan) throws -> (status: Int32, output: [UInt8]) {
        let process = try ChildProcess(plan)
        let bytes = process.readToEnd()
        var information = unsafe siginfo_t()
        guard unsafe waitid(P_PID, id_t(process.identifier), &information, WEXITED | WNOWAIT) == 0 else {
            throw LoopbackServerError(description: "\(plan.program) cannot be waited for: error \(errno)")
        }
        return (unsafe information._sifields._sigchld.si_status, bytes)
    }

    /// Runs a program to its end and returns what it wrote.
    /// - Throws: `LoopbackServerError` when it cannot be started or fails.
    @discardableResult
    static func run(_ program: String, _ arguments: [String]) throws -> String {
        let (status, bytes) = try outcome(of: Plan(program, arguments))
        guard status == 0 else { throw LoopbackServerError(description: "\(program) failed") }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The first line of output in which `isWanted` finds something; nil when the output ends before.
    package func readLine<Found>(where isWanted: (String) -> Found?) -> Found? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while unsafe read(output, &byte, 1) == 1 {
            if byte != 0x0A {
                line.append(byte)
                continue
            }
            if let found = isWanted(String(decoding: line, as: UTF8.self)) { return found }
            line = []
        }
        return nil
    }

    /// The first line of output with this beginning; nil when the output ends before.
    func readLine(startingWith beginning: String) -> String? {
        readLine { $0.hasPrefix(beginning) ? $0 : nil }
    }

    /// Reads on and forgets, so that it never stops at a full pipe.
    /// - Throws: `LoopbackServerError` when there is no thread for it.
    package func dropOutput() throws {
        let output = output
        let thread = try JoinableThread {
            var piece = [UInt8](repeating: 0, count: 4096)
            while unsafe read(output, &piece, piece.count) > 0 {}
        }
        drain.withLock { $0 = thread }
    }

    private func readToEnd() -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe read(output, &piece, piece.count)
            guard count > 0 else { return bytes }
            bytes += piece.prefix(count)
        }
    }

    /// glibc's `posix_spawn_file_actions_addclosefrom_np`, which the Glibc module does not show.
    private static let closeFrom: (@convention(c) (UnsafeMutableRawPointer, Int32) -> Int32)? = {
        guard let symbol = unsafe dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else { return nil }
        return unsafe unsafeBitCast(symbol, to: (@convention(c) (UnsafeMutableRawPointer, Int32) -> Int32).self)
    }()

    private static func spawn(_ plan: Plan, _ actions: inout posix_spawn_file_actions_t) throws -> pid_t {
        // The shell changes the folder, since posix_spawn cannot, and then becomes the program.
        let shell = plan.directory.map { ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", $0] } ?? []
        let program = shell.first ?? plan.program
        var words = unsafe (shell + [plan.program] + plan.arguments).map { unsafe strdup($0) } + [nil]
        var variables = unsafe (plan.environment ?? [:]).map { unsafe strdup("\($0)=\($1)") } + [nil]
        defer { unsafe (words + variables).forEach { unsafe free($0) } }
        var identifier = pid_t()
        let code: Int32 =
            if plan.environment == nil {
                unsafe posix_spawnp(&identifier, program, &actions, nil, &words, environ)
            } else {
                unsafe posix_spawnp(&identifier, program, &actions, nil, &words, &variables)
            }
        guard code == 0 else {
            throw LoopbackServerError(description: "\(plan.program) cannot be started: error \(code)")
        }
        return identifier
    }
}
