import ArchiveIO
import ArtifactStore
import CoreModel
import Glibc
import OCIDistribution
import SafeFiles
import SignatureCrypto
import SystemPackage

/// What is pushed: a directory, a file, or standard input, packed so that its digest depends on names, contents and
/// executable bits only.
struct PushSource: Sendable {
    let path: String
    let ignorePaths: [String]

    /// The name that standard input gets in the artifact; always the same, so that digests are.
    static let standardInputName = "stdin.yaml"

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
        let temporary = try Directory.open(context.temporaryDirectory)
        let scratch = try TemporaryDirectory(in: temporary)
        let tree = try tree(scratch.directory.directory("tree", creating: true), context)
        // Nothing stays behind when the command is interrupted: the layer has no name.
        if LocalPath(path).isDirectory == true { try scratch.remove() }
        let layer = try TemporaryFile(in: temporary)
        layer.discard()
        let rules = IgnoreRules(lines: path == "-" ? [] : ignorePaths)
        let (digest, inner) = (try DigestStream(), try DigestStream())
        let packed = try unsafe ArchivePacker(modes: .push).pack(
            tree: tree,
            choose: { rules.choice($0, isDirectory: $1) },
            plain: { unsafe inner.update($0) },
            sink: { bytes in
                unsafe digest.update(bytes)
                try unsafe layer.file.write(bytes)
            }
        )
        guard packed.files > 0 else {
            throw ToolError(.file, "The path '\(path)' holds no file that is not ignored; see --ignore-paths")
        }
        return Layer(
            descriptor: Descriptor(mediaType: MediaType.fluxContent, digest: try digest.finish(), size: packed.size),
            diffID: try inner.finish(),
            file: try layer.file.reopened()
        )
    }

    private func tree(_ scratch: Directory, _ context: ToolContext) throws -> Directory {
        if path == "-" {
            var bytes = try context.standardInput()
            while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
            guard !bytes.isEmpty else {
                throw ToolError(.file, "Standard input is empty; pipe manifests into the command")
            }
            try scratch.writeAtomically(Self.standardInputName, bytes, mode: 0o644)
            return scratch
        }
        switch LocalPath(path).isDirectory {
        case true?: return try LocalPath(path).directory()
        case false?:
            let (file, name) = try LocalPath(path).file()
            let mode: UInt32 = file.status.mode & 0o111 == 0 ? 0o644 : 0o755
            let copy = try scratch.createFile(name, mode: mode)
            try unsafe file.forEachPiece { try unsafe copy.write($0) }
            return scratch
        case nil:
            throw ToolError(
                .file,
                "The path '\(path)' does not exist; name a directory, a file or - for standard input"
            )
        }
    }
}
