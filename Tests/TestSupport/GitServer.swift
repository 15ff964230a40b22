import Foundation
import HTTPExchange
import Synchronization

/// A folder that goes with the last reference, with repositories in it.
package final class GitFolder: Sendable {
    package let path: String

    /// - Throws: when it cannot be made.
    package init() throws {
        let made = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-git-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: made, withIntermediateDirectories: true)
        path = made.resolvingSymlinksInPath().path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A new repository.
    /// - Throws: `GitFailure`.
    package func repository(_ name: String) throws -> GitRepository {
        try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
        let repository = existing(name)
        try repository.git("init", "-q", "-b", "main")
        return repository
    }

    /// A repository that is there.
    package func existing(_ name: String) -> GitRepository { GitRepository(path: "\(path)/\(name)") }
}

/// A repository with files checked out, driven by git itself.
package struct GitRepository {
    package let path: String

    /// Writes a file, and what folders it needs.
    /// - Throws: when it cannot be written.
    package func write(_ name: String, _ text: String) throws {
        let file = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    /// Commits everything.
    /// - Throws: `GitFailure`.
    package func commit() throws {
        try git("add", "-A")
        try git("commit", "-q", "--allow-empty", "-m", "change")
    }

    /// Runs git.
    /// - Returns: the first line of what it says.
    /// - Throws: `GitFailure`.
    @discardableResult
    package func git(_ arguments: String...) throws -> String {
        let settings = ["-C", path, "-c", "user.name=t", "-c", "user.email=t@example.com"]
        var plan = ChildProcess.Plan("/usr/bin/git", settings + arguments)
        plan.environment = ["PATH": "/usr/bin:/bin", "HOME": path, "GIT_CONFIG_NOSYSTEM": "1"]
        let (status, output) = try ChildProcess.outcome(of: plan)
        guard status == 0 else { throw GitFailure(arguments: arguments, status: status) }
        return String(decoding: output, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? ""
    }
}

/// git's own upload-pack behind a web server, as `git http-backend` runs it.
package final class GitServer: Sendable {
    /// What `Authorization` has to hold; nil lets everybody in.
    package final class Password: Sendable {
        private let value = Mutex<String?>(nil)
        /// The header.
        package var required: String? {
            get { value.withLock { $0 } }
            set { value.withLock { $0 = newValue } }
        }
    }

    package let password = Password()
    package let port: Int
    private let server: LoopbackServer

    /// - Parameters:
    ///   - root: the folder of the repositories.
    ///   - version: 2 where the newer protocol is spoken.
    /// - Throws: `LoopbackServerError`.
    package init(_ root: String, version: Int) throws {
        let password = password
        server = try LoopbackServer { request in
            if let required = password.required, request.headers["Authorization"] != required {
                return .text(401, "sign in")
            }
            return Self.reply(request, root, version)
        }
        port = server.port
    }

    private static func reply(_ request: ReceivedRequest, _ root: String, _ version: Int) -> ScriptedReply {
        let isQuestion = request.path.hasSuffix("/info/refs")
        let suffix = isQuestion ? "/info/refs" : "/git-upload-pack"
        guard request.path.hasSuffix(suffix) else { return .text(404, "no") }
        let input = "\(root)/input-\(UUID().uuidString)"
        try? Data(request.body).write(to: URL(fileURLWithPath: input))
        defer { try? FileManager.default.removeItem(atPath: input) }
        let folder = root + request.path.dropLast(suffix.count)
        let flags = isQuestion ? "--http-backend-info-refs" : ""
        let command = "exec git upload-pack --stateless-rpc \(flags) '\(folder)' < '\(input)'"
        var plan = ChildProcess.Plan("/bin/sh", ["-c", command])
        plan.environment = ["PATH": "/usr/bin:/bin", "HOME": root, "GIT_CONFIG_NOSYSTEM": "1"]
        // A server that does not know version 2 leaves the wish for it aside.
        if version == 2 { plan.environment?["GIT_PROTOCOL"] = request.headers["Git-Protocol"] ?? "" }
        guard let (status, output) = try? ChildProcess.outcome(of: plan), status == 0 || !isQuestion else {
            return .text(404, "no such repository")
        }
        let kind = isQuestion ? "advertisement" : "result"
        let banner = isQuestion ? Array("001e# service=git-upload-pack\n0000".utf8) : []
        return ScriptedReply(
            200,
            headers: ["Content-Type": "application/x-git-upload-pack-\(kind)"],
            body: banner + output
        )
    }
}

/// git ended with a status of its own.
package struct GitFailure: Error {
    package let arguments: [String]
    package let status: Int32
}
