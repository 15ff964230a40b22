import SafeFiles
import SystemPackage
import TestSupport
import Testing

@testable import ToolCommands

/// A docker-registry on loopback with its content in memory, and a folder in which the real tools work.
final class PeerScene: Sendable {
    /// `127.0.0.1:port`
    let host: String
    let folder: Scratch
    private let registry: PeerRegistry

    init(_ files: [String: String] = [:]) throws {
        folder = try Scratch(files)
        registry = try PeerRegistry()
        host = registry.host
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
