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
        /// At a URL; `state` is the folder that remembers what was trusted, so that nobody can turn the clock back.
        case mirror(HTTPURL, any HTTPTransport, state: FilePath)
    }

    /// The files of the folder that trust begins with; the first one that is there.
    private static let rootFiles = ["root.json", "1.root.json"]
    private static let rootLimit = 1 << 20
    /// The target that holds the trusted root.
    private static let target = "trusted_root.json"

    private let folder: FilePath
    private let place: Place
    private let clock: any WallClock

    /// - Parameter folder: has the `root.json` (or `1.root.json`) that whoever put it there vouches for, and without a
    ///   mirror everything else of the repository.
    package init(_ folder: FilePath, at place: Place, clock: any WallClock) {
        (self.folder, self.place, self.clock) = (folder, place, clock)
    }

    package var name: String {
        switch place {
        case .folder: "--sigstore-tuf-root \(folder)"
        case .mirror(let url, _, _): "--sigstore-tuf-mirror \(url)"
        }
    }

    package var refreshInterval: Duration {
        if case .folder = place { .seconds(30) } else { .seconds(3600) }
    }

    package func trustedRoot() async throws -> [UInt8] {
        let (path, place) = (folder, place)
        let (root, repository, store): ([UInt8], any UpdateRepository, TrustedStore?) =
            try await BlockingPool.shared.run {
                let folder = try Directory.open(path)
                let root = try Self.root(in: folder)
                switch place {
                case .folder: return (root, try DirectoryRepository(folder), nil)
                case .mirror(let url, let transport, let state):
                    // What was trusted of one mirror says nothing about another.
                    let name = try Digest.of("\(url) \(Digest.of(root))".utf8).hex
                    let store = TrustedStore(try Directory.open(state, creating: true).directory(name, creating: true))
                    return (root, MirrorRepository(url, transport: transport), store)
                }
            }
        return try await UpdateClient(root: root, repository: repository, store: store, clock: clock)
            .target(Self.target).bytes
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
