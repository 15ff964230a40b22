internal import CoreModel
internal import SafeFiles

/// One run of an extractor, over one archive or over the layers of one artifact.
struct Extraction {
    private let links: LinkPolicy
    private var tree: ExtractionTree
    private var meter: LimitMeter
    /// Nil for a single archive, whose names are names and nothing else.
    private var layers: LayerPaths?
    private var madeLinks: [EntryName] = []
    private(set) var summary = ExtractionSummary()

    init(root: Directory, extractor: ArchiveExtractor, layers: LayerPaths?) {
        links = extractor.links
        tree = ExtractionTree(root: root)
        meter = LimitMeter(limits: extractor.limits)
        self.layers = layers
    }

    /// Unpacks one archive over what is there.
    /// - Throws: `ArchiveError`, `FileError`.
    mutating func run(_ file: ReadableFile) throws {
        let reader = try ArchiveReader(file)
        layers?.begin()
        while let header = try reader.next() {
            let name = try EntryName(header.name, depth: meter.limits.depth)
            try meter.countEntry(name.text)
            try meter.check(announced: header.size, name.text)
            try meter.check(reader.progress, name.text)
            do {
                try place(header, name, reader)
            } catch let error as FileError {
                throw Self.explained(error, name)
            }
        }
        try reader.drain { try meter.count(trailing: $0, reader.progress) }
        meter.endArchive(reader.progress)
        for name in madeLinks { try checkLink(name) }
        summary.bytes = meter.bytes
    }

    private mutating func place(_ header: EntryHeader, _ name: EntryName, _ reader: ArchiveReader) throws {
        if layers != nil {
            if let mark = try LayerMark(name) {
                try drain(name, of: reader, into: nil)
                return try apply(mark)
            }
            try makeRoom(for: name, isDirectory: header.isDirectory)
            layers?.note(name.components)
        }
        switch header.kind {
        case .directory:
            try drain(name, of: reader, into: nil)
            // The entry itself was counted already, whether or not its name is new.
            let made = try tree.directory(at: name.components).made
            try count(directories: made, alreadyCounted: min(made, 1), name)
        case .file:
            guard !name.components.isEmpty else {
                throw ArchiveError(.unsafeName, entry: name.text, "is a file, but has the name of the tree itself")
            }
            let mode: UInt32 = header.mode & 0o100 == 0 ? 0o600 : 0o700
            let file = try parent(of: name).createReplacing(name.name, mode: mode)
            try drain(name, of: reader, into: file)
            try pad(file, to: header.size, name, reader)
            summary.files += 1
        case .link(let target):
            try drain(name, of: reader, into: nil)
            try placeLink(name, target)
        case .hardLink(let target):
            try drain(name, of: reader, into: nil)
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
    private mutating func drain(_ name: EntryName, of reader: ArchiveReader, into file: WritableFile?) throws {
        try unsafe reader.forEachBlock(of: name.text) { bytes, offset in
            try meter.check(reader.progress, name.text)
            if let file { try pad(file, to: offset, name, reader) }
            try meter.count(bytes: Int64(bytes.count), name.text)
            try unsafe file?.write(bytes)
        }
    }

    /// Extends a file with zeros, each block counted before it is written.
    private mutating func pad(
        _ file: WritableFile,
        to size: Int64,
        _ name: EntryName,
        _ reader: ArchiveReader
    ) throws {
        while file.size < size {
            let count = min(size - file.size, 1 << 16)
            try meter.count(bytes: count, name.text)
            try meter.check(reader.progress, name.text)
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

// MARK: - Layers

extension Extraction {
    private mutating func apply(_ mark: LayerMark) throws {
        guard let layers else { return }
        tree.close()
        switch mark {
        case .hides(let path): try layers.hide(path, in: tree.root)
        case .hidesContent(let path): try layers.hideContent(of: path, in: tree.root)
        case .metadata: break
        }
    }

    /// In a layer, an entry takes the place of another kind of a lower one, with all that this one holds.
    private mutating func makeRoom(for name: EntryName, isDirectory: Bool) throws {
        guard !name.components.isEmpty, let status = try tree.root.status(name.path) else { return }
        guard (status.kind == .directory) != isDirectory else { return }
        tree.close()
        try tree.root.removeTree(name.path)
    }
}
