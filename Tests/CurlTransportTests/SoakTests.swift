import CurlTransport
import Glibc
import HTTPExchange
import TestSupport
import Testing

@Suite("Thousands of exchanges that are given up")
struct SoakTests {
    /// In a process of its own, where every descriptor and every byte of memory is the transport's or the server's.
    @Test("They leave no handle, no descriptor and no memory behind", .timeLimit(.minutes(5)))
    func leavesNothing() async {
        await #expect(processExitsWith: .success) {
            let soak = try Soak()
            try await soak.giveUp(2000)
            try await soak.settle { soak.openConnectionCount <= 1 }
            let (early, descriptors) = (Soak.residentBytes, Soak.descriptorCount)
            try await soak.giveUp(8000)
            let growth = Soak.residentBytes - early
            #expect(growth < 72 << 20, "8,000 buffers of 16 KiB would be 128 MiB; the server's own notes are a few")
            #expect(soak.transport.liveTransferCount == 0)
            try await soak.settle { soak.openConnectionCount <= 1 && Soak.descriptorCount <= descriptors }
            #expect(Soak.descriptorCount <= descriptors)
            soak.transport.shutdown()
        }
    }
}

/// Gives exchanges up in every state in which they can be.
private final class Soak: Sendable {
    /// Where an exchange is when it is given up.
    enum Stage: CaseIterable {
        case beforeStart, connecting, beforeHead, afterHead, withinBody, trickling, uploading, timedOut, silent
        /// Ended by the other side.
        case reset, shortBody
    }

    let transport: CurlTransport
    private let server: LoopbackServer
    private let deaf: DeafListener

    init() throws {
        transport = try CurlTransport(userAgent: "sluice/test", proxies: .none)
        deaf = try DeafListener()
        let body = [UInt8](repeating: 7, count: 300_000)
        server = try LoopbackServer { request in
            switch request.path {
            case "/afterHead": ScriptedReply(200, body: body, delivery: .hanging(after: 0))
            case "/withinBody": ScriptedReply(200, body: body, delivery: .hanging(after: 200_000))
            case "/trickling", "/timedOut":
                ScriptedReply(200, body: body, delivery: .trickling(bytes: 10, every: .milliseconds(2)))
            case "/reset": ScriptedReply(200, body: body, delivery: .resetting(after: 100_000))
            case "/shortBody": ScriptedReply(200, body: body, delivery: .declaring(length: 300_001))
            case "/fine": .text(200, "fine")
            default: ScriptedReply(200, delivery: .silent)
            }
        }
    }

    /// Fifty at a time, and now and then one that goes well over a connection that is kept.
    func giveUp(_ count: Int) async throws {
        let stages = Stage.allCases
        for start in stride(from: 0, to: count, by: 50) {
            await withTaskGroup(of: Void.self) { group in
                for number in start..<min(start + 50, count) {
                    group.addTask { await self.giveUp(at: stages[number % stages.count]) }
                }
            }
            #expect(transport.liveTransferCount == 0)
            let fine = try await transport.response(to: HTTPRequest(.get, server.url("/fine")), limit: 10)
            #expect(fine.body == Array("fine".utf8))
        }
    }

    private func giveUp(at stage: Stage) async {
        var request = HTTPRequest(.get, stage == .connecting ? deaf.url : server.url("/\(stage)"))
        if stage == .timedOut { request.timeout = .milliseconds(8) }
        if stage == .silent { request.idleTimeout = .milliseconds(8) }
        if stage == .uploading {
            let piece = [UInt8](repeating: 1, count: 64 << 10)
            request.method = .put
            request.body = .stream(length: 1 << 30) { { piece } }
        }
        switch stage {
        case .beforeStart: await cancelled(after: nil, request)
        case .timedOut, .silent, .reset, .shortBody: await failed(request)
        default: await cancelled(after: .milliseconds(6), request)
        }
    }

    private func failed(_ request: HTTPRequest) async {
        await #expect(throws: HTTPError.self) { _ = try await transport.response(to: request, limit: 1 << 20) }
    }

    /// Nil cancels before anything is sent.
    private func cancelled(after delay: Duration?, _ request: HTTPRequest) async {
        await withTaskGroup(of: Void.self) { group in
            if delay == nil { group.cancelAll() }
            group.addTask { await self.failed(request) }
            if let delay { try? await Task.sleep(for: delay) }
            group.cancelAll()
        }
    }

    /// The server hears of what was given up a moment later.
    func settle(_ condition: () -> Bool) async throws {
        for _ in 0..<1000 where !condition() { try await Task.sleep(for: .milliseconds(5)) }
    }

    var openConnectionCount: Int { server.openConnectionCount }

    static var descriptorCount: Int {
        guard let folder = unsafe opendir("/proc/self/fd") else { return 0 }
        defer { unsafe _ = closedir(folder) }
        var count = 0
        while unsafe readdir(folder) != nil { count += 1 }
        return count
    }

    static var residentBytes: Int {
        guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
        defer { unsafe _ = fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard unsafe fgets(&line, 128, file) != nil else { return 0 }
        let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).split(
            separator: " "
        )
        return words.count > 1 ? (Int(words[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }
}
