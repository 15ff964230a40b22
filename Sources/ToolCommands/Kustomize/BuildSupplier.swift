import GitAccess
import HTTPExchange
import KustomizeBuild
import SafeFiles
import SystemPackage

/// Gets what a build asks for: files by HTTP, repositories by git, programs as processes.
struct BuildSupplier: Sendable {
    let context: ToolContext
    let programs: FunctionPrograms?

    /// A manifest has no more.
    private static let fileLimit = 64 << 20
    private static let fileTimeout = Duration.seconds(60)

    func supply(_ need: BuildNeed) async throws -> BuildSupply {
        switch need {
        case .file(let url): return .bytes(try await file(url))
        case .repository(let repository): return .files(try await files(of: repository))
        case .program(let program, let directory, let input):
            guard let programs else { return .bytes(nil) }
            return .bytes(try await programs.run(program, in: directory, input: input))
        }
    }

    /// The bytes behind a URL; nil for a page, which may belong to a repository.
    private func file(_ text: String) async throws -> [UInt8]? {
        guard let url = HTTPURL(text) else {
            throw ToolError(.usage, "The address '\(text)' is not an http or https URL; correct it")
        }
        var request = HTTPRequest(.get, url)
        request.timeout = Self.fileTimeout
        let rule = RedirectRule()
        var hop = 0
        while true {
            let (head, body) = try await context.transport.response(to: request, limit: Self.fileLimit)
            guard let next = try rule.next(after: head, to: request, hop: hop) else {
                return try Self.content(head, body, url)
            }
            request = next
            hop += 1
        }
    }

    private static func content(_ head: HTTPResponseHead, _ body: [UInt8], _ url: HTTPURL) throws -> [UInt8]? {
        let type = head.headers["Content-Type"]?.lowercased() ?? ""
        if type.hasPrefix("text/html") { return nil }
        guard (200..<300).contains(head.status) else {
            // A repository's address is no file; whether it is one shows when it is cloned.
            if RemoteRepository("\(url)") != nil { return nil }
            throw ToolError(.notFound, "The URL '\(url)' answers with status code \(head.status); correct it")
        }
        return body
    }

    private func files(of repository: RemoteRepository) async throws -> any SourceFiles {
        let remote = try GitRemote(repository.url)
        let workspace = try await BlockingPool.shared.run { [path = context.temporaryDirectory] in
            try Directory.open(path)
        }
        let source = GitSource(transport: context.transport, timeout: repository.timeout)
        let tree = try await source.tree(
            of: remote,
            reference: repository.reference,
            includingSubmodules: repository.hasSubmodules,
            in: workspace
        )
        return ClonedFiles(tree)
    }
}

/// The files of a clone, which lasts as long as they are held.
private struct ClonedFiles: SourceFiles {
    private let tree: GitTree
    private let files: DirectoryFiles

    init(_ tree: GitTree) {
        self.tree = tree
        files = DirectoryFiles(tree.directory.directory)
    }

    func read(_ path: String) throws -> [UInt8]? { try files.read(path) }
    func entries(_ directory: String) throws -> [SourceEntry]? { try files.entries(directory) }
    func kind(_ path: String) throws -> SourceKind? { try files.kind(path) }
    func location(_ path: String) throws -> String? { try files.location(path) }
}
