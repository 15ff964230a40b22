import Glibc
import HTTPExchange
import Synchronization

/// What tasks ask the driver thread to do.
enum DriverCommand: Sendable {
    case start(Transfer)
    /// The reader made room.
    case resumeReceiving(UInt64)
    /// The producer brought bytes or came to its end.
    case resumeSending(UInt64)
    /// The task is done with it: take it from libcurl if it is still there.
    case end(UInt64)
}

/// The driver's letter box: anyone appends, the driver takes all, and a pipe wakes it from its wait.
final class Mailbox: Sendable {
    private struct State {
        var commands: [DriverCommand] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Readable when something is in the box.
    let wakeDescriptor: Int32
    private let writeDescriptor: Int32

    /// - Throws: `connection` when the process has no descriptors left.
    init() throws {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            throw HTTPError(.connection, "The HTTP client has no wake-up pipe (errno \(errno)): raise the file limit")
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        wakeDescriptor = ends[0]
        writeDescriptor = ends[1]
    }

    deinit {
        Glibc.close(wakeDescriptor)
        Glibc.close(writeDescriptor)
    }

    /// Appends a command; false once the box is closed.
    func post(_ command: DriverCommand) -> Bool {
        let (isOpen, wasEmpty) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.commands.append(command)
            return (true, state.commands.count == 1)
        }
        if wasEmpty { wake() }
        return isOpen
    }

    /// No command is taken any more; those that are in the box still are.
    func close() {
        state.withLock { $0.isClosed = true }
        wake()
    }

    /// Everything in the box, and whether it was closed behind it.
    func take() -> (commands: [DriverCommand], isClosed: Bool) {
        drain()
        return state.withLock { state in
            defer { state.commands = [] }
            return (state.commands, state.isClosed)
        }
    }

    private func wake() {
        var byte: UInt8 = 1
        // A full pipe wakes as well as one byte more.
        _ = unsafe write(writeDescriptor, &byte, 1)
    }

    private func drain() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while unsafe read(wakeDescriptor, &bytes, bytes.count) == bytes.count {}
    }
}
