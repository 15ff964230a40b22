import ArtifactStore
import Synchronization

/// How far a file has been read by one transfer.
final class FilePosition: Sendable {
    private let offset = Mutex<Int64>(0)

    var value: Int64 {
        get { offset.withLock { $0 } }
        set { offset.withLock { $0 = newValue } }
    }
}

/// What `push artifact` leaves out where the user says nothing, as Flux's tool does.
enum IgnoreDefaults {
    static let patterns = IgnoreRules.versionControl + IgnoreRules.extensions
}
