import KubeClient
import KubeModel
import Logging
import ManifestTree
import Synchronization
import Testing

@testable import ControllerRuntime

struct WatcherTests {
    static func object(_ name: String, _ version: Int, uid: String = "u") throws -> KubeObject {
        try KubeObject([
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": [
                "name": .string(name), "namespace": "ns", "uid": .string(uid), "resourceVersion": .string("\(version)"),
            ],
        ])
    }

    static func run(_ source: ScriptedSource) async -> (cache: ObjectCache, changes: [String]) {
        let cache = ObjectCache()
        let changes = Mutex<[String]>([])
        let watcher = Watcher(
            name: "ConfigMap",
            source: source,
            cache: cache,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            backoff: Backoff(least: .milliseconds(1), most: .milliseconds(2))
        ) { change in
            changes.withLock {
                $0.append("\(change.old?.resourceVersion ?? "-")>\(change.new?.resourceVersion ?? "-")")
            }
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await watcher.run() }
            await source.waitUntilDone()
            group.cancelAll()
        }
        return (cache, changes.withLock { $0 })
    }

    @Test func itGoesOnFromTheLastVersionAndListsAgainWhenThatIsTooOld() async throws {
        let source = ScriptedSource(
            lists: [
                ([try Self.object("a", 1), try Self.object("b", 2)], "5"), ([try Self.object("a", 9)], "20"),
            ],
            watches: [
                .events([.modified(try Self.object("a", 6)), .bookmark(resourceVersion: "8")]),
                .failure(KubeError(.connection, "reset")),
                .events([.added(try Self.object("c", 9)), .deleted(try Self.object("b", 10))]),
                .failure(KubeError(.expired, "too old")),
            ]
        )
        let (cache, changes) = await Self.run(source)
        #expect(source.calls == ["list", "watch 5", "watch 8", "watch 8", "watch 10", "list", "watch 20"])
        #expect(changes.prefix(2).sorted() == ["->1", "->2"])
        #expect(Array(changes.dropFirst(2).prefix(3)) == ["1>6", "->9", "2>-"])
        #expect(cache[ObjectKey(namespace: "ns", name: "a")]?.resourceVersion == "9")
        #expect(cache.count == 1)
    }

    @Test func eventsThatTellNothingNewAreNotToldOn() async throws {
        let source = ScriptedSource(
            lists: [([try Self.object("a", 5)], "5")],
            watches: [.events([.added(try Self.object("a", 5)), .modified(try Self.object("a", 4))])]
        )
        let (cache, changes) = await Self.run(source)
        #expect(changes == ["->5"])
        #expect(cache.isFilled)
    }

    @Test func ourOwnWritesAreKnownBeforeTheWatchTellsThem() async throws {
        let source = ScriptedSource(lists: [([try Self.object("a", 5)], "5")], watches: [])
        let (cache, _) = await Self.run(source)
        cache.absorb(try Self.object("a", 7))
        cache.absorb(try Self.object("a", 6))
        #expect(cache[ObjectKey(namespace: "ns", name: "a")]?.resourceVersion == "7")
        cache.absorb(try Self.object("gone", 8))
        #expect(cache.count == 1)
    }

    @Test func ourOwnWritesAreStillToldToThoseWhoDependOnThem() throws {
        let cache = ObjectCache()
        _ = cache.replace(with: [try Self.object("a", 5)])
        cache.absorb(try Self.object("a", 7))
        let change = cache.apply(.modified(try Self.object("a", 7)))
        #expect(change?.old?.resourceVersion == "5")
        #expect(change?.new?.resourceVersion == "7")
        #expect(cache.apply(.modified(try Self.object("a", 7)))?.new == nil)
        cache.absorb(try Self.object("a", 9))
        #expect(cache.apply(.modified(try Self.object("a", 8)))?.new?.resourceVersion == "8")
        #expect(cache[ObjectKey(namespace: "ns", name: "a")]?.resourceVersion == "9", "the newest state stays known")
    }

    static let calls: [(why: String, old: Int?, new: Int?, annotation: String, called: Bool)] = [
        ("new objects", nil, 1, "", true), ("a changed spec", 1, 2, "", true), ("a status write", 1, 1, "", false),
        ("a request", 1, 1, "now", true), ("a deleted object", 1, nil, "", false),
    ]

    @Test(arguments: calls)
    func whatCallsForAReconcile(why: String, old: Int?, new: Int?, annotation: String, called: Bool) throws {
        func object(_ generation: Int?, _ annotation: String) throws -> KubeObject? {
            guard let generation else { return nil }
            var object = try Self.object("a", 1)
            object.tree[path: ["metadata", "generation"]] = .number(.init(generation))
            if !annotation.isEmpty { object.annotations = [RequestedReconcile.annotation: annotation] }
            return object
        }
        let change = CacheChange(old: try object(old, ""), new: try object(new, annotation))
        #expect(RequestedReconcile.isCalled(for: change) == called, "\(why)")
    }
}

/// Plays lists and watches in order; a watch beyond the script waits until it is cancelled.
final class ScriptedSource: WatchSource {
    enum Watch: Sendable {
        case events([WatchEvent])
        case failure(KubeError)
    }

    private struct State {
        var lists: [([KubeObject], String)]
        var watches: [Watch]
        var calls: [String] = []
    }

    private let state: Mutex<State>
    private let done = Wakeup()

    init(lists: [([KubeObject], String)], watches: [Watch]) {
        state = Mutex(State(lists: lists, watches: watches))
    }

    var calls: [String] { state.withLock { $0.calls } }

    func waitUntilDone() async { await done.wait(after: 0) }

    func list() async throws -> (objects: [KubeObject], resourceVersion: String) {
        try state.withLock { state in
            state.calls.append("list")
            guard !state.lists.isEmpty else { throw KubeError(.unavailable, "no more lists") }
            return state.lists.removeFirst()
        }
    }

    func watch(from resourceVersion: String, _ event: (WatchEvent) throws -> Void) async throws {
        let next = state.withLock { state -> Watch? in
            state.calls.append("watch \(resourceVersion)")
            return state.watches.isEmpty ? nil : state.watches.removeFirst()
        }
        switch next {
        case .events(let events): for next in events { try event(next) }
        case .failure(let error): throw error
        case nil:
            done.signal()
            try await Task.sleep(for: .seconds(3600))
        }
    }
}
