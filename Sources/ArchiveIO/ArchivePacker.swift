package import SafeFiles

/// The permission bits that entries get, whatever they are on disk, so that a umask cannot change the bytes.
package struct ArchiveModes: Hashable, Sendable {
    package var file: UInt32
    package var executable: UInt32
    package var directory: UInt32

    package init(file: UInt32, executable: UInt32, directory: UInt32) {
        self.file = file
        self.executable = executable
        self.directory = directory
    }

    /// What Flux gives the artifacts that it stores.
    package static let store = ArchiveModes(file: 0o600, executable: 0o700, directory: 0o750)
    /// What people expect in an artifact that they pull.
    package static let push = ArchiveModes(file: 0o644, executable: 0o755, directory: 0o755)
}

/// What the packer does with a name that it meets.
package enum PackingChoice: Hashable, Sendable {
    case include
    /// Not in the archive; of a directory, what is in it is still asked about.
    case leaveOut
    /// Not in the archive, nor anything below it.
    case prune
}

/// What was packed.
package struct PackedArchive: Hashable, Sendable {
    /// Bytes of the archive.
    package var size: Int64 = 0
    package var files = 0
    package var directories = 0
    /// Bytes of all files before packing.
    package var bytes: Int64 = 0
}

/// Packs a tree into a tar.gz that depends on names, contents and executable bits, and on nothing else: sorted by the
/// bytes of the names, a directory before its content, owners, times and names of owners zero. Only regular files and
/// directories are packed; links and others are left out, as Flux does.
package struct ArchivePacker: Sendable {
    package let modes: ArchiveModes
    /// 1 (fast) to 9 (small); nil for a plain tar, whose digest an image config names as `diff_id`.
    package let level: Int?
    /// How many threads pack, at most; nil for as many as there are cores. They do not change the bytes.
    package let threads: Int?

    package init(modes: ArchiveModes, level: Int? = 6, threads: Int? = nil) {
        self.modes = modes
        self.level = level
        self.threads = threads
    }

    /// Packs the tree. Blocks: async callers use `BlockingPool`.
    /// - Parameters:
    ///   - choose: asked about each file and directory (true) with its path below the tree.
    ///   - plain: sees the bytes of the tar before they are packed, so that one pass gives both digests.
    ///   - sink: takes the archive's bytes, in order. Both are only lent theirs.
    /// - Throws: `ArchiveError`, `FileError`, and what the closures throw.
    package func pack(
        tree: Directory,
        choose: (_ path: String, _ isDirectory: Bool) throws -> PackingChoice = { _, _ in .include },
        plain: (UnsafeRawBufferPointer) throws -> Void = { _ in },
        sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> PackedArchive {
        try withoutActuallyEscaping(choose) { choose in
            try unsafe withoutActuallyEscaping(plain) { plain in
                try unsafe withoutActuallyEscaping(sink) { sink in
                    let output = try unsafe PackedOutput(level: level, threads: threads, plain: plain, sink: sink)
                    var packing = Packing(writer: try ArchiveWriter(output: output.input), modes: modes, choose: choose)
                    try packing.add(tree, prefix: "")
                    try packing.writer.finish()
                    packing.packed.size = try output.finish()
                    return packing.packed
                }
            }
        }
    }

    /// Packs the tree into a file.
    /// - Throws: as the other `pack`.
    package func pack(
        tree: Directory,
        into file: WritableFile,
        choose: (_ path: String, _ isDirectory: Bool) throws -> PackingChoice = { _, _ in .include }
    ) throws -> PackedArchive {
        try unsafe pack(tree: tree, choose: choose) { try unsafe file.write($0) }
    }
}

/// One run of a packer.
private struct Packing {
    let writer: ArchiveWriter
    let modes: ArchiveModes
    let choose: (String, Bool) throws -> PackingChoice
    var packed = PackedArchive()

    mutating func add(_ directory: Directory, prefix: String) throws {
        for entry in try directory.entries() {
            let path = prefix + entry.name
            switch entry.kind {
            case .directory: try add(subdirectory: entry.name, of: directory, path)
            case .file: try add(file: entry.name, of: directory, path)
            case .link, .other: continue
            }
        }
    }

    private mutating func add(subdirectory name: String, of parent: Directory, _ path: String) throws {
        let choice = try choose(path, true)
        guard choice != .prune else { return }
        if choice == .include {
            try writer.addDirectory(path, mode: modes.directory)
            packed.directories += 1
        }
        try add(parent.directory(name), prefix: path + "/")
    }

    private mutating func add(file name: String, of parent: Directory, _ path: String) throws {
        guard try choose(path, false) == .include else { return }
        let file = try parent.openFile(name)
        let isExecutable = file.status.mode & 0o111 != 0
        try writer.addFile(path, file, mode: isExecutable ? modes.executable : modes.file)
        packed.files += 1
        packed.bytes += file.size
    }
}

/// The way of the bytes from the tar to the sink.
@safe private final class PackedOutput {
    private final class Counter {
        var size: Int64 = 0
    }

    /// Takes the tar.
    let input: Output
    private let gzip: GzipBlocks?
    private let counter: Counter

    init(
        level: Int?,
        threads: Int?,
        plain: @escaping (UnsafeRawBufferPointer) throws -> Void,
        sink: @escaping (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let counter = Counter()
        let counted: (UnsafeRawBufferPointer) throws -> Void = { bytes in
            try unsafe sink(bytes)
            counter.size += Int64(bytes.count)
        }
        let gzip = try level.map { try unsafe GzipBlocks(level: $0, threads: threads, sink: counted) }
        unsafe input = Output { bytes in
            try unsafe plain(bytes)
            if let gzip { try unsafe gzip.write(bytes) } else { try unsafe counted(bytes) }
        }
        self.gzip = gzip
        self.counter = counter
    }

    /// Writes what is left.
    /// - Returns: the bytes that the sink took.
    func finish() throws -> Int64 {
        try gzip?.finish()
        return counter.size
    }
}
