package import CoreModel
import Synchronization

/// A clock that stands until a test moves it.
package final class ManualClock: WallClock {
    private let time: Mutex<Timestamp>

    /// 2026-01-01T00:00:00Z, unless told otherwise.
    package init(_ time: Timestamp = Timestamp(seconds: 1_767_225_600)) { self.time = Mutex(time) }

    package func now() -> Timestamp { time.withLock { $0 } }

    /// Moves it on.
    package func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}
