internal import CLibgit2
internal import SafeFiles
internal import SystemPackage

/// The objects of one repository; for one thread.
@safe struct GitObjects {
    let subject: String
    private let repository: GitHandle
    private let database: GitHandle

    /// Opens a repository in a folder of this machine, with files checked out or bare.
    /// - Throws: `GitError.unreadable`.
    init(repository path: FilePath, subject: String) throws {
        guard GitHandle.isReady else { throw GitError.unreadable(subject, "starting libgit2") }
        let opened = try GitHandle(subject, "opening it", release: { unsafe git_repository_free($0) }) {
            unsafe git_repository_open_ext(&$0, path.string, GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue, nil)
        }
        guard let opened else {
            throw GitError(.unreadable, "The folder '\(path)' is not a git repository; check the address")
        }
        try self.init(owning: opened, subject: subject)
    }

    /// Indexes a pack, which checks the digest of every object in it, and opens what it holds.
    /// - Parameters:
    ///   - pack: a whole pack, without objects that it expects elsewhere.
    ///   - folder: an empty folder for the index and a copy of the pack; has to stay while this is used.
    /// - Throws: `GitError.unreadable`, `FileError`.
    init(pack: ReadableFile, folder: FilePath, subject: String) throws {
        guard GitHandle.isReady else { throw GitError.unreadable(subject, "starting libgit2") }
        let packs = folder.appending("pack")
        _ = try Directory.open(packs, creating: true)
        try Self.index(pack, packs.string, subject)
        let opened = try GitHandle(subject, "opening the pack", release: { unsafe git_odb_free($0) }) {
            unsafe git_odb_open(&$0, folder.string)
        }
        let wrapped = try opened.flatMap { database in
            try GitHandle(subject, "opening the pack", release: { unsafe git_repository_free($0) }) {
                unsafe git_repository_wrap_odb(&$0, database.pointer)
            }
        }
        guard let wrapped else { throw GitError.unreadable(subject, "opening the pack") }
        try self.init(owning: wrapped, subject: subject)
    }

    private init(owning repository: GitHandle, subject: String) throws {
        self.subject = subject
        self.repository = repository
        let database = try GitHandle(subject, "opening its objects", release: { unsafe git_odb_free($0) }) {
            unsafe git_repository_odb(&$0, repository.pointer)
        }
        guard let database else { throw GitError.unreadable(subject, "opening its objects") }
        self.database = database
    }

    /// The commit that a reference or an object's name leads to; nil where it leads to none.
    func commit(_ reference: String) throws -> git_oid? {
        let places = UploadPack.isObjectName(reference) ? [""] : ["", "refs/", "refs/tags/", "refs/heads/"]
        for place in places where Self.isPlainName(place + reference) {
            let found = try? GitHandle(subject, "finding \(reference)", release: { unsafe git_object_free($0) }) {
                unsafe git_revparse_single(&$0, repository.pointer, "\(place)\(reference)^{commit}")
            }
            if let found, let name = unsafe git_object_id(found.pointer) { return unsafe name.pointee }
        }
        return nil
    }

    /// The entries of a commit's or a tree's folder.
    /// - Throws: `GitError.unreadable`.
    func entries(of object: git_oid) throws -> [GitEntry] {
        let tree = try tree(object)
        let count = unsafe git_tree_entrycount(tree.pointer)
        return (0..<count).compactMap { index in
            guard let entry = unsafe git_tree_entry_byindex(tree.pointer, index),
                let name = unsafe git_tree_entry_name(entry), let object = unsafe git_tree_entry_id(entry)
            else { return nil }
            return unsafe GitEntry(
                name: String(cString: name),
                mode: git_tree_entry_filemode(entry),
                object: object.pointee
            )
        }
    }

    /// The bytes of a file, or the target of a link.
    /// - Throws: `GitError.tooLarge` before they are read, `GitError.unreadable`.
    func content(of object: git_oid, limit: Int64) throws -> [UInt8] {
        var (object, size, kind) = (object, 0, GIT_OBJECT_ANY)
        guard unsafe git_odb_read_header(&size, &kind, database.pointer, &object) == 0, kind == GIT_OBJECT_BLOB else {
            throw GitError.unreadable(subject, "reading a file")
        }
        guard size <= limit else {
            throw GitError(.tooLarge, "The files of the git repository '\(subject)' are larger than what is taken")
        }
        let blob = try GitHandle(subject, "reading a file", release: { unsafe git_blob_free($0) }) {
            unsafe git_blob_lookup(&$0, repository.pointer, &object)
        }
        guard let blob else { throw GitError.unreadable(subject, "reading a file") }
        let count = Int(unsafe git_blob_rawsize(blob.pointer))
        return unsafe Array(UnsafeRawBufferPointer(start: git_blob_rawcontent(blob.pointer), count: count))
    }

    private func tree(_ object: git_oid) throws -> GitHandle {
        var object = object
        let found = try GitHandle(subject, "reading a folder", release: { unsafe git_object_free($0) }) {
            unsafe git_object_lookup(&$0, repository.pointer, &object, GIT_OBJECT_ANY)
        }
        let tree = try found.flatMap { found in
            try GitHandle(subject, "reading a folder", release: { unsafe git_object_free($0) }) {
                unsafe git_object_peel(&$0, found.pointer, GIT_OBJECT_TREE)
            }
        }
        guard let tree else { throw GitError.unreadable(subject, "reading a folder") }
        return tree
    }

    /// Without what makes an expression of it (gitrevisions(7)).
    private static func isPlainName(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix("-") && !name.contains("..") && !name.contains("@{")
            && !name.utf8.contains { $0 <= 0x20 || $0 == 0x7F || "~^:?*[\\".utf8.contains($0) }
    }

    private static func index(_ pack: ReadableFile, _ folder: String, _ subject: String) throws {
        let indexer = try GitHandle(subject, "reading the pack", release: { unsafe git_indexer_free($0) }) {
            unsafe git_indexer_new(&$0, folder, 0o600, nil, nil)
        }
        guard let indexer else { throw GitError.unreadable(subject, "reading the pack") }
        var progress = git_indexer_progress()
        unsafe try pack.forEachPiece { piece in
            guard unsafe git_indexer_append(indexer.pointer, piece.baseAddress, piece.count, &progress) == 0 else {
                throw GitError.unreadable(subject, "reading the pack")
            }
        }
        guard unsafe git_indexer_commit(indexer.pointer, &progress) == 0 else {
            throw GitError.unreadable(subject, "reading the pack")
        }
    }
}

/// One name in a folder of a commit.
struct GitEntry {
    let name: String
    let mode: git_filemode_t
    let object: git_oid
}

extension git_oid {
    /// In hexadecimal digits.
    var text: String {
        var name = self
        return unsafe String(cString: git_oid_tostr_s(&name))
    }
}
