package import CoreModel
import SafeFiles
package import SystemPackage

/// Where the controller's own trusted root comes from, for keyless signatures of sources that bring none.
package protocol TrustedRootSource: Sendable {
    /// As messages name it, such as `--sigstore-trusted-root /etc/root.json`.
    var name: String { get }
    /// The time between two looks for a change of it.
    var refreshInterval: Duration { get }
    /// The content of `trusted_root.json`, proven to be what it should be.
    /// - Throws: where there is none that counts now.
    func trustedRoot() async throws -> [UInt8]
}

/// A `trusted_root.json` that somebody mounts.
package struct TrustedRootFile: TrustedRootSource {
    /// The largest file taken, in bytes; real ones have some thousand.
    private static let limit = 4 << 20

    private let path: FilePath

    package init(_ path: FilePath) { self.path = path }

    package var name: String { "--sigstore-trusted-root \(path)" }
    /// Long enough to cost nothing, short beside the minute that a mounted Secret takes to change.
    package var refreshInterval: Duration { .seconds(10) }

    package func trustedRoot() async throws -> [UInt8] {
        guard let name = path.lastComponent?.string else {
            throw TrustMaterialError("\(self.name) names no file; give the path of a trusted_root.json")
        }
        let folder = path.removingLastComponent()
        return try await BlockingPool.shared.run {
            // Mounted volumes are changed by pointing a link elsewhere, so the folder is opened anew each time.
            try Directory.open(folder.isEmpty ? "." : folder).readFollowingLinks(name, limit: Self.limit)
        }
    }
}

/// What a verification needs beyond the artifact is missing, or cannot be used.
package struct TrustMaterialError: ModuleError {
    package let message: String
    package let cause: (any Error)?
    // Somebody else puts it there, at any time.
    package var kind: FailureKind { .transient }

    package init(_ message: String, cause: (any Error)? = nil) {
        self.message = message
        self.cause = cause
    }
}
