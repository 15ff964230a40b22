import ManifestTree

/// Reads and parses the files of one build, each path and each content once, and remembers which.
struct SourceReader {
    let files: any SourceFiles
    let restrictions: BuildOptions.LoadRestrictions
    private(set) var filesRead: Set<String> = []
    private var parsed: [String: [YAMLDocument]] = [:]
    private var flowFiles: Set<String> = []
    /// The first path that every parsed content was read from.
    private var paths: [Content: String] = [:]
    private var remotes: RemoteTrees
    var watch = PhaseWatch(now: nil)
    private(set) var statistics = BuildStatistics()

    init(files: any SourceFiles, restrictions: BuildOptions.LoadRestrictions, remotes: (any RemoteLoader)? = nil) {
        self.files = files
        self.restrictions = restrictions
        self.remotes = RemoteTrees(loader: remotes)
    }

    /// The path that a kustomization's reference to a file means, without links, so that none leads past the rules of
    /// where files may be. What is remote is fetched first, and gets a path of its own.
    /// - Throws: `BuildError`: `.unsupported` for remote files that may not be fetched, `.refused` when it leads
    ///   outside.
    mutating func path(of reference: String, in directory: String, field: String, file: String) throws -> String {
        let place = BuildError.Place(file: file, field: field)
        if SourcePath.isRemote(reference) {
            // Fetched first: what `location` asks is what is here then.
            let path = try remotes.path(of: reference, from: directory, at: place)
            return try location(path)
        }
        guard let path = SourcePath.resolve(reference, from: directory), remotes.isSameTree(path, directory) else {
            throw BuildError(
                .refused,
                "\(file): \(field) names '\(reference)', which leads outside of the source tree. Use a relative path "
                    + "below its root",
                at: place
            )
        }
        return try location(path)
    }

    /// The path without links; the path itself where nothing is there.
    func location(_ path: String) throws -> String {
        do {
            return (remotes.isRemote(path) ? try remotes.location(path) : try files.location(path)) ?? path
        } catch {
            throw BuildError(.unreadable, "\(path) cannot be read", at: .init(file: path), cause: error)
        }
    }

    /// Whether a file may be read as one of a directory.
    func isAllowed(_ path: String, in directory: String) throws -> Bool {
        try restrictions != .rootOnly || SourcePath.contains(directory, location(path))
    }

    /// The bytes of a file that a kustomization names, where it may name it.
    mutating func load(_ reference: String, in directory: String, field: String, file: String) throws -> [UInt8] {
        let path = try path(of: reference, in: directory, field: field, file: file)
        try check(path, reference, in: directory, field: field, file: file)
        guard let bytes = try read(path) else {
            throw BuildError(
                .unreadable,
                "\(file): \(field) names the file '\(reference)', which does not exist: no such file or directory",
                at: .init(file: file, field: field)
            )
        }
        return bytes
    }

    /// - Throws: `BuildError.refused` for a file outside of its kustomization's directory where only those may be read.
    func check(_ path: String, _ reference: String, in directory: String, field: String, file: String) throws {
        guard restrictions == .rootOnly, !SourcePath.contains(directory, path), !remotes.isFile(path) else { return }
        throw BuildError(
            .refused,
            "\(file): \(field): security; file '\(reference)' is not in or below "
                + "'\(SourcePath.shown(directory))'. Move it there, or build with the load restrictor "
                + "LoadRestrictionsNone",
            at: .init(file: file, field: field)
        )
    }

    mutating func read(_ path: String) throws -> [UInt8]? {
        do {
            let (remotes, files) = (remotes, files)
            let found = try watch.measure(.read, &statistics) { try remotes.read(path) ?? files.read(path) }
            guard let bytes = found else { return nil }
            filesRead.insert(path)
            statistics.bytes += bytes.count
            return bytes
        } catch {
            throw BuildError(.unreadable, "\(path) cannot be read", at: .init(file: path), cause: error)
        }
    }

    func kind(_ path: String) throws -> SourceKind? {
        do {
            return remotes.isRemote(path) ? try remotes.kind(path) : try files.kind(path)
        } catch {
            throw BuildError(.unreadable, "\(path) cannot be read", at: .init(file: path), cause: error)
        }
    }

    /// Whether a path leads into what was fetched.
    func isRemote(_ path: String) -> Bool { remotes.isRemote(path) }

    /// The clone that a path leads into, and the path in it.
    func repository(of path: String) -> (RemoteRepository, String)? { remotes.repository(of: path) }

    /// The documents of a YAML or JSON file; nil where there is no file.
    mutating func documents(_ path: String) throws -> [YAMLDocument]? {
        if let held = parsed[path] { return held }
        guard let bytes = try read(path) else { return nil }
        let content = Content(bytes: bytes)
        let known = paths[content].flatMap { parsed[$0] }
        let documents = try watch.measure(.read, &statistics) {
            try known ?? Self.parse(bytes, source: path, .init(annotations: .text))
        }
        if known == nil { paths[content] = path }
        if bytes.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{") { flowFiles.insert(path) }
        parsed[path] = documents
        return documents
    }

    /// What a file holds. Compared as it is: the first digest of a process costs more than a small build.
    private struct Content: Hashable {
        let bytes: [UInt8]

        func hash(into hasher: inout Hasher) {
            unsafe bytes.withUnsafeBytes { bytes in unsafe hasher.combine(bytes: bytes) }
        }
    }

    /// Whether a file whose documents were read is in flow style, as JSON is.
    func isFlow(_ path: String) -> Bool { flowFiles.contains(path) }

    /// The document of a kustomization file; nil where there is no file. Where a key comes twice, the last one counts.
    mutating func kustomizationDocuments(_ path: String) throws -> [YAMLDocument]? {
        if let held = parsed[path] { return held }
        guard let bytes = try read(path) else { return nil }
        let documents = try watch.measure(.read, &statistics) {
            try Self.parse(bytes, source: path, .settings)
        }
        parsed[path] = documents
        return documents
    }

    /// Parses text that stands in a file.
    /// - Parameter rules: nulls in the annotations of patches have to stay what they are.
    static func parse(
        _ bytes: [UInt8],
        source: String,
        _ rules: YAMLReader.Rules = .init(annotations: .textOrNull)
    ) throws -> [YAMLDocument] {
        do {
            return try YAMLReader.documents(bytes, source: source, rules: rules)
        } catch {
            throw BuildError(
                .invalid,
                "\(source) is not valid YAML",
                at: .init(file: source, line: error.position?.line),
                cause: error
            )
        }
    }
}
