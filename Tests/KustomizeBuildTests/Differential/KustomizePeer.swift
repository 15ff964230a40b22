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
    /// - Parameter explains: whether a refusal comes with its reason, which takes a second run.
    /// - Throws: `FileError` or `LoopbackServerError` when it cannot be run.
    func build(_ source: SourceCase, explains: Bool = false) throws -> BuildOutcome {
        let scratch = try TemporaryDirectory(in: Directory.open(FilePath("/tmp")))
        try source.write(into: scratch.directory)
        // On some trees kustomize does not end and takes all memory that there is.
        let bounded = "ulimit -t 10; ulimit -v 3000000; GOGC=400 GOMAXPROCS=1 exec \"$@\""
        let top = source.top.isEmpty ? "." : source.top
        var plan = ChildProcess.Plan("/bin/sh", ["-c", bounded, "sh", program, "build", top])
        plan.directory = "\(scratch.directory.path)"
        let (status, output) = try ChildProcess.outcome(of: plan)
        if status == 0 { return .built(output) }
        // One is its own word for no; a panic of Go ends with two, and what is killed with the number of the signal.
        guard status == 1 else { return .crashed }
        guard explains else { return .refused("") }
        plan.keepsErrors = true
        return .refused(String(decoding: try ChildProcess.outcome(of: plan).output, as: UTF8.self))
    }

    /// How the two builds differ on a tree; nil when they do not.
    /// - Throws: as `build`.
    func difference(_ source: SourceCase) throws -> BuildOutcome.Difference? {
        source.difference(ours: source.ours, theirs: try build(source))
    }
}
