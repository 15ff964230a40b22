import Glibc
package import SignatureCrypto

/// Asks whoever sits at the terminal for a password, which is not shown.
package enum TerminalPassword {
    private static let lengthLimit = 4_096
    /// What Ctrl-C sends while it is no signal.
    private static let interrupt: UInt8 = 0x03

    /// Nil where the process has no terminal. Blocks until a line was typed.
    /// - Throws: `CancellationError` for Ctrl-C, `ToolError` for an answer that does not end.
    @Sendable package static func ask(_ prompt: String) throws -> SecretBytes? {
        let terminal = unsafe open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { return nil }
        defer { close(terminal) }
        var settings = termios()
        guard unsafe tcgetattr(terminal, &settings) == 0 else { return nil }
        // Without signals nobody can stop the process and leave the terminal silent.
        var silent = settings
        silent.c_lflag &= ~tcflag_t(ECHO | ISIG)
        unsafe tcsetattr(terminal, TCSAFLUSH, &silent)
        defer {
            unsafe tcsetattr(terminal, TCSAFLUSH, &settings)
            write("\n", to: terminal)
        }
        write(prompt, to: terminal)
        return try readLine(from: terminal)
    }

    private static func readLine(from terminal: CInt) throws -> SecretBytes {
        var line: [UInt8] = []
        line.reserveCapacity(lengthLimit)
        while line.count < lengthLimit {
            var byte: UInt8 = 0
            let count = unsafe read(terminal, &byte, 1)
            if count < 0, errno == EINTR { continue }
            if byte == interrupt { throw CancellationError() }
            if count <= 0 || byte == UInt8(ascii: "\n") { return SecretBytes(taking: &line) }
            line.append(byte)
        }
        throw ToolError(.usage, "The password has more than \(lengthLimit) characters; put it into a file")
    }

    private static func write(_ text: String, to terminal: CInt) {
        let bytes = Array(text.utf8)
        _ = unsafe Glibc.write(terminal, bytes, bytes.count)
    }
}
