package import KubeClient
package import KubeModel
import Synchronization

/// The newest known state of every watched object of one kind.
package final class ObjectCache: WatchedState {
    private struct Entry {
        /// The newest state, whoever told it.
        var current: KubeObject
        /// The state that the last change was told about. An own write is known before the watch tells of it, and
        /// whoever depends on the object still has to hear of it.
        var told: KubeObject
    }

    private struct State {
        var entries: [ObjectKey: Entry] = [:]
        var isFilled = false
    }

    private let state = Mutex(State())
    private let filled = Wakeup()

    package init() {}

    /// The object, as the last event or our own last write has it.
    package subscript(key: ObjectKey) -> KubeObject? { state.withLock { $0.entries[key]?.current } }

    /// Every object, in no order.
    package var all: [KubeObject] { state.withLock { $0.entries.values.map(\.current) } }

    /// The number of objects.
    package var count: Int { state.withLock { $0.entries.count } }

    /// Whether the first list has been read.
    package var isFilled: Bool { state.withLock { $0.isFilled } }

    /// Waits until the first list has been read.
    /// - Throws: `CancellationError` when the task is cancelled before.
    package func waitUntilFilled() async throws {
        while true {
            let seen = filled.ticket
            if isFilled { return }
            await filled.wait(after: seen)
            try Task.checkCancellation()
        }
    }

    /// Takes the answer to a write of our own, unless a newer state is already known, so that the next reconcile does
    /// not work on what it has just replaced. The watch tells of the change all the same.
    package func absorb(_ object: KubeObject) {
        state.withLock { state in
            guard let held = state.entries[object.key]?.current, held.uid == object.uid else { return }
            if Self.isNewer(object, than: held) { state.entries[object.key]?.current = object }
        }
    }

    /// Takes one event; returns what it changes, nil where it tells nothing new.
    package func apply(_ event: WatchEvent) -> CacheChange? {
        state.withLock { state in
            switch event {
            case .added(let object), .modified(let object):
                return Self.take(object, into: &state.entries)
            case .deleted(let object):
                let old = state.entries.removeValue(forKey: object.key)
                return CacheChange(old: old?.told ?? object, new: nil)
            case .bookmark:
                return nil
            }
        }
    }

    /// Takes a whole list; returns what it changes.
    package func replace(with objects: [KubeObject]) -> [CacheChange] {
        let changes = state.withLock { state in
            var changes: [CacheChange] = []
            let listed = Set(objects.map(\.key))
            for (key, entry) in state.entries where !listed.contains(key) {
                changes.append(CacheChange(old: entry.told, new: nil))
                state.entries[key] = nil
            }
            for object in objects {
                if let change = Self.take(object, into: &state.entries) { changes.append(change) }
            }
            state.isFilled = true
            return changes
        }
        filled.signal()
        return changes
    }

    /// What is known stays what was last heard: reconciles go on from it.
    package func lose() {}

    private static func take(_ object: KubeObject, into entries: inout [ObjectKey: Entry]) -> CacheChange? {
        guard let entry = entries[object.key], entry.told.uid == object.uid else {
            let old = entries[object.key]?.told
            entries[object.key] = Entry(current: object, told: object)
            return CacheChange(old: old, new: object)
        }
        guard isNewer(object, than: entry.told) else { return nil }
        let current = isNewer(entry.current, than: object) ? entry.current : object
        entries[object.key] = Entry(current: current, told: object)
        return CacheChange(old: entry.told, new: object)
    }

    /// Resource versions of one object compare as numbers in every API server (KEP-5504); any other text counts as
    /// newer.
    static func isNewer(_ new: KubeObject, than old: KubeObject) -> Bool {
        guard let a = UInt64(new.resourceVersion), let b = UInt64(old.resourceVersion) else { return true }
        return a > b
    }
}

/// One object before and after an event; nil for not there.
package struct CacheChange: Sendable {
    package let old: KubeObject?
    package let new: KubeObject?

    /// The object that the change is about.
    package var key: ObjectKey? { new?.key ?? old?.key }
}
