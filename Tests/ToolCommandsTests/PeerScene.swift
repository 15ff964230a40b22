import Foundation
import SafeFiles
import SystemPackage
import Testing

@testable import ToolCommands

/// A docker-registry on loopback with its content in memory, and a folder in which the real tools work.
final class PeerScene: Sendable {
    /// `127.0.0.1:port`
    let host: String
    let folder: Scratch
    private let process: Process

    init(_ files: [String: String] = [:]) throws {
        folder = try Scratch(files)
        let settings = Data(
            "version: 0.1\nlog: {level: info}\nstorage: {inmemory: {}}\nhttp: {addr: '127.0.0.1:0'}\n".utf8
        )
        let file = URL(fileURLWithPath: "\(folder.path)/registry.yml")
        try settings.write(to: file)
        process = Process()
        process.executableURL = URL(fileURLWithPath: "\(Command.peers ?? "")/docker-registry")
        process.arguments = ["serve", file.path]
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let log = Pipe()
        process.standardError = log
        try process.run()
        var said = ""
        while true {
            let piece = log.fileHandleForReading.availableData
            guard !piece.isEmpty else { throw Command.Failure(command: "docker-registry", output: said) }
            said += String(decoding: piece, as: UTF8.self)
            if let found = said.firstMatch(of: /listening on (127\.0\.0\.1:[0-9]+)/) {
                host = String(found.1)
                break
            }
        }
        try FileManager.default.removeItem(at: file)
        // Somebody has to go on reading, or the registry stops at a full pipe.
        log.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
    }

    /// Runs a real tool, or any program with a path, in the folder.
    @discardableResult
    func run(_ program: String, _ arguments: String...) throws -> String {
        var command = program.contains("/") ? Command(program) : Command(peer: program)
        command.directory = folder.path
        command.environment = ["HOME": folder.path, "XDG_RUNTIME_DIR": folder.path]
        return try command.succeed(arguments)
    }

    func write(_ name: String, _ text: String) throws {
        let parent = name.split(separator: "/").dropLast().joined(separator: "/")
        _ = try folder.directory.directory.directory(parent, creating: true)
        try folder.directory.directory.writeAtomically(name, Array(text.utf8), mode: 0o644)
    }
}

/// All files below a directory with their texts.
func texts(below path: String) throws -> [String: String] {
    var texts: [String: String] = [:]
    let listing = try TreeListing(Directory.open(FilePath(path)))
    for (name, entry) in listing.entries where entry != .directory {
        texts[name] = String(decoding: try listing.root.read(name, limit: 1 << 20), as: UTF8.self)
    }
    return texts
}
