import Synchronization

/// How far a file has been read by one transfer.
final class FilePosition: Sendable {
    private let offset = Mutex<Int64>(0)

    var value: Int64 {
        get { offset.withLock { $0 } }
        set { offset.withLock { $0 = newValue } }
    }
}
