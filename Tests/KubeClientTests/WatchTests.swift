import HTTPExchange
import KubeClient
import KubeModel
import ManifestTree
import Testing

@Suite("Watches")
struct WatchTests {
    private static let lines = """
        {"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"1"}}}
        {"type":"MODIFIED","object":{"metadata":{"name":"ä","resourceVersion":"2"}}}
        {"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7"}}}
        {"type":"DELETED","object":{"metadata":{"name":"a","resourceVersion":"8"}}}

        """

    @Test(arguments: [1, 2, 3, 7, 64, 10_000])
    func readsEventsHoweverTheyAreCut(size: Int) async throws {
        var pieces: [String] = []
        var rest = Substring(Self.lines)
        while !rest.isEmpty {
            pieces.append(String(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        let transport = ScriptedTransport([.pieces(pieces)])
        let events = try await transport.client().withWatch(.pods, from: "0") { events in
            var words: [String] = []
            for try await event in events { words.append(Self.word(event)) }
            return words
        }
        #expect(events == ["+a Pod", "~ä Pod", "bookmark 7", "-a Pod"])
    }

    static let broken: [(String, KubeError.Code, String)] = [
        (
            #"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}"# + "\n",
            .expired, "the version is too old"
        ),
        (#"{"type":"ERROR","object":{"kind":"Status","code":500}}"# + "\n", .unavailable, "any other error"),
        ("{\"type\":\n", .badAnswer, "no JSON"),
        (#"{"type":"NEWS","object":{}}"# + "\n", .badAnswer, "an unknown type"),
        (#"{"type":"ADDED","#, .connection, "the end comes within an event"),
    ]

    @Test(arguments: broken)
    func tellsWhatIsWrong(line: String, code: KubeError.Code, why: String) async throws {
        let transport = ScriptedTransport([.pieces([line])])
        let error = await #expect(throws: KubeError.self) {
            try await transport.client().withWatch(.pods, from: "0") { for try await _ in $0 {} }
        }
        #expect(error?.code == code, "\(why)")
    }

    @Test func boundsTheSizeOfAnEvent() async throws {
        let transport = ScriptedTransport([.pieces(Array(repeating: String(repeating: "x", count: 1 << 20), count: 20))]
        )
        let error = await #expect(throws: KubeError.self) {
            try await transport.client().withWatch(.pods, from: "0") { for try await _ in $0 {} }
        }
        #expect(error?.code == .badAnswer)
    }

    @Test func reportsARefusalToWatch() async throws {
        let transport = ScriptedTransport([refusal(410, "Expired")])
        let error = await #expect(throws: KubeError.self) {
            try await transport.client().withWatch(.pods, from: "0") { for try await _ in $0 {} }
        }
        #expect(error?.code == .expired)
        #expect(transport.requests[0].idleTimeout == .seconds(305), "longer than the server keeps a watch open")
    }

    private static func word(_ event: WatchEvent) -> String {
        switch event {
        case .added(let object): "+\(object.name) \(object.kind)"
        case .modified(let object): "~\(object.name) \(object.kind)"
        case .deleted(let object): "-\(object.name) \(object.kind)"
        case .bookmark(let version): "bookmark \(version)"
        }
    }
}
