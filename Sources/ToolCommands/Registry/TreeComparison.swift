import SafeFiles

/// One path at which an artifact and local files differ.
struct TreeDifference: Hashable {
    enum Kind: Hashable {
        case onlyInArtifact, onlyLocal
        /// A file on one side, a directory on the other.
        case type
        /// Both are files.
        case file(content: Bool, mode: Bool)
    }

    let path: String
    let kind: Kind
}

/// Compares trees as artifacts see them: names, kinds, contents, and whether files can be run.
struct TreeComparison {
    let artifact: TreeListing
    let local: TreeListing

    /// In the order of the paths. Blocks.
    /// - Throws: `FileError`.
    func differences() throws -> [TreeDifference] {
        let paths = Set(artifact.entries.keys).union(local.entries.keys)
        return try paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.compactMap { path in
            try difference(at: path).map { TreeDifference(path: path, kind: $0) }
        }
    }

    private func difference(at path: String) throws -> TreeDifference.Kind? {
        switch (artifact.entries[path], local.entries[path]) {
        case (nil, _): return .onlyLocal
        case (_, nil): return .onlyInArtifact
        case (.directory, .directory): return nil
        case (.file(let theirSize, let theirMode), .file(let ourSize, let ourMode)):
            let isSame = try theirSize == ourSize && isSameContent(path)
            return isSame && theirMode == ourMode ? nil : .file(content: !isSame, mode: theirMode != ourMode)
        default: return .type
        }
    }

    private func isSameContent(_ path: String) throws -> Bool {
        let (first, second) = (try artifact.root.openFile(path), try local.root.openFile(path))
        var offset: Int64 = 0
        while true {
            let (left, right) = (try first.read(upTo: 1 << 18, at: offset), try second.read(upTo: 1 << 18, at: offset))
            guard left == right else { return false }
            if left.isEmpty { return true }
            offset += Int64(left.count)
        }
    }
}
