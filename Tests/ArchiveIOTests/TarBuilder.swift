import Glibc
import SafeFiles
import SystemPackage

/// Writes tar archives byte by byte, wrong ones included.
struct TarBuilder {
    private(set) var bytes: [UInt8] = []

    /// One entry; `size` lies about the data when given.
    mutating func add(
        _ name: String,
        type: Character = "0",
        data: [UInt8] = [],
        link: String = "",
        mode: String = "0000644",
        size: String? = nil
    ) {
        add(rawName: Array(name.utf8), type: type, data: data, link: link, mode: mode, size: size)
    }

    mutating func add(
        rawName: [UInt8],
        type: Character = "0",
        data: [UInt8] = [],
        link: String = "",
        mode: String = "0000644",
        size: String? = nil
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: some Sequence<UInt8>, at offset: Int) {
            for (index, byte) in text.enumerated() { header[offset + index] = byte }
        }
        put(rawName.prefix(100), at: 0)
        put(mode.utf8, at: 100)
        put("0001750".utf8, at: 108)
        put("0001750".utf8, at: 116)
        put((size ?? Self.octal(data.count)).utf8, at: 124)
        put("14000000000".utf8, at: 136)
        put(String(type).utf8, at: 156)
        put(Array(link.utf8).prefix(100), at: 157)
        put("ustar".utf8, at: 257)
        put("00".utf8, at: 263)
        put("someone".utf8, at: 265)
        put("        ".utf8, at: 148)
        let sum = header.reduce(0) { $0 + Int($1) }
        put((Self.octal(sum, digits: 6) + "\0 ").utf8, at: 148)
        bytes += header + data + [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
    }

    /// A pax header with one record, before the entry that it is about.
    mutating func addPax(_ key: String, _ value: String, global: Bool = false) {
        let rest = " \(key)=\(value)\n".utf8.count
        var length = rest + String(rest).utf8.count
        length = rest + String(length).utf8.count
        add("pax", type: global ? "g" : "x", data: Array("\(length) \(key)=\(value)\n".utf8))
    }

    mutating func append(_ raw: [UInt8]) { bytes += raw }

    /// The archive with its end mark.
    var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    private static func octal(_ number: Int, digits: Int = 11) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}

/// A place for an archive and for the tree that it unpacks to; beside the tree is a file that must stay alone.
final class Workspace {
    let root: Directory
    let tree: Directory
    private let temporary: TemporaryDirectory

    init() throws {
        temporary = try TemporaryDirectory(in: Directory.open(FilePath("/tmp")))
        root = temporary.directory
        tree = try root.directory("tree", creating: true)
        try root.writeAtomically("victim", Array("untouched".utf8))
    }

    func archive(_ bytes: [UInt8]) throws -> ReadableFile {
        try root.writeAtomically("archive", bytes)
        return try root.openFile("archive")
    }

    /// Runs a shell command in the workspace.
    func shell(_ command: String) throws {
        let answer = unsafe system("cd '\(root.path.string)' && \(command)")
        guard answer == 0 else { throw ShellFailure(command: command, status: answer) }
    }

    /// The archive through a system tool (`gzip`, `zstd`).
    func packed(_ bytes: [UInt8], with tool: String) throws -> ReadableFile {
        _ = try archive(bytes)
        try shell("\(tool) -c < archive > packed")
        return try root.openFile("packed")
    }

    /// Every name below the tree with its kind, mode and content.
    func listing(_ path: String = "") throws -> [String] {
        try tree.entries(path).flatMap { entry in
            let name = path.isEmpty ? entry.name : path + "/" + entry.name
            let mode = String(entry.status.mode, radix: 8)
            switch entry.kind {
            case .directory: return ["\(name)/ \(mode)"] + (try listing(name))
            case .file:
                let text = String(decoding: try tree.read(name, limit: 1 << 24).prefix(40), as: UTF8.self)
                return ["\(name) \(mode) \(text)"]
            case .link: return ["\(name) -> \(try tree.linkTarget(name))"]
            case .other: return ["\(name) ?"]
            }
        }
    }

    /// Whether nothing outside the tree was touched.
    func isUntouchedOutside() throws -> Bool {
        let names = Set(try root.entries().map(\.name)).subtracting(["tree", "victim", "archive", "packed"])
        return try names.isEmpty && root.read("victim", limit: 100) == Array("untouched".utf8)
    }
}

struct ShellFailure: Error {
    let command: String
    let status: Int32
}
