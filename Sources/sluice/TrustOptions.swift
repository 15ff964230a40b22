import ArgumentParser
import CoreModel
import HTTPExchange
import SourceReconciliation
import SystemPackage

/// Whom the controller trusts where a source with keyless signatures brings no root of its own.
struct TrustOptions: ParsableArguments {
    @Option(help: "A trusted_root.json for keyless signatures; it is read again when it changes.")
    var sigstoreTrustedRoot: String?

    @Option(
        help: """
            A folder with the root.json that trust in a TUF repository begins with; without --sigstore-tuf-mirror, the \
            folder is the repository. Its target trusted_root.json is used.
            """
    )
    var sigstoreTufRoot: String?

    @Option(help: "The URL of the TUF repository that --sigstore-tuf-root begins.")
    var sigstoreTufMirror: String?

    func validate() throws {
        guard sigstoreTrustedRoot == nil || sigstoreTufRoot == nil else {
            throw ValidationError("--sigstore-trusted-root and --sigstore-tuf-root say the same; keep one of them")
        }
        guard let sigstoreTufMirror else { return }
        guard sigstoreTufRoot != nil else {
            throw ValidationError(
                "--sigstore-tuf-mirror needs --sigstore-tuf-root, a folder with the root.json that is trusted already"
            )
        }
        guard HTTPURL(sigstoreTufMirror) != nil else {
            throw ValidationError(
                "--sigstore-tuf-mirror is \"\(sigstoreTufMirror)\"; it has to be an http or https URL"
            )
        }
    }

    /// Where it is remembered what was trusted of TUF repositories.
    static func state(below storage: String) -> FilePath { FilePath(storage).appending(".sigstore") }

    /// Nil where no flag names one.
    /// - Parameter storage: the folder of the store; what is trusted of a mirror is remembered below it.
    func source(storage: String, transport: any HTTPTransport) -> (any TrustedRootSource)? {
        if let sigstoreTrustedRoot { return TrustedRootFile(FilePath(sigstoreTrustedRoot)) }
        guard let sigstoreTufRoot else { return nil }
        let mirror = sigstoreTufMirror.flatMap { HTTPURL($0) }
        let place = mirror.map {
            TrustedRootRepository.Place.mirror(.init(url: $0, transport: transport, state: Self.state(below: storage)))
        }
        return TrustedRootRepository(FilePath(sigstoreTufRoot), at: place ?? .folder, clock: SystemWallClock())
    }
}
