import KubeClient
package import KubeModel
import Synchronization

/// The newest known state of every watched object of one kind.
package final class ObjectCache: Sendable {
    private struct State {
        var objects: [ObjectKey: KubeObject] = [:]
        var isFilled = false
    }

    private let state = Mutex(State())
    private let filled = Wakeup()

    package init() {}

    /// The object, as the last event told it.
    package subscript(key: ObjectKey) -> KubeObject? { state.withLock { $0.objects[key] } }

    /// Every object, in no order.
    package var all: [KubeObject] { state.withLock { Array($0.objects.values) } }

    /// The number of objects.
    package var count: Int { state.withLock { $0.objects.count } }

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
    /// not work on what it has just replaced.
    package func absorb(_ object: KubeObject) {
        state.withLock { state in
            guard let held = state.objects[object.key] else { return }
            if held.uid == object.uid, Self.isNewer(object, than: held) { state.objects[object.key] = object }
        }
    }

    /// Takes one change; returns the state before it, and false where the event tells nothing new.
    func apply(_ event: WatchEvent) -> CacheChange? {
        state.withLock { state in
            switch event {
            case .added(let object), .modified(let object):
                let old = state.objects[object.key]
                if let old, old.uid == object.uid, !Self.isNewer(object, than: old) { return nil }
                state.objects[object.key] = object
                return CacheChange(old: old, new: object)
            case .deleted(let object):
                let old = state.objects.removeValue(forKey: object.key)
                return CacheChange(old: old ?? object, new: nil)
            case .bookmark:
                return nil
            }
        }
    }

    /// Takes a whole list; returns what it changes.
    func replace(with objects: [KubeObject]) -> [CacheChange] {
        let fresh = Dictionary(objects.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
        let changes = state.withLock { state in
            var changes: [CacheChange] = []
            for (key, old) in state.objects where fresh[key] == nil { changes.append(CacheChange(old: old, new: nil)) }
            for (key, new) in fresh {
                let old = state.objects[key]
                if old?.resourceVersion != new.resourceVersion || old?.uid != new.uid {
                    changes.append(CacheChange(old: old, new: new))
                }
            }
            state.objects = fresh
            state.isFilled = true
            return changes
        }
        filled.signal()
        return changes
    }

    /// Resource versions of one object compare as numbers in every API server (KEP-5504); any other text counts as
    /// newer.
    private static func isNewer(_ new: KubeObject, than old: KubeObject) -> Bool {
        guard let a = UInt64(new.resourceVersion), let b = UInt64(old.resourceVersion) else { return true }
        return a > b
    }
}

/// One object before and after an event; nil for not there.
package struct CacheChange: Sendable {
    package let old: KubeObject?
    package let new: KubeObject?
}
