import ArchiveIO
import ArtifactStore
import CoreModel
import OCIDistribution
import SafeFiles
import SignatureCrypto
import SystemPackage

/// What is pushed, built or compared: a directory, a file, or standard input. Packed, its digest depends on names,
/// contents and executable bits only.
struct PushSource: Sendable {
    let path: String
    let ignorePaths: [String]
    var resolvesLinks = false

    /// The name that standard input gets in the artifact; always the same, so that digests are.
    static let standardInputName = "stdin.yaml"

    /// The files before packing. What had to be copied is gone with this value.
    struct Tree {
        let directory: Directory
        let rules: IgnoreRules
        fileprivate var scratch: TemporaryDirectory?
    }

    /// A packed layer in a temporary file, which is gone with this value.
    struct Layer: Sendable {
        let descriptor: Descriptor
        /// The digest of the tar inside.
        let diffID: Digest
        let file: ReadableFile
    }

    /// Packs the source. Blocks.
    /// - Throws: `ToolError`, `ArchiveError`, `FileError`.
    func pack(_ context: ToolContext) throws -> Layer {
        let tree = try tree(context)
        let layer = try TemporaryFile(in: Directory.open(context.temporaryDirectory))
        // Nothing stays behind when the command is interrupted: the layer has no name.
        layer.discard()
        let digest = try DigestStream()
        let packed = try unsafe ArchivePacker(modes: .push).pack(
            tree: tree.directory,
            choose: { tree.rules.choice($0, isDirectory: $1) },
            sink: { bytes in
                unsafe digest.update(bytes)
                try unsafe layer.file.write(bytes)
            }
        )
        guard packed.files > 0 else {
            throw ToolError(.file, "The path '\(path)' holds no file that is not ignored; see --ignore-paths")
        }
        let inner = try DigestStream()
        _ = try unsafe ArchivePacker(modes: .push, level: nil).pack(
            tree: tree.directory,
            choose: { tree.rules.choice($0, isDirectory: $1) },
            sink: { unsafe inner.update($0) }
        )
        return Layer(
            descriptor: Descriptor(mediaType: MediaType.fluxContent, digest: try digest.finish(), size: packed.size),
            diffID: try inner.finish(),
            file: try layer.file.reopened()
        )
    }

    /// The files as they are packed. Blocks.
    /// - Throws: `ToolError`, `FileError`.
    func tree(_ context: ToolContext) throws -> Tree {
        let rules = IgnoreRules(lines: path == "-" ? [] : ignorePaths)
        switch path == "-" ? false : LocalPath(path).isDirectory {
        case true?:
            let directory = try LocalPath(path).directory()
            guard resolvesLinks else { return Tree(directory: directory, rules: rules) }
            let scratch = try scratch(context)
            var copy = LinkFreeCopy(rules: rules)
            try copy.copy(LocalPath(path), into: scratch.directory)
            copy.report(context)
            return Tree(directory: scratch.directory, rules: rules, scratch: scratch)
        case false?:
            let scratch = try scratch(context)
            try path == "-" ? takeInput(into: scratch.directory, context) : takeFile(into: scratch.directory)
            return Tree(directory: scratch.directory, rules: rules, scratch: scratch)
        case nil:
            throw ToolError(
                .file,
                "The path '\(path)' does not exist; name a directory, a file or - for standard input"
            )
        }
    }

    private func scratch(_ context: ToolContext) throws -> TemporaryDirectory {
        try TemporaryDirectory(in: Directory.open(context.temporaryDirectory))
    }

    private func takeInput(into scratch: Directory, _ context: ToolContext) throws {
        var bytes = try context.standardInput()
        while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
        guard !bytes.isEmpty else {
            throw ToolError(.file, "Standard input is empty; pipe manifests into the command")
        }
        try scratch.writeAtomically(Self.standardInputName, bytes, mode: 0o644)
    }

    private func takeFile(into scratch: Directory) throws {
        let (file, name) = try LocalPath(path).file()
        try scratch.addCopy(of: file, as: name)
    }
}

extension Directory {
    /// Copies a file's content, and whether it can be run.
    /// - Throws: `FileError`.
    func addCopy(of file: ReadableFile, as name: String) throws {
        let copy = try createFile(name, mode: file.status.mode & 0o111 == 0 ? 0o644 : 0o755)
        try unsafe file.forEachPiece { try unsafe copy.write($0) }
    }
}

extension PushSource.Layer {
    /// The layer for a repository, read from the start for each attempt.
    func blobSource(_ progress: @escaping @Sendable (Int64) -> Void) -> BlobSource {
        let file = file
        return BlobSource(descriptor) {
            let position = FilePosition()
            return {
                let offset = position.value
                let piece = try await BlockingPool.shared.run { try file.read(upTo: 256 << 10, at: offset) }
                guard !piece.isEmpty else { return nil }
                position.value = offset + Int64(piece.count)
                progress(offset)
                return piece
            }
        }
    }
}
