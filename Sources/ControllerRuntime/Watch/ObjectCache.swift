import KubeClient
package import KubeModel
import Synchronization

/// The newest known state of every watched object of one kind.
package final class ObjectCache: Sendable {
    fileprivate struct State {
        var objects: [ObjectKey: KubeObject] = [:]
        /// What was last told of objects that hold an answer of our own since: the watch has yet to tell of that.
        var told: [ObjectKey: KubeObject] = [:]
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
    /// not work on what it has just replaced. Those who follow the changes still learn of it from the watch.
    package func absorb(_ object: KubeObject) {
        state.withLock { state in
            guard let held = state.objects[object.key] else { return }
            guard held.uid == object.uid, Self.isNewer(object, than: held) else { return }
            if state.told[object.key] == nil { state.told[object.key] = held }
            state.objects[object.key] = object
        }
    }

    /// Takes one change; returns the state before it, and false where the event tells nothing new.
    func apply(_ event: WatchEvent) -> CacheChange? {
        state.withLock { state in
            switch event {
            case .added(let object), .modified(let object):
                return state.take(object)
            case .deleted(let object):
                let held = state.objects.removeValue(forKey: object.key)
                let old = state.told.removeValue(forKey: object.key) ?? held
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
            let told = state.objects.merging(state.told) { $1 }
            for (key, old) in told where fresh[key] == nil { changes.append(CacheChange(old: old, new: nil)) }
            for (key, new) in fresh {
                let old = told[key]
                if old?.resourceVersion != new.resourceVersion || old?.uid != new.uid {
                    changes.append(CacheChange(old: old, new: new))
                }
            }
            state.objects = fresh
            state.told = [:]
            state.isFilled = true
            return changes
        }
        filled.signal()
        return changes
    }

    /// Resource versions of one object compare as numbers in every API server (KEP-5504); any other text counts as
    /// newer.
    fileprivate static func isNewer(_ new: KubeObject, than old: KubeObject) -> Bool {
        guard let a = UInt64(new.resourceVersion), let b = UInt64(old.resourceVersion) else { return true }
        return a > b
    }
}

extension ObjectCache.State {
    /// Takes an event's object; nil where it tells nothing that was not told before.
    fileprivate mutating func take(_ object: KubeObject) -> CacheChange? {
        let (key, held) = (object.key, objects[object.key])
        let old = told[key] ?? held
        if let old, old.uid == object.uid, !ObjectCache.isNewer(object, than: old) { return nil }
        if let held, held.uid == object.uid, ObjectCache.isNewer(held, than: object) {
            // We wrote again since: that answer is still to be told.
            told[key] = object
        } else {
            told[key] = nil
            objects[key] = object
        }
        return CacheChange(old: old, new: object)
    }
}

/// One object before and after an event; nil for not there.
package struct CacheChange: Sendable {
    package let old: KubeObject?
    package let new: KubeObject?
}
