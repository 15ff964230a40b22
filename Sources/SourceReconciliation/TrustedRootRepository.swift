package import CoreModel
package import HTTPExchange
import SafeFiles
import SignatureCrypto
package import SystemPackage
import UpdateFramework

/// The trusted root as a TUF repository has it, such as Sigstore's or a private mirror of it.
package struct TrustedRootRepository: TrustedRootSource {
    /// Where the repository's files are.
    package enum Place: Sendable {
        /// In the folder itself, as somebody mounts it.
        case folder
        /// At a URL.
        case mirror(Mirror)
    }

    /// A repository behind a URL.
    package struct Mirror: Sendable {
        let url: HTTPURL
        let transport: any HTTPTransport
        /// The folder that remembers what was trusted of each repository, so that nobody can turn the clock back.
        let state: FilePath
        /// Whose trust it is; what one owner was shown says nothing about what another one trusts.
        var owner = ""
        var profile = ConnectionProfile.standard

        package init(
            url: HTTPURL,
            transport: any HTTPTransport,
            state: FilePath,
            owner: String = "",
            profile: ConnectionProfile = .standard
        ) {
            (self.url, self.transport, self.state) = (url, transport, state)
            (self.owner, self.profile) = (owner, profile)
        }

        /// The name of the folder for this repository, begun with this root. How it is reached is not part of it: a new
        /// proxy or authority must not make anybody forget.
        fileprivate func folder(_ root: [UInt8]) throws -> String {
            let parts = (owner.isEmpty ? [] : [owner]) + ["\(url)", "\(try Digest.of(root))"]
            return try Digest.of(parts.joined(separator: " ").utf8).hex
        }
    }

    /// Where trust begins, and where the repository is.
    private enum Origin: Sendable {
        /// With the root in a folder, of a mirror or of the folder itself.
        case folder(FilePath, Place)
        case root([UInt8], name: String, Mirror)
    }

    /// The files of the folder that trust begins with; the first one that is there.
    private static let rootFiles = ["root.json", "1.root.json"]
    private static let rootLimit = 1 << 20
    /// The target that holds the trusted root.
    private static let target = "trusted_root.json"

    private let origin: Origin
    private let clock: any WallClock

    /// - Parameter folder: has the `root.json` (or `1.root.json`) that whoever put it there vouches for, and without a
    ///   mirror everything else of the repository.
    package init(_ folder: FilePath, at place: Place, clock: any WallClock) {
        (origin, self.clock) = (.folder(folder, place), clock)
    }

    /// A mirror whose first root somebody has given.
    /// - Parameter name: where that is, for messages.
    init(root: [UInt8], of name: String, at mirror: Mirror, clock: any WallClock) {
        (origin, self.clock) = (.root(root, name: name, mirror), clock)
    }

    package var name: String {
        switch origin {
        case .root(_, let name, let mirror): "the TUF repository \(mirror.url) of \(name)"
        case .folder(let folder, .folder): "--sigstore-tuf-root \(folder)"
        case .folder(_, .mirror(let mirror)): "--sigstore-tuf-mirror \(mirror.url)"
        }
    }

    package var refreshInterval: Duration {
        if case .folder(_, .folder) = origin { .seconds(30) } else { .seconds(3600) }
    }

    package func trustedRoot() async throws -> [UInt8] {
        let origin = origin
        let (root, repository, store) = try await BlockingPool.shared.run { try Self.open(origin) }
        return try await UpdateClient(root: root, repository: repository, store: store, clock: clock)
            .target(Self.target).bytes
    }

    private typealias Opened = (root: [UInt8], repository: any UpdateRepository, store: TrustedStore?)

    private static func open(_ origin: Origin) throws -> Opened {
        switch origin {
        case .folder(let path, let place):
            let folder = try Directory.open(path)
            let root = try root(in: folder)
            guard case .mirror(let mirror) = place else { return (root, try DirectoryRepository(folder), nil) }
            return try open(mirror, root)
        case .root(let root, _, let mirror): return try open(mirror, root)
        }
    }

    private static func open(_ mirror: Mirror, _ root: [UInt8]) throws -> Opened {
        // What was trusted of one mirror says nothing about another.
        let folder = try Directory.open(mirror.state, creating: true)
        let store = TrustedStore(try folder.directory(try mirror.folder(root), creating: true))
        return (root, MirrorRepository(mirror.url, transport: mirror.transport, profile: mirror.profile), store)
    }

    private static func root(in folder: Directory) throws -> [UInt8] {
        for name in rootFiles.dropLast() {
            do {
                return try folder.readFollowingLinks(name, limit: rootLimit)
            } catch let error as FileError where error.code == .notFound {
                continue
            }
        }
        return try folder.readFollowingLinks(rootFiles[rootFiles.count - 1], limit: rootLimit)
    }
}
