import UnixSignals

#if canImport(Glibc)
    import Glibc
#endif

/// The exit status that shells give to what was interrupted.
private let interrupted: Int32 = 130

/// Lets an interrupted command remove what it has half done: the first SIGINT or SIGTERM cancels it. A second one, or a
/// command that does not come to its end, ends the process.
enum Interruption {
    /// Seconds that are left for removing temporary files; standard input may never come to its end.
    private static let grace: UInt32 = 3

    /// - Returns: the exit status of the command.
    static func cancelling(_ command: @escaping @Sendable () async -> Int32) async -> Int32 {
        await withTaskGroup(of: Int32?.self) { group in
            group.addTask { await command() }
            group.addTask {
                var signals = await UnixSignalsSequence(trapping: [.sigint, .sigterm]).makeAsyncIterator()
                if await signals.next() != nil {
                    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
                    signal(SIGALRM) { _ in _exit(interrupted) }
                    alarm(grace)
                }
                return nil
            }
            for await status in group {
                group.cancelAll()
                if let status { return status }
            }
            return interrupted
        }
    }
}
