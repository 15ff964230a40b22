/// The rules of a work queue without its waiting: what is due, what is being worked on, and what has to come again.
///
/// A key is worked on by one worker at a time. A key that is added while it is worked on comes again once that is done;
/// one that is added while it waits stays once. Times are durations since any fixed point.
struct WorkQueueState<Key: Hashable & Sendable>: Sendable {
    private var due: [Key] = []
    private var head = 0
    private var queued: Set<Key> = []
    private var working: Set<Key> = []
    private var again: Set<Key> = []
    private var later = DelayedKeys<Key>()

    /// Keys that could be taken now.
    var dueCount: Int { due.count - head }

    /// Keys that wait for their time.
    var delayedCount: Int { later.count }

    /// When the next delayed key is due.
    var nextDeadline: Duration? {
        mutating get { later.first?.deadline }
    }

    /// Adds a key that is due at once; a later deadline of the same key is dropped.
    mutating func add(_ key: Key) {
        later.remove(key)
        if working.contains(key) {
            again.insert(key)
        } else if queued.insert(key).inserted {
            due.append(key)
        }
    }

    /// Adds a key that is due at a time; the earlier one of two deadlines counts, and a key that is due stays so.
    mutating func add(_ key: Key, at deadline: Duration) {
        if queued.contains(key) || again.contains(key) { return }
        later.add(key, at: deadline)
    }

    /// Moves the delayed keys whose time has come.
    mutating func advance(to now: Duration) {
        while let next = later.first, next.deadline <= now { add(next.key) }
    }

    /// Takes the next due key, to be given back with `finish`.
    mutating func take() -> Key? {
        guard head < due.count else { return nil }
        let key = due[head]
        head += 1
        if head > 64, head * 2 > due.count {
            due.removeFirst(head)
            head = 0
        }
        queued.remove(key)
        working.insert(key)
        return key
    }

    /// Whether a key that is being worked on has to come again.
    func isCalledAgain(_ key: Key) -> Bool { again.contains(key) }

    /// Ends the work on a key.
    mutating func finish(_ key: Key) {
        working.remove(key)
        if again.remove(key) != nil { add(key) }
    }

    /// Drops what is planned for a key: its object is gone.
    mutating func forget(_ key: Key) {
        later.remove(key)
    }
}

/// Keys ordered by their time: a binary heap with lazy removal, so that moving a deadline costs its logarithm.
struct DelayedKeys<Key: Hashable & Sendable>: Sendable {
    private var heap: [Entry] = []
    private var deadlines: [Key: Duration] = [:]

    struct Entry: Sendable {
        let key: Key
        let deadline: Duration
    }

    var count: Int { deadlines.count }

    /// The earliest key.
    var first: Entry? {
        mutating get {
            while let top = heap.first, deadlines[top.key] != top.deadline { pop() }
            return heap.first
        }
    }

    mutating func add(_ key: Key, at deadline: Duration) {
        if let held = deadlines[key], held <= deadline { return }
        deadlines[key] = deadline
        heap.append(Entry(key: key, deadline: deadline))
        var child = heap.count - 1
        while child > 0, heap[child].deadline < heap[(child - 1) / 2].deadline {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func remove(_ key: Key) {
        deadlines[key] = nil
    }

    private mutating func pop() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].deadline < heap[least].deadline {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
