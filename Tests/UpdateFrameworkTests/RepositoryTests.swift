import CoreModel
import CurlTransport
import HTTPExchange
import SafeFiles
import SignatureCrypto
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import UpdateFramework

@Suite struct DirectoryRepositoryTests {
    private let folder: TemporaryDirectory
    private let mill: UpdateMill

    init() throws {
        folder = try TemporaryDirectory(in: Directory.open("/tmp"))
        mill = try UpdateScene.mill()
    }

    private func write(below prefix: String = "") throws {
        for (name, bytes) in mill.files {
            let isTarget = name.hasPrefix("targets/")
            let path = isTarget ? name : prefix + name
            let parent = path.split(separator: "/").dropLast().joined(separator: "/")
            _ = try folder.directory.directory(parent, creating: true)
            try folder.directory.writeAtomically(path, bytes)
        }
    }

    private func client(_ store: TrustedStore? = nil, targets: String = "targets") throws -> UpdateClient {
        UpdateClient(
            root: mill.files["1.root.json"] ?? [],
            repository: try DirectoryRepository(folder.directory, targets: targets),
            store: store,
            clock: ManualClock()
        )
    }

    @Test(arguments: ["", "metadata/"])
    func aMountedRepositoryNeedsNoNetwork(prefix: String) async throws {
        try write(below: prefix)
        let target = try await client().target(UpdateScene.path)
        #expect(target.bytes == UpdateScene.content)
    }

    @Test func linksAsKubernetesMountsThemAreFollowed() async throws {
        let data = try folder.directory.directory("..2026_01_01", creating: true)
        for (name, bytes) in mill.files {
            let flat = name.split(separator: "/").last.map(String.init) ?? name
            try data.writeAtomically(flat, bytes)
            try folder.directory.replaceSymbolicLink(flat, target: "..data/\(flat)")
        }
        try folder.directory.replaceSymbolicLink("..data", target: "..2026_01_01")
        #expect(try await client(targets: "").target(UpdateScene.path).bytes == UpdateScene.content)
    }

    @Test func linksThatLeaveItAreNot() async throws {
        try write()
        let elsewhere = try TemporaryDirectory(in: Directory.open("/tmp"))
        try elsewhere.directory.writeAtomically("t", mill.files["timestamp.json"] ?? [])
        try folder.directory.remove("timestamp.json")
        try folder.directory.replaceSymbolicLink("timestamp.json", target: "\(elsewhere.directory.path)/t")
        await #expect(throws: UpdateError.self) { try await client().target(UpdateScene.path) }
    }

    @Test func whatIsTooLargeIsNotRead() async throws {
        try write()
        try folder.directory.writeAtomically("timestamp.json", [UInt8](repeating: 32, count: 1 << 20))
        let error = await #expect(throws: UpdateError.self) { try await client().target(UpdateScene.path) }
        #expect(error?.code == .tooLarge)
    }
}

@Suite struct MirrorRepositoryTests {
    /// How a server answers for one file; nil answers as it should.
    typealias Fault = @Sendable (_ file: String, _ content: [UInt8]) -> ScriptedReply?

    struct Case: Sendable, CustomTestStringConvertible {
        let why: String
        /// Nil where the target comes all the same.
        let code: UpdateError.Code?
        let fault: Fault
        var testDescription: String { why }

        init(_ why: String, _ code: UpdateError.Code?, _ fault: @escaping Fault) {
            (self.why, self.code, self.fault) = (why, code, fault)
        }
    }

    static let cases: [Case] = [
        Case("all is well", nil) { _, _ in nil },
        Case("an object store that says 403 of what it does not have", nil) { file, content in
            content.isEmpty ? .text(403, "AccessDenied") : nil
        },
        Case("a redirect within the server", nil) { file, content in
            file == "/tuf/timestamp.json" ? ScriptedReply(302, headers: ["Location": "/moved/timestamp.json"]) : nil
        },
        Case("redirects in a circle", .unavailable) { file, _ in
            file == "/tuf/timestamp.json" ? ScriptedReply(302, headers: ["Location": file]) : nil
        },
        Case("a redirect to another protocol", .unavailable) { file, _ in
            file == "/tuf/timestamp.json" ? ScriptedReply(302, headers: ["Location": "file:///etc/passwd"]) : nil
        },
        Case("a redirect for the root's next version", .unavailable) { file, _ in
            file == "/tuf/2.root.json" ? ScriptedReply(302, headers: ["Location": file]) : nil
        },
        Case("a server that fails", .unavailable) { file, _ in
            file == "/tuf/2.root.json" ? .text(500, "sorry") : nil
        },
        Case("a body that breaks off", .unavailable) { file, content in
            file == "/tuf/1.targets.json" ? ScriptedReply(200, body: content, delivery: .closing(after: 10)) : nil
        },
        Case("a body that announces too much", .tooLarge) { file, content in
            file == "/tuf/timestamp.json"
                ? ScriptedReply(200, body: content, delivery: .declaring(length: 1 << 30)) : nil
        },
        Case("a body that goes on and on", .tooLarge) { file, content in
            file == "/tuf/timestamp.json"
                ? ScriptedReply(200, body: [UInt8](repeating: 32, count: 1 << 20), delivery: .chunked(4096)) : nil
        },
        Case("a snapshot one byte longer than announced", .tooLarge) { file, content in
            file == "/tuf/1.snapshot.json" ? ScriptedReply(200, body: content + [32], delivery: .untilClose) : nil
        },
        Case("a page of HTML for everything", .malformed) { _, _ in
            .text(200, "<html>log in</html>", headers: ["Content-Type": "text/html"])
        },
        Case("no timestamp", .unavailable) { file, _ in file == "/tuf/timestamp.json" ? .text(404, "") : nil },
        Case("no target", .unavailable) { file, _ in file.hasPrefix("/tuf/targets/") ? .text(404, "") : nil },
    ]

    @Test(arguments: cases)
    func aMirrorIsBelievedNothing(each: Case) async throws {
        let mill = try UpdateScene.mill()
        let files = mill.files
        let fault = each.fault
        let server = try LoopbackServer { request in
            let name = request.path.replacingPrefix("/moved/", with: "").replacingPrefix("/tuf/", with: "")
            let content = files[name]
            if let reply = fault(request.path, content ?? []) { return reply }
            return content.map { ScriptedReply(200, body: $0) } ?? .text(404, "no")
        }
        defer { server.stop() }
        let client = UpdateClient(
            root: files["1.root.json"] ?? [],
            repository: MirrorRepository(
                server.url("/tuf/"),
                transport: try CurlTransport(userAgent: "sluice-test")
            ),
            store: nil,
            clock: ManualClock()
        )
        do {
            let target = try await client.target(UpdateScene.path)
            #expect(each.code == nil, "\(each.why)")
            #expect(target.bytes == UpdateScene.content)
        } catch let error as UpdateError {
            #expect(error.code == each.code, "\(each.why): \(error)")
        }
    }

    @Test func namesOfRolesAndTargetsAreEncoded() async throws {
        let seen = Mutex<[String]>([])
        let server = try LoopbackServer { request in
            seen.withLock { $0.append(request.target) }
            return .text(404, "no")
        }
        defer { server.stop() }
        let mirror = MirrorRepository(
            server.url("/a"),
            targets: "",
            transport: try CurlTransport(userAgent: "sluice-test")
        )
        #expect(try await mirror.metadata("1.röle ?#.json", limit: 10) == nil)
        #expect(try await mirror.target("x/y%2e.txt", limit: 10) == nil)
        #expect(seen.withLock { $0 } == ["/a/1.r%C3%B6le%20%3F%23.json", "/a/x/y%252e.txt"])
    }
}

extension String {
    fileprivate func replacingPrefix(_ prefix: String, with replacement: String) -> String {
        hasPrefix(prefix) ? replacement + dropFirst(prefix.count) : self
    }
}
