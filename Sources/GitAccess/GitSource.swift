internal import CLibgit2
internal import CoreModel
package import HTTPExchange
package import SafeFiles
internal import SystemPackage

/// The files of one commit, in a folder that goes with the last reference to this.
package struct GitTree: Sendable {
    package let directory: TemporaryDirectory
    /// In hexadecimal digits.
    package let commit: String
}

/// Fetches the files of single commits from repositories elsewhere, without their history.
package struct GitSource: Sendable {
    /// Bounds for one repository and its submodules together.
    package struct Limits: Hashable, Sendable {
        /// What travels, in bytes.
        package var transfer: Int64 = 512 << 20
        /// What is written, in bytes.
        package var content: Int64 = 1 << 30
        /// Files, folders and links.
        package var entries = 200_000
        /// Submodules within submodules.
        package var nesting = 8

        package init() {}
    }

    private let transport: any HTTPTransport
    private let limits: Limits
    private let timeout: Duration

    /// - Parameter timeout: bounds each request.
    package init(transport: any HTTPTransport, limits: Limits = Limits(), timeout: Duration) {
        self.transport = transport
        self.limits = limits
        self.timeout = timeout
    }

    /// Fetches a commit and writes its files.
    /// - Parameters:
    ///   - reference: a branch, a tag, a whole reference or a commit's full name; what HEAD names when nil.
    ///   - includingSubmodules: their files as well, each at the commit that this one names.
    ///   - workspace: where everything is written, on a disk with room for it.
    /// - Throws: `GitError`, `HTTPError`, `FileError`.
    package func tree(
        of remote: GitRemote,
        reference: String?,
        includingSubmodules: Bool,
        in workspace: Directory
    ) async throws -> GitTree {
        let target = try await BlockingPool.shared.run { try TemporaryDirectory(in: workspace) }
        var budget = GitBudget(bytes: limits.content, entries: limits.entries)
        let root = try await write(remote, reference ?? "HEAD", to: target.directory, &budget)
        var waiting = includingSubmodules ? root.submodules.map { Nested($0, of: remote, in: target.directory, 1) } : []
        while let nested = waiting.popLast() {
            guard nested.depth <= limits.nesting else {
                throw GitError(.tooLarge, "The git repository '\(remote.description)' nests submodules too deeply")
            }
            let (submodule, depth) = (nested.submodule, nested.depth + 1)
            let place = try nested.folder.directory(submodule.path)
            let other = try nested.parent.submodule(at: submodule.address)
            let written = try await write(other, submodule.commit, to: place, &budget)
            waiting += written.submodules.map { Nested($0, of: other, in: place, depth) }
        }
        return GitTree(directory: target, commit: root.name)
    }

    /// A submodule that is still to be fetched.
    private struct Nested {
        let submodule: TreeExport.Submodule
        let parent: GitRemote
        let folder: Directory
        let depth: Int

        init(_ submodule: TreeExport.Submodule, of parent: GitRemote, in folder: Directory, _ depth: Int) {
            (self.submodule, self.parent, self.folder, self.depth) = (submodule, parent, folder, depth)
        }
    }

    private struct Written: Sendable {
        let name: String
        let submodules: [TreeExport.Submodule]
        let budget: GitBudget
    }

    private func write(
        _ remote: GitRemote,
        _ reference: String,
        to target: Directory,
        _ budget: inout GitBudget
    ) async throws -> Written {
        let left = budget
        let written: Written
        switch remote.place {
        case .folder(let path):
            written = try await BlockingPool.shared.run {
                let objects = try GitObjects(repository: path, subject: remote.description)
                return try Self.export(objects, reference, of: remote, to: target, left)
            }
        case .web(let url):
            written = try await fetch(url, remote, reference, to: target, left)
        }
        budget = written.budget
        return written
    }

    private func fetch(
        _ url: HTTPURL,
        _ remote: GitRemote,
        _ reference: String,
        to target: Directory,
        _ budget: GitBudget
    ) async throws -> Written {
        let conversation = UploadPack(transport: transport, remote: remote, timeout: timeout)
        let service = try await conversation.discover(url)
        guard let object = try await conversation.object(reference, service) else {
            throw Self.unknown(reference, remote)
        }
        // Beside the files, not among them; it is gone before they are used.
        let scratch = try await BlockingPool.shared.run { try TemporaryDirectory(in: target) }
        let pack = try await BlockingPool.shared.run { try scratch.directory.createFile("received") }
        try await conversation.fetch(object, service, into: pack, limit: limits.transfer)
        return try await BlockingPool.shared.run {
            let folder = scratch.directory.path.appending("objects")
            let objects = try GitObjects(pack: pack.reopened(), folder: folder, subject: remote.description)
            let written = try Self.export(objects, object, of: remote, to: target, budget)
            try scratch.remove()
            return written
        }
    }

    private static func export(
        _ objects: GitObjects,
        _ reference: String,
        of remote: GitRemote,
        to target: Directory,
        _ budget: GitBudget
    ) throws -> Written {
        guard let commit = try objects.commit(reference) else { throw unknown(reference, remote) }
        let (submodules, left) = try TreeExport.run(objects, commit: commit, to: target, budget: budget)
        return Written(name: commit.text, submodules: submodules, budget: left)
    }

    private static func unknown(_ reference: String, _ remote: GitRemote) -> GitError {
        GitError(
            .unknownReference,
            "The git repository '\(remote.description)' has no branch, tag or commit '\(reference)'; commits are named "
                + "in full"
        )
    }
}
