import Foundation
import Synchronization

/// A docker-registry on loopback that can be stopped and started again with its content.
final class Registry: Sendable {
    let port: Int
    private let folder: URL
    private let process = Mutex<Background?>(nil)

    init(folder: URL) throws {
        self.folder = folder
        port = try freePort()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let configuration = """
            version: 0.1
            storage:
              filesystem:
                rootdirectory: \(folder.path)/data
              delete:
                enabled: true
            http:
              addr: 127.0.0.1:\(port)
            """
        try Data(configuration.utf8).write(to: folder.appendingPathComponent("config.yml"))
        try start()
    }

    /// `127.0.0.1:port`.
    var host: String { "127.0.0.1:\(port)" }

    func start() throws {
        let tool = try Tool.peer("docker-registry")
        let background = try Background(
            tool.path,
            ["serve", folder.appendingPathComponent("config.yml").path],
            log: folder.appendingPathComponent("registry.log")
        )
        process.withLock { $0 = background }
        for _ in 0..<200 {
            if (try? Tool(path: "/usr/bin/curl").run(["-fsS", "http://\(host)/v2/"]).status) == 0 { return }
            usleep(50_000)
        }
        throw Tool.Failure(description: "the registry did not start: \(folder.path)/registry.log")
    }

    func stop() {
        process.withLock { held in
            held?.stop()
            held = nil
        }
    }
}
