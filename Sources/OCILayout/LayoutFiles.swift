import CoreModel
import ManifestTree
import OCIDistribution
import SafeFiles
import SignatureCrypto
import SystemPackage

/// The files of a layout (OCI image spec, image-layout.md). Every function blocks; none follows a link below the
/// layout's own directory.
struct LayoutFiles: Sendable {
    static let marker = "oci-layout"
    static let index = "index.json"
    /// Held while `index.json` is changed.
    static let lock = ".index.lock"
    /// The most bytes of a manifest.
    static let manifestLimit = ArtifactLimits().manifestBytes

    let path: FilePath
    let clock: any WallClock

    var name: String { "oci-layout:\(path)" }

    /// The directory of a layout that is there.
    /// - Throws: `RegistryError.notFound` where there is none, `.invalidManifest` for something else.
    func open() throws -> Directory {
        let directory = try failing("The layout \(name)") { try Directory.open(path) }
        guard try failing("The layout \(name)", { try directory.status(Self.marker) }) != nil else {
            throw RegistryError(
                .notFound,
                "The directory \(path) is no OCI image layout: it has no file \(Self.marker)"
            )
        }
        try checkVersion(directory)
        return directory
    }

    /// The directory of a layout, made where nothing is there yet.
    /// - Throws: `RegistryError.rejected` for a directory that holds something else.
    func openOrCreate() throws -> Directory {
        try failing("The layout \(name)") {
            let directory = try createDirectory()
            if try directory.status(Self.marker) == nil { try create(in: directory) }
            try checkVersion(directory)
            try removeAbandoned(directory)
            return directory
        }
    }

    /// What `index.json` says, and what tells one state of it from another.
    func readIndex(_ directory: Directory) throws -> (index: LayoutIndex, state: FileStatus) {
        let subject = "The index of \(name)"
        return try failing(subject) {
            let file = try directory.openFile(Self.index)
            let bytes = try file.readAll(limit: LayoutIndex.limit)
            return (try LayoutIndex(parsing: bytes, subject: subject), file.status)
        }
    }

    /// Changes `index.json`; other writers wait meanwhile, readers see the old state or the new one.
    func changeIndex(_ directory: Directory, _ change: (inout LayoutIndex) -> Void) throws {
        try failing("The index of \(name)") {
            let lock = try directory.lock(Self.lock)
            defer { withExtendedLifetime(lock) {} }
            var index =
                try directory.status(Self.index) == nil ? .empty : try readIndex(directory).index
            let before = index.encode()
            change(&index)
            let after = index.encode()
            guard after != before else { return }
            guard after.count <= LayoutIndex.limit else {
                throw RegistryError(
                    .rejected,
                    "The index of \(name) would grow beyond \(ByteCount(Int64(LayoutIndex.limit))); use another layout"
                )
            }
            try directory.writeAtomically(Self.index, after, mode: 0o644)
        }
    }

    /// A blob's file; nil where there is none.
    func blob(_ digest: Digest, _ directory: Directory) throws -> ReadableFile? {
        do {
            return try failing("The blob \(digest) of \(name)") { try directory.openFile(Self.path(digest)) }
        } catch let error as RegistryError where error.code == .notFound {
            return nil
        }
    }

    /// The bytes of a manifest, not checked yet.
    func manifestBytes(_ digest: Digest, _ directory: Directory) throws -> [UInt8]? {
        try failing("The manifest \(digest) of \(name)") {
            try blob(digest, directory)?.readAll(limit: Self.manifestLimit)
        }
    }

    /// A file for a blob that comes in, beside the blobs; gone unless it is published.
    func temporary(_ directory: Directory) throws -> TemporaryFile {
        try failing("A blob of \(name)") { try TemporaryFile(in: directory, mode: 0o644) }
    }

    func publish(_ file: TemporaryFile, _ digest: Digest, _ directory: Directory) throws {
        try failing("The blob \(digest) of \(name)") {
            let folder = try directory.directory("blobs/\(digest.algorithm.rawValue)", creating: true, mode: 0o755)
            try file.publish(as: digest.hex, in: folder)
        }
    }

    private static func path(_ digest: Digest) -> String { "blobs/\(digest.algorithm.rawValue)/\(digest.hex)" }

    /// Gives failures of the file system their subject.
    func failing<Result>(_ subject: String, _ work: () throws -> Result) throws -> Result {
        do {
            return try work()
        } catch let error as FileError {
            throw RegistryError(layout: subject, error)
        }
    }
}

// MARK: - Creation

extension LayoutFiles {
    /// Links above the layout are the user's own and are followed.
    private func createDirectory() throws -> Directory {
        var existing = path.isEmpty ? FilePath(".") : path
        var missing: [String] = []
        while true {
            do {
                let directory = try Directory.open(existing.isEmpty ? "." : existing)
                return try directory.directory(missing.joined(separator: "/"), creating: true, mode: 0o755)
            } catch let error as FileError where error.code == .notFound {
                guard let last = existing.lastComponent else { throw error }
                missing.insert(last.string, at: 0)
                existing.removeLastComponent()
            }
        }
    }

    private func create(in directory: Directory) throws {
        try checkEmpty(directory)
        let lock = try directory.lock(Self.lock)
        defer { withExtendedLifetime(lock) {} }
        // Another process may have been faster.
        guard try directory.status(Self.marker) == nil else { return }
        try checkEmpty(directory)
        _ = try directory.directory("blobs/sha256", creating: true, mode: 0o755)
        try directory.writeAtomically(Self.index, LayoutIndex.empty.encode(), mode: 0o644)
        let marker: Tree = ["imageLayoutVersion": "1.0.0"]
        try directory.writeAtomically(Self.marker, marker.jsonBytes(), mode: 0o644)
    }

    /// Files of writers that were killed: nobody waits a day between two pieces of a blob.
    private func removeAbandoned(_ directory: Directory) throws {
        let now = clock.now()
        for entry in try directory.entries() where entry.name.hasPrefix(TemporaryFile.prefix) {
            if now - entry.modified > .seconds(86_400) { try directory.removeTree(entry.name) }
        }
    }

    private func checkEmpty(_ directory: Directory) throws {
        // What a creation that was interrupted, or is under way, has made.
        let own: Set<String> = [Self.lock, Self.index, Self.marker, "blobs"]
        let others = try directory.entries().map(\.name)
            .filter { !own.contains($0) && !$0.hasPrefix(TemporaryFile.prefix) }
        guard let other = others.first else { return }
        throw RegistryError(
            .rejected,
            "The directory \(path) holds other files, such as '\(other)', and is no OCI image layout; name an empty or "
                + "missing directory"
        )
    }

    private func checkVersion(_ directory: Directory) throws {
        let subject = "The file \(Self.marker) of \(name)"
        let version: String?
        do {
            let bytes = try failing(subject) { try directory.read(Self.marker, limit: 4096) }
            version = try JSONReader.parse(bytes, source: Self.marker)["imageLayoutVersion"]?.string
        } catch let error as ManifestError {
            throw RegistryError(.invalidManifest, "\(subject) is not valid JSON", cause: error)
        }
        guard let version, version.hasPrefix("1.") else {
            throw RegistryError(
                .invalidManifest,
                "\(subject) has the version '\(version ?? "")'; only layouts of version 1 are known"
            )
        }
    }
}

extension RegistryError {
    /// What the file system said of a layout.
    fileprivate init(layout subject: String, _ error: FileError) {
        switch error.code {
        case .notFound: self.init(.notFound, "\(subject) is not there", cause: error)
        case .notPermitted: self.init(.denied, "\(subject) cannot be used", cause: error)
        case .noSpace, .busy, .system, .alreadyExists:
            self.init(.unreachable, "\(subject) cannot be used", cause: error)
        case .invalidPath, .linkRefused, .notADirectory, .isADirectory, .notARegularFile, .tooLarge:
            self.init(.invalidManifest, "\(subject) cannot be used", cause: error)
        }
    }
}
