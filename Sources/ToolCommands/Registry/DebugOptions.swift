import ArgumentParser
import CoreModel
import HTTPExchange

/// Flux's `--debug`, of every command that talks to a registry.
struct DebugOptions: ParsableArguments {
    @Flag(help: "Tell each request to the registry and what came of it.")
    var debug = false

    /// The context, telling what it sends where that is asked for.
    func applied(to context: ToolContext) -> ToolContext {
        guard debug else { return context }
        var context = context
        context.transport = ToldTransport(transport: context.transport, context: context)
        return context
    }
}

/// Writes a line on standard error for each exchange. What may hold secrets is left out: headers, bodies, and the
/// queries of URLs, in which object stores keep their signatures.
struct ToldTransport: HTTPTransport {
    let transport: any HTTPTransport
    let context: ToolContext

    func withResponse<Result: Sendable>(
        to request: HTTPRequest,
        _ body: (HTTPResponseHead, HTTPResponseBody) async throws -> Result
    ) async throws -> Result {
        let subject = "\(request.method.rawValue) \(request.url.scheme)://\(request.url.authority)\(request.url.path)"
        let start = context.clock.now()
        func tell(_ outcome: String) {
            let time = GoDuration.format(context.clock.now() - start)
            context.standardError(Array("\(PlainText.printable("\(subject): \(outcome)")) after \(time)\n".utf8))
        }
        do {
            return try await transport.withResponse(to: request) { head, content in
                tell("\(head.status)")
                return try await body(head, content)
            }
        } catch let error as HTTPError {
            tell("failed (\(error.code.rawValue))")
            throw error
        }
    }
}
