/// What a build has fetched, each once. A fetched tree or file is found below a first path component of its own, which
/// no path of the source can have.
struct RemoteTrees: Sendable {
    private enum Content: Sendable {
        case file([UInt8])
        case tree(any SourceFiles, RemoteRepository)
    }

    private let loader: (any RemoteLoader)?
    private var contents: [String: Content] = [:]
    private var names: [String: String] = [:]
    private var attempts = 0

    /// More would be an attack on somebody's server.
    private static let attemptLimit = 200
    private static let mark = "\u{1}"

    init(loader: (any RemoteLoader)?) { self.loader = loader }

    func isRemote(_ path: String) -> Bool { path.hasPrefix(Self.mark) }

    /// Whether both paths lie in the source, or both in one clone.
    func isSameTree(_ path: String, _ directory: String) -> Bool { Self.root(path) == Self.root(directory) }

    private static func root(_ path: String) -> Substring? {
        path.hasPrefix(mark) ? path.prefix { $0 != "/" } : nil
    }

    /// The path under which a remote file or directory is found, once it is fetched.
    /// - Throws: `BuildError`: `.unsupported` where nothing may be fetched, `.unreadable` when it cannot be, `.refused`
    ///   where a fetched kustomization names a repository of this machine.
    mutating func path(of reference: String, from directory: String, at place: BuildError.Place) throws -> String {
        guard let loader else {
            throw BuildError(
                .unsupported,
                "\(place.file ?? ""): \(place.field ?? "") names '\(reference)', but remote sources are not fetched "
                    + "here. Copy it into the source and name the copy, or give sluice kustomize --enable-remote",
                at: place
            )
        }
        guard !isRemote(directory) || !Self.isLocal(reference) else {
            throw BuildError(
                .refused,
                "\(place.file ?? ""): \(place.field ?? "") names '\(reference)', a repository of this machine, but "
                    + "comes from elsewhere itself. Name it by a URL",
                at: place
            )
        }
        if let name = names[reference] { return name }
        attempts += 1
        guard attempts <= Self.attemptLimit else {
            throw BuildError(.refused, "The build fetches more than \(Self.attemptLimit) remote sources. Copy some")
        }
        do {
            let path = try fetch(reference, loader)
            names[reference] = path
            return path
        } catch let error as BuildError {
            throw error
        } catch {
            throw BuildError(
                .unreadable,
                "\(place.file ?? ""): \(place.field ?? "") names '\(reference)', which cannot be fetched",
                at: place,
                cause: error
            )
        }
    }

    private mutating func fetch(_ reference: String, _ loader: any RemoteLoader) throws -> String {
        if SourcePath.isFileURL(reference), !Self.isCertainlyRepository(reference),
            let bytes = try loader.file(reference)
        {
            let name = root(for: reference)
            contents[name] = .file(bytes)
            return name
        }
        guard let repository = RemoteRepository(reference) else {
            throw BuildError(.unreadable, "'\(reference)' is neither a file nor a repository. Correct the address")
        }
        let key = "\(repository.url)\(Self.mark)\(repository.reference ?? "")"
        if let root = names[key] { return SourcePath.join(root, repository.path) }
        let root = root(for: "\(repository.url)@\(repository.reference ?? "HEAD")")
        contents[root] = .tree(try loader.clone(repository), repository)
        names[key] = root
        return SourcePath.join(root, repository.path)
    }

    /// A first path component that says in messages where it comes from.
    private func root(for address: String) -> String {
        let name = Self.mark + String(address.map { $0 == "/" ? "|" : $0 })
        return contents[name] == nil ? name : "\(name)#\(contents.count)"
    }

    private static func isLocal(_ reference: String) -> Bool {
        RemoteRepository(reference)?.url.hasPrefix("file://") ?? false
    }

    /// Addresses that no file has.
    private static func isCertainlyRepository(_ reference: String) -> Bool {
        let address = reference.prefix { $0 != "?" }
        return address.hasSuffix(".git") || address.dropFirst(8).contains("//") || address.contains(".git/")
            || address.contains("/_git/")
    }

    // MARK: Reading

    private func content(of path: String) -> (Content, String)? {
        guard let root = Self.root(path), let content = contents[String(root)] else { return nil }
        return (content, String(path.dropFirst(root.count).drop { $0 == "/" }))
    }

    /// The bytes of a fetched file; nil for what was not fetched.
    func read(_ path: String) throws -> [UInt8]? {
        switch content(of: path) {
        case (.file(let bytes), "")?: bytes
        case (.tree(let files, _), let inside)?: try files.read(inside)
        default: nil
        }
    }

    func kind(_ path: String) throws -> SourceKind? {
        switch content(of: path) {
        case (.file, "")?: .file
        case (.tree(let files, _), let inside)?: try files.kind(inside)
        default: nil
        }
    }

    /// The path without links in what was fetched; nil for nothing.
    func location(_ path: String) throws -> String? {
        guard case (.tree(let files, _), let inside)? = content(of: path), let root = Self.root(path) else {
            return path
        }
        return try files.location(inside).map { $0.isEmpty ? String(root) : SourcePath.join(String(root), $0) }
    }

    func isFile(_ path: String) -> Bool {
        if case (.file, _)? = content(of: path) { true } else { false }
    }

    func repository(of path: String) -> (RemoteRepository, String)? {
        if case (.tree(_, let repository), let inside)? = content(of: path) { (repository, inside) } else { nil }
    }
}
