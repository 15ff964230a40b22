internal import CLibgit2
internal import CoreModel
internal import Glibc
package import SystemPackage

/// The git checkout that a path lies in, as it was when it was read: where it comes from and what is checked out.
package struct GitCheckout: Hashable, Sendable {
    /// The folder that the checkout begins at.
    package let root: FilePath
    /// The commit that HEAD stands for, in hexadecimal digits; nil before the first commit.
    package let commit: String?
    /// The branch that HEAD names; nil where it names a commit (detached).
    package let branch: String?
    /// The tag that names exactly the commit of a detached HEAD; the highest version where there are several.
    package let tag: String?
    /// The URL of the remote `origin` without credentials; nil where there is no such remote.
    package let origin: String?
    /// Whether files at or below the path differ from the commit, new files included; nil where git cannot tell.
    package let hasChanges: Bool?

    /// The revision as Flux writes it: `main@sha1:<commit>`, `v1.2.0@sha1:<commit>`, or `sha1:<commit>` where HEAD has
    /// no name. Nil before the first commit.
    package var revision: String? {
        guard let commit else { return nil }
        guard let name = branch ?? tag else { return "sha1:\(commit)" }
        return "\(name)@sha1:\(commit)"
    }

    /// Reads the checkout that encloses a file or folder; worktrees and submodules are checkouts of their own. Blocks.
    /// - Parameter path: absolute and free of links.
    /// - Returns: nil when no folder from the path upwards is a checkout.
    /// - Throws: `GitError`.
    package static func enclosing(_ path: FilePath) throws -> GitCheckout? {
        guard GitHandle.isReady, let reader = try CheckoutReader(path) else { return nil }
        return try reader.checkout()
    }
}

/// Reads one repository; for one thread.
private struct CheckoutReader {
    private let path: FilePath
    private let subject: String
    private let repository: GitHandle

    init?(_ path: FilePath) throws {
        self.path = path
        subject = path.string
        let text = path.string
        var isNotOwned = false
        do {
            let opened = try GitHandle(text, "opening it", release: { unsafe git_repository_free($0) }) { made in
                let code = unsafe git_repository_open_ext(&made, text, 0, nil)
                isNotOwned = code == GIT_EOWNER.rawValue
                return code
            }
            guard let opened else {
                // libgit2 1.5 says so, too, of one that is not owned, where no `safe.directory` is set at all.
                if let root = Self.root(of: text) { throw Self.notOwned(root) }
                return nil
            }
            repository = opened
        } catch let error as GitError where error.code == .unreadable && isNotOwned {
            throw Self.notOwned(Self.root(of: text) ?? path)
        }
    }

    func checkout() throws -> GitCheckout {
        guard let folder = unsafe git_repository_workdir(repository.pointer) else {
            throw GitError(
                .bare,
                "The path '\(subject)' lies in a bare git repository, which has no files checked out"
            )
        }
        let root = FilePath(unsafe String(cString: folder))
        let branch = try branch()
        let head = try commit(of: "HEAD")
        return GitCheckout(
            root: root,
            commit: head.map(Self.text),
            branch: branch,
            tag: try branch == nil ? head.flatMap { try tag(at: $0) } : nil,
            origin: try origin().map(RemoteAddress.withoutCredentials),
            hasChanges: changes(below: root)
        )
    }

    /// The branch that HEAD names, born or not.
    private func branch() throws -> String? {
        let head = try GitHandle(subject, "reading HEAD", release: { unsafe git_reference_free($0) }) {
            unsafe git_reference_lookup(&$0, repository.pointer, "HEAD")
        }
        guard let head, let target = unsafe git_reference_symbolic_target(head.pointer) else { return nil }
        let name = unsafe String(cString: target)
        let prefix = "refs/heads/"
        return name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
    }

    /// The commit that a reference leads to; nil when it leads to nothing or to something else.
    private func commit(of reference: String) throws -> git_oid? {
        let commit = try? GitHandle(subject, "reading \(reference)", release: { unsafe git_object_free($0) }) {
            unsafe git_revparse_single(&$0, repository.pointer, "\(reference)^{commit}")
        }
        guard let commit, let identifier = unsafe git_object_id(commit.pointer) else { return nil }
        return unsafe identifier.pointee
    }

    private func tag(at commit: git_oid) throws -> String? {
        var list = unsafe git_strarray()
        guard unsafe git_tag_list(&list, repository.pointer) == 0 else {
            throw GitError.unreadable(subject, "listing tags")
        }
        defer { unsafe git_strarray_dispose(&list) }
        let names = unsafe UnsafeBufferPointer(start: list.strings, count: list.count)
            .compactMap { unsafe $0.map { unsafe String(cString: $0) } }
        let wanted = Self.text(commit)
        let found = try names.filter { try self.commit(of: "refs/tags/\($0)").map(Self.text) == wanted }
        return found.max { first, second in
            switch (SemanticVersion(first), SemanticVersion(second)) {
            case (let left?, let right?): left < right
            case (nil, .some): true
            case (.some, nil): false
            case (nil, nil): first < second
            }
        }
    }

    private func origin() throws -> String? {
        let settings = try GitHandle(subject, "reading its settings", release: { unsafe git_config_free($0) }) {
            unsafe git_repository_config_snapshot(&$0, repository.pointer)
        }
        guard let settings else { return nil }
        var value: UnsafePointer<CChar>?
        guard unsafe git_config_get_string(&value, settings.pointer, "remote.origin.url") == 0 else { return nil }
        return unsafe value.map { unsafe String(cString: $0) }
    }

    private func changes(below root: FilePath) -> Bool? {
        var options = unsafe git_status_options()
        guard unsafe git_status_options_init(&options, UInt32(GIT_STATUS_OPTIONS_VERSION)) == 0 else { return nil }
        let flags = [
            GIT_STATUS_OPT_INCLUDE_UNTRACKED, GIT_STATUS_OPT_EXCLUDE_SUBMODULES, GIT_STATUS_OPT_DISABLE_PATHSPEC_MATCH,
        ]
        unsafe options.flags = flags.reduce(0) { $0 | $1.rawValue }
        var below = path
        guard below.removePrefix(root) else { return nil }
        var relative: UnsafeMutablePointer<CChar>? = unsafe below.isEmpty ? nil : strdup(below.string)
        defer { unsafe free(relative) }
        return unsafe withUnsafeMutablePointer(to: &relative) { place in
            if unsafe place.pointee != nil { unsafe options.pathspec = git_strarray(strings: place, count: 1) }
            let list = try? GitHandle(subject, "comparing", release: { unsafe git_status_list_free($0) }) {
                unsafe git_status_list_new(&$0, repository.pointer, &options)
            }
            return list.map { unsafe git_status_list_entrycount($0.pointer) > 0 }
        }
    }

    private static func text(_ identifier: git_oid) -> String {
        var identifier = identifier
        return unsafe String(cString: git_oid_tostr_s(&identifier))
    }

    /// The folder of a checkout, whoever owns it; nil where there is none.
    private static func root(of path: String) -> FilePath? {
        var found = unsafe git_buf()
        defer { unsafe git_buf_dispose(&found) }
        guard unsafe git_repository_discover(&found, path, 0, nil) == 0, let text = unsafe found.ptr else { return nil }
        var root = FilePath(unsafe String(cString: text))
        if root.lastComponent == ".git" { root.removeLastComponent() }
        return root
    }

    private static func notOwned(_ root: FilePath) -> GitError {
        GitError(
            .notOwned,
            "The git checkout '\(root)' belongs to another user, so its settings are not trusted; allow it with "
                + "git config --global --add safe.directory '\(root)'"
        )
    }
}
