package import CoreModel
package import SafeFiles

/// What happens to symbolic links. One that leaves the tree is refused in every case.
package enum LinkPolicy: Hashable, Sendable {
    /// Counted and left out, as Flux does.
    case skip
    /// Made, and after the last entry followed once more to see that it stays in the tree.
    case keepInside
}

/// What an archive held.
package struct ExtractionSummary: Hashable, Sendable {
    package var files = 0
    /// Directories, including those that only names of files imply.
    package var directories = 0
    /// Symbolic links that were made.
    package var links = 0
    /// Symbolic links that were left out.
    package var skippedLinks = 0
    /// Bytes of all files.
    package var bytes: Int64 = 0

    /// Nothing yet.
    package init() {}
}

/// Unpacks a tar archive (plain, gzip or zstd, told by its bytes) that may be hostile.
///
/// Nothing is ever written outside the given directory: names are checked, and every step goes through the
/// directory's descriptor without following links. Modes become 0600 or 0700; owners, times and special bits are
/// dropped. A later file of the same name wins. Limits are enforced while bytes stream, so a bomb stops early.
package struct ArchiveExtractor: Sendable {
    package let limits: ArtifactLimits
    package let links: LinkPolicy

    package init(limits: ArtifactLimits, links: LinkPolicy = .skip) {
        self.limits = limits
        self.links = links
    }

    /// Unpacks the whole archive. Blocks: async callers use `BlockingPool`.
    /// - Throws: `ArchiveError`, `FileError`; the directory then holds what came before, and is the caller's to remove.
    package func extract(file: ReadableFile, into directory: Directory) throws -> ExtractionSummary {
        var extraction = Extraction(reader: try ArchiveReader(file), root: directory, extractor: self)
        try extraction.run()
        return extraction.summary
    }
}

/// One run of an extractor.
private struct Extraction {
    private let reader: ArchiveReader
    private let links: LinkPolicy
    private var tree: ExtractionTree
    private var meter: LimitMeter
    private var madeLinks: [EntryName] = []
    private(set) var summary = ExtractionSummary()

    init(reader: ArchiveReader, root: Directory, extractor: ArchiveExtractor) {
        self.reader = reader
        links = extractor.links
        tree = ExtractionTree(root: root)
        meter = LimitMeter(limits: extractor.limits)
    }

    mutating func run() throws {
        while let header = try reader.next() {
            let name = try EntryName(header.name, depth: meter.limits.depth)
            try meter.countEntry(name.text)
            try meter.check(announced: header.size, name.text)
            let progress = reader.progress
            try meter.check(unpacked: progress.unpacked, packed: progress.packed, name.text)
            do {
                try place(header, name)
            } catch let error as FileError {
                throw Self.explained(error, name)
            }
        }
        for name in madeLinks { try checkLink(name) }
        summary.bytes = meter.bytes
    }

    private mutating func place(_ header: EntryHeader, _ name: EntryName) throws {
        switch header.kind {
        case .directory:
            try drain(name, into: nil)
            // The entry itself was counted already, whether or not its name is new.
            let made = try tree.directory(at: name.components).made
            try count(directories: made, alreadyCounted: min(made, 1), name)
        case .file:
            guard !name.components.isEmpty else {
                throw ArchiveError(.unsafeName, entry: name.text, "is a file, but has the name of the tree itself")
            }
            let mode: UInt32 = header.mode & 0o100 == 0 ? 0o600 : 0o700
            let file = try parent(of: name).createReplacing(name.name, mode: mode)
            try drain(name, into: file)
            try pad(file, to: header.size, name)
            summary.files += 1
        case .link(let target):
            try drain(name, into: nil)
            try placeLink(name, target)
        case .hardLink(let target):
            try drain(name, into: nil)
            try placeHardLink(name, target)
        case .other:
            throw ArchiveError(
                .unsupportedEntry,
                entry: name.text,
                "is a device, a pipe, a socket or of an unknown type; only files, directories and links are accepted"
            )
        }
    }

    private mutating func placeLink(_ name: EntryName, _ target: [UInt8]) throws {
        guard !name.components.isEmpty, name.keepsInside(target: target) else { throw Self.escape(name, target) }
        guard links == .keepInside else {
            summary.skippedLinks += 1
            return
        }
        guard let text = String(validating: target, as: UTF8.self) else {
            throw ArchiveError(.unsafeLink, entry: name.text, "is a link whose target is not UTF-8")
        }
        let parent = try parent(of: name)
        try parent.makeRoom(for: name.name)
        try parent.replaceSymbolicLink(name.name, target: text)
        madeLinks.append(name)
        summary.links += 1
    }

    /// A hard link becomes a second name of an earlier file of the tree, and counts like a copy: whoever packs the tree
    /// again reads its bytes once for each name.
    private mutating func placeHardLink(_ name: EntryName, _ target: [UInt8]) throws {
        guard !name.components.isEmpty, let target = try? EntryName(target, depth: meter.limits.depth) else {
            throw Self.escape(name, target)
        }
        guard let status = try tree.root.status(target.path), status.kind == .file else {
            throw ArchiveError(
                .unsafeLink,
                entry: name.text,
                "is a hard link to '\(target.text)', which is no earlier file of the archive"
            )
        }
        try meter.count(bytes: status.size, name.text)
        summary.files += 1
        guard !name.path.utf8.elementsEqual(target.path.utf8) else { return }
        let parent = try parent(of: name)
        try parent.makeRoom(for: name.name)
        try tree.root.linkFile(target.path, as: name.path)
    }

    private mutating func parent(of name: EntryName) throws -> Directory {
        let (directory, made) = try tree.directory(at: name.parent)
        try count(directories: made, alreadyCounted: 0, name)
        return directory
    }

    private mutating func count(directories made: Int, alreadyCounted: Int, _ name: EntryName) throws {
        for _ in alreadyCounted..<made { try meter.countEntry(name.text) }
        summary.directories += made
    }

    /// Reads the entry's data to its end; holes of sparse files become zeros.
    private mutating func drain(_ name: EntryName, into file: WritableFile?) throws {
        try unsafe reader.forEachBlock(of: name.text) { bytes, offset in
            let progress = reader.progress
            try meter.check(unpacked: progress.unpacked, packed: progress.packed, name.text)
            if let file { try pad(file, to: offset, name) }
            try meter.count(bytes: Int64(bytes.count), name.text)
            try unsafe file?.write(bytes)
        }
    }

    /// Extends a file with zeros, each block counted before it is written.
    private mutating func pad(_ file: WritableFile, to size: Int64, _ name: EntryName) throws {
        while file.size < size {
            let count = min(size - file.size, 1 << 16)
            try meter.count(bytes: count, name.text)
            let progress = reader.progress
            try meter.check(unpacked: progress.unpacked, packed: progress.packed, name.text)
            try file.write([UInt8](repeating: 0, count: Int(count)))
        }
    }

    /// Links through links can leave the tree although each alone stays in it.
    private func checkLink(_ name: EntryName) throws {
        do {
            _ = try tree.root.resolve(name.path)
        } catch let error as FileError where error.code == .notFound || error.code == .notADirectory {
            return
        } catch let error as FileError where error.code == .linkRefused {
            throw ArchiveError(.unsafeLink, entry: name.text, "is a link that leaves the tree", cause: error)
        }
    }

    private static func escape(_ name: EntryName, _ target: [UInt8]) -> ArchiveError {
        let target = String(decoding: target, as: UTF8.self).debugDescription
        return ArchiveError(.unsafeLink, entry: name.text, "is a link to \(target), which leaves the tree")
    }

    /// A file system's answer in the archive's terms.
    private static func explained(_ error: FileError, _ name: EntryName) -> ArchiveError {
        switch error.code {
        case .alreadyExists, .notADirectory, .isADirectory, .linkRefused:
            ArchiveError(
                .conflict,
                entry: name.text,
                "needs a place where an earlier entry put something of another kind",
                cause: error
            )
        case .invalidPath:
            ArchiveError(.unsafeName, entry: name.text, "has a name that the file system does not accept", cause: error)
        default: ArchiveError(.file, entry: name.text, "cannot be written", cause: error)
        }
    }
}
