import HTTPExchange
package import KubeModel
import ManifestTree

/// One line of a watch.
package enum WatchEvent: Sendable {
    case added(KubeObject)
    case modified(KubeObject)
    case deleted(KubeObject)
    /// Nothing changed up to this resource version.
    case bookmark(resourceVersion: String)
}

/// The events of one watch, to be read once and only inside the closure that was given them.
///
/// It ends when the server ends the watch; the caller continues from the last resource version it saw.
package struct WatchEvents: AsyncSequence, Sendable {
    package typealias Element = WatchEvent

    let body: HTTPResponseBody
    let type: ResourceType
    let eventLimit: Int

    package struct Iterator: AsyncIteratorProtocol {
        private let body: HTTPResponseBody
        private let type: ResourceType
        private var lines: LineSplitter

        init(_ events: WatchEvents) {
            body = events.body
            type = events.type
            lines = LineSplitter(limit: events.eventLimit)
        }

        /// - Throws: `expired` when the resource version is too old, any other `KubeError` that the server reports,
        ///   `badAnswer` for lines that cannot be read, and the transport's error.
        package mutating func next() async throws -> WatchEvent? {
            while true {
                if let line = try lines.next() { return try WatchEvents.event(line, type) }
                guard let piece = try await body.next() else {
                    guard lines.isEmpty else {
                        throw KubeError(.connection, "The watch of \(type) broke off within an event")
                    }
                    return nil
                }
                lines.append(piece)
            }
        }
    }

    package func makeAsyncIterator() -> Iterator { Iterator(self) }

    static func event(_ line: [UInt8], _ type: ResourceType) throws -> WatchEvent {
        let tree: Tree
        do {
            tree = try JSONReader.parse(line, source: "a watch event", text: .lenient)
        } catch {
            throw KubeError(.badAnswer, "The watch of \(type) gave an event that is not JSON", cause: error)
        }
        let object = tree["object"] ?? .null
        let word = tree["type"]?.string ?? ""
        switch word {
        case "ADDED": return .added(try KubeClient.object(object, type))
        case "MODIFIED": return .modified(try KubeClient.object(object, type))
        case "DELETED": return .deleted(try KubeClient.object(object, type))
        case "BOOKMARK":
            return .bookmark(resourceVersion: object["metadata"]?["resourceVersion"]?.string ?? "")
        case "ERROR":
            throw KubeError(status: object, code: 500, doing: "the watch of \(type)")
        default:
            throw KubeError(.badAnswer, "The watch of \(type) gave an event of the unknown type \"\(word.prefix(40))\"")
        }
    }
}

extension KubeClient {
    /// Watches a collection from a resource version on, until the server ends it or the closure does.
    /// - Throws: `expired` when that version is too old; `KubeError` as for every request; what the closure throws.
    package func withWatch<Result: Sendable>(
        _ type: ResourceType,
        namespace: String? = nil,
        from resourceVersion: String,
        options: WatchOptions = WatchOptions(),
        _ body: (WatchEvents) async throws -> Result
    ) async throws -> Result {
        let request = KubeRequest.watch(type, namespace: namespace, from: resourceVersion, options)
        // The server ends the watch itself; silence beyond that means that the connection is dead.
        let patience = options.timeout + .seconds(15)
        return try await connection.withStream(request, as: impersonation, idleTimeout: patience) { stream in
            try await body(WatchEvents(body: stream, type: type, eventLimit: self.options.eventLimit))
        }
    }
}
