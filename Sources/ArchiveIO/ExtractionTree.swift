internal import SafeFiles

/// The tree that an archive unpacks into. Keeps the directories on the way to the last entry open, because archives
/// list neighbours together.
struct ExtractionTree {
    let root: Directory
    private var opened: [(name: String, directory: Directory)] = []

    init(root: Directory) { self.root = root }

    /// Forgets the open directories: something may be removed from the tree.
    mutating func close() { opened = [] }

    /// The directory at `components`, made where it is missing.
    /// - Returns: it, and how many directories were made.
    /// - Throws: `FileError`.
    mutating func directory(at components: some Collection<String>) throws -> (directory: Directory, made: Int) {
        var shared = 0
        for (open, wanted) in zip(opened, components) {
            guard open.name.utf8.elementsEqual(wanted.utf8) else { break }
            shared += 1
        }
        opened.removeLast(opened.count - shared)
        var made = 0
        for name in components.dropFirst(shared) {
            let parent = opened.last?.directory ?? root
            do {
                opened.append((name, try parent.directory(name)))
            } catch let error as FileError where error.code == .notFound {
                opened.append((name, try parent.directory(name, creating: true)))
                made += 1
            }
        }
        return (opened.last?.directory ?? root, made)
    }
}

extension Directory {
    /// Creates a file, in place of an earlier file or link of that name.
    /// - Throws: `FileError`: `.alreadyExists` when a directory has the name.
    func createReplacing(_ name: String, mode: UInt32) throws -> WritableFile {
        do {
            return try createFile(name, mode: mode)
        } catch let error as FileError where error.code == .alreadyExists {
            try makeRoom(for: name)
            return try createFile(name, mode: mode)
        }
    }

    /// Removes an earlier file or link of that name.
    /// - Throws: `FileError`: `.alreadyExists` when a directory has the name.
    func makeRoom(for name: String) throws {
        guard let status = try status(name) else { return }
        guard status.kind != .directory else {
            throw FileError(.alreadyExists, path, "already holds a directory named '\(name)'")
        }
        try remove(name)
    }
}
