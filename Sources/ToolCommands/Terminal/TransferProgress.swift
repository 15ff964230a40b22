import CoreModel
import Synchronization

/// A bar for one transfer on a terminal; silent anywhere else.
final class TransferProgress: Sendable {
    private struct State {
        var started: Timestamp
        var drawn: Timestamp?
        var isDone = false
    }

    private let label: String
    private let total: Int64
    private let context: ToolContext
    private let state: Mutex<State>

    private static let width = 24
    private static let pause = Duration.milliseconds(100)

    /// - Parameters:
    ///   - label: what is under way, such as `pulling`.
    ///   - total: bytes that will be moved.
    init(_ label: String, total: Int64, _ context: ToolContext) {
        self.label = label
        self.total = total
        self.context = context
        state = Mutex(State(started: context.clock.now()))
    }

    /// Tells how many bytes have been moved since the beginning; `grown` is the total where it is only known by now.
    func update(_ bytes: Int64, of grown: Int64? = nil) {
        guard context.isTerminal else { return }
        let total = grown ?? total
        let now = context.clock.now()
        let line: String? = state.withLock { state in
            if state.isDone { return nil }
            if let drawn = state.drawn, now - drawn < Self.pause, bytes < total { return nil }
            state.drawn = now
            return Self.line(label, bytes, of: total, after: now - state.started)
        }
        if let line { context.standardError(Array("\r\u{1B}[K\(line)".utf8)) }
    }

    /// Takes the bar away.
    func finish() {
        guard context.isTerminal else { return }
        let wasDrawn = state.withLock { state in
            state.isDone = true
            return state.drawn != nil
        }
        if wasDrawn { context.standardError(Array("\r\u{1B}[K".utf8)) }
    }

    /// `pulling [████    ] 50% 5.0 MB of 10.0 MB, 2.5 MB/s, 2s left`
    static func line(_ label: String, _ bytes: Int64, of total: Int64, after time: Duration) -> String {
        let share = total > 0 ? min(1, Double(bytes) / Double(total)) : 1
        let filled = Int(share * Double(width))
        let bar = String(repeating: "█", count: filled) + String(repeating: " ", count: width - filled)
        var text = "\(label) [\(bar)] \(Int(share * 100))% \(ByteCount(bytes)) of \(ByteCount(total))"
        let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
        guard seconds >= 0.5, bytes > 0 else { return text }
        let rate = Double(bytes) / seconds
        text += ", \(ByteCount(Int64(rate)))/s"
        let left = Double(total - bytes) / rate
        if left >= 0.5, left < 360_000 { text += ", \(GoDuration.format(.seconds(Int64(left.rounded())))) left" }
        return text
    }
}
