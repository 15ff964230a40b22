import HTTPExchange
import KustomizeBuild
import SafeFiles
import SystemPackage

/// The directory or URL on the command line.
struct KustomizePlace: Sendable {
    let written: String

    init(_ written: String) { self.written = written }

    /// Whether it is a URL. What is a directory here is never one.
    var isRemote: Bool { LocalPath(written).isDirectory != true && RemoteRepository(written) != nil }
}

/// One build of the command: the builder blocks a thread, and what it needs from outside (remote files,
/// repositories, programs) is done meanwhile by the task that waits for it.
struct KustomizeRequest: Sendable {
    let place: String
    let options: BuildOptions
    let allowsRemotes: Bool
    /// Runs the programs of functions, where that is allowed.
    let programs: FunctionPrograms?

    func build(_ context: ToolContext) async throws -> BuildResult {
        let requests = BlockingRequests<BuildNeed, BuildSupply>()
        let supplier = BuildSupplier(context: context, programs: programs)
        var options = options
        if allowsRemotes { options.permissions.remotes = RequestedRemotes(requests: requests) }
        if programs != nil { options.permissions.functions = RequestedPrograms(requests: requests) }
        let (place, finalOptions) = (place, options)
        // A thread of its own: what the build waits for needs the shared pool, which builds that wait would fill.
        let pool = BlockingPool(threads: 1)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await requests.serve { try await supplier.supply($0) } }
            defer { group.cancelAll() }
            return try await pool.run {
                defer { requests.finish() }
                return try Self.build(place, finalOptions)
            }
        }
    }

    private static func build(_ place: String, _ options: BuildOptions) throws -> BuildResult {
        if KustomizePlace(place).isRemote, let repository = RemoteRepository(place),
            let remotes = options.permissions.remotes
        {
            return try KustomizeBuilder(files: remotes.clone(repository), options: options).build(repository.path)
        }
        // Bases may lie beside and above the directory, so the tree is the whole file system.
        let path = try LocalPath(place).absolute()
        let files = DirectoryFiles(try Directory.open("/"))
        return try KustomizeBuilder(files: files, options: options).build(path)
    }
}

/// What a build asks for.
enum BuildNeed: Sendable {
    case file(String)
    case repository(RemoteRepository)
    case program(String, directory: String, input: [UInt8])
}

/// What it gets.
enum BuildSupply: Sendable {
    case bytes([UInt8]?)
    case files(any SourceFiles)
}

/// Remote sources by way of the waiting task.
private struct RequestedRemotes: RemoteLoader {
    let requests: BlockingRequests<BuildNeed, BuildSupply>

    func file(_ url: String) throws -> [UInt8]? {
        guard case .bytes(let bytes) = try requests.ask(.file(url)) else { return nil }
        return bytes
    }

    func clone(_ repository: RemoteRepository) throws -> any SourceFiles {
        guard case .files(let files) = try requests.ask(.repository(repository)) else {
            throw ToolError(.notFound, "The repository '\(repository.url)' has no files")
        }
        return files
    }
}

/// Programs by way of the waiting task.
private struct RequestedPrograms: FunctionRunner {
    let requests: BlockingRequests<BuildNeed, BuildSupply>

    func run(_ program: String, in directory: String, input: [UInt8]) throws -> [UInt8] {
        guard case .bytes(let bytes?) = try requests.ask(.program(program, directory: directory, input: input)) else {
            return []
        }
        return bytes
    }
}
