/// A docker-registry on loopback with its content in memory. It ends with the last reference.
package final class PeerRegistry: Sendable {
    /// `127.0.0.1:port`
    package let host: String
    private let folder: ScratchFolder
    private let process: ChildProcess

    /// Starts it and waits until it listens.
    /// - Throws: `LoopbackServerError` when it does not.
    package init() throws {
        guard let programs = PeerServer.programs else {
            throw LoopbackServerError(description: "SLUICE_PEERS is not set")
        }
        folder = try ScratchFolder()
        let settings = "version: 0.1\nlog: {level: info}\nstorage: {inmemory: {}, delete: {enabled: true}}\n"
        try folder.write("registry.yml", (settings + "http: {addr: '127.0.0.1:0'}\n").utf8)
        var plan = ChildProcess.Plan("\(programs)/docker-registry", ["serve", folder.path("registry.yml")])
        plan.environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path]
        plan.keepsErrors = true
        process = try ChildProcess(plan)
        var said = ""
        let listening = process.readLine { line in
            said += line + "\n"
            return line.firstMatch(of: /listening on (127\.0\.0\.1:[0-9]+)/).map { String($0.1) }
        }
        guard let listening else { throw LoopbackServerError(description: "docker-registry does not listen: \(said)") }
        host = listening
        try process.dropOutput()
    }
}
