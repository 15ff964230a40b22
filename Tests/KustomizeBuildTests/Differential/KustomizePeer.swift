import SafeFiles
import SystemPackage
import TestSupport

/// The real kustomize, run in a directory of its own.
struct KustomizePeer: Sendable {
    private let program: String

    /// Nil where the peers are not installed.
    init?() {
        guard let programs = PeerServer.programs else { return nil }
        program = "\(programs)/kustomize-new"
    }

    /// What kustomize makes of a tree.
    /// - Throws: `FileError` or `LoopbackServerError` when it cannot be run.
    func build(_ source: SourceCase) throws -> BuildOutcome {
        let scratch = try TemporaryDirectory(in: Directory.open(FilePath("/tmp")))
        for (path, bytes) in source.bytes {
            let parts = path.split(separator: "/").map(String.init)
            var directory = scratch.directory
            for part in parts.dropLast() { directory = try directory.directory(part, creating: true) }
            try directory.createFile(parts.last ?? path).write(bytes)
        }
        var plan = ChildProcess.Plan(program, ["build", source.top.isEmpty ? "." : source.top])
        plan.directory = "\(scratch.directory.path)"
        let (status, output) = try ChildProcess.outcome(of: plan)
        guard status == 0 else {
            plan.keepsErrors = true
            return .refused(String(decoding: try ChildProcess.outcome(of: plan).output, as: UTF8.self))
        }
        return .built(output)
    }

    /// How the two builds differ on a tree; nil when they do not.
    /// - Throws: as `build`.
    func difference(_ source: SourceCase) throws -> BuildOutcome.Difference? {
        BuildOutcome.difference(ours: source.ours, theirs: try build(source))
    }
}
