/// Where the files of a TUF repository are read from. Nothing that it says is trusted.
package protocol UpdateRepository: Sendable {
    /// What messages call it.
    var name: String { get }

    /// The bytes of a metadata file such as `timestamp.json` or `3.root.json`; nil when there is none.
    /// - Throws: `UpdateError.tooLarge` beyond `limit` bytes, `UpdateError.unavailable` when nobody can tell.
    func metadata(_ file: String, limit: Int) async throws -> [UInt8]?

    /// The bytes of a target, by its path below the targets' folder; nil when there is none.
    /// - Throws: as `metadata`.
    func target(_ path: String, limit: Int) async throws -> [UInt8]?
}

/// Paths within a repository, which others have written.
enum RepositoryPath {
    /// Whether the path stays below where it begins, read as a file's or as a URL's.
    static func isSafe(_ path: String) -> Bool {
        !path.utf8.contains { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "\\") }
            && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0 != "." && $0 != ".."
            }
    }

    /// The path with something before its last component: `dir/PREFIX.name`.
    static func prefixed(_ path: String, by prefix: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        return "\(path.dropLast(name.count))\(prefix).\(name)"
    }
}
