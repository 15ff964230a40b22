internal import CoreModel
internal import ManifestTree
package import SafeFiles
internal import SignatureCrypto

/// What was trusted of one repository, on a disk: every version of the root since the given one, the last timestamp,
/// snapshot and targets, and targets themselves. Each file is replaced as a whole, so that a process that is killed
/// leaves a state that the next update can start from.
///
/// Its content is not believed: it goes through the same checks as what a repository sends.
package struct TrustedStore: Sendable {
    let directory: Directory

    private static let metadataLimit = 8 << 20
    private static let clockFile = "checked.json"

    /// - Parameter directory: for this repository and this root alone.
    package init(_ directory: Directory) { self.directory = directory }

    /// Keeps other processes out until the lock is gone, and removes what a killed one left.
    func lock() async throws -> FileLock {
        try await run { directory in
            let lock = try directory.lock(".lock")
            try directory.removeLeftovers()
            return lock
        }
    }

    /// Nil where there is no such file, or only one that is too large to be ours.
    func read(_ name: String, limit: Int = Self.metadataLimit) async throws -> [UInt8]? {
        try await run { directory in
            do {
                return try directory.read(name, limit: limit)
            } catch let error as FileError where error.code == .notFound || error.code == .tooLarge {
                return nil
            }
        }
    }

    /// Writes a file through to the disk, unless it is there already.
    func write(_ name: String, _ bytes: [UInt8]) async throws {
        guard try await read(name, limit: bytes.count) != bytes else { return }
        try await run { directory in
            if let folder = name.split(separator: "/").dropLast().first {
                _ = try directory.directory(String(folder), creating: true)
            }
            try directory.writeAtomically(name, bytes)
        }
    }

    /// Forgets timestamp, snapshot and targets' metadata, the first one first: what refers to others goes before them.
    func forgetAllButRoots() async throws {
        try await run { directory in
            for name in ["timestamp.json", "snapshot.json", "targets.json", "delegated", Self.clockFile] {
                try directory.removeTree(name)
            }
        }
    }

    /// When the repository was last asked with success, by the clock of then.
    func lastCheck() async throws -> Timestamp? {
        guard let bytes = try await read(Self.clockFile, limit: 1_024),
            let text = try? JSONReader.parse(bytes)["checked"]?.string
        else { return nil }
        return Timestamp(text)
    }

    func noteCheck(_ time: Timestamp) async throws {
        try await write(Self.clockFile, Tree.map(["checked": .string(time.description)]).jsonBytes())
    }

    /// The name that a role's metadata has here.
    static func file(of role: String) throws -> String {
        role == "targets" ? "targets.json" : "delegated/\(try localName(role)).json"
    }

    /// The name that a target has here.
    static func file(ofTarget path: String) throws -> String { "targets/\(try localName(path))" }

    /// Names of roles and targets are somebody else's, so here they are no paths, and no longer than a name may be.
    private static func localName(_ text: String) throws -> String {
        let name = text.utf8.enumerated().map { index, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: String(UnicodeScalar(byte))
            case UInt8(ascii: ".") where index > 0: "."
            default: "%" + Hex.encode([byte])
            }
        }
        .joined()
        return name.utf8.count <= 200 ? name : try Digest.of(text.utf8).hex
    }

    private func run<Value: Sendable>(_ work: @escaping @Sendable (Directory) throws -> Value) async throws -> Value {
        let directory = directory
        do {
            return try await BlockingPool.shared.run { try work(directory) }
        } catch let error as FileError {
            throw UpdateError(
                .store,
                "What is trusted of a TUF repository cannot be kept in \(directory.path); make that directory writable",
                cause: error
            )
        }
    }
}
