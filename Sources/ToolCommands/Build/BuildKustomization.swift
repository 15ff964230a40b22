import ArgumentParser
import ArtifactStore
import ClusterApply
import CoreModel
import DesiredState
import KubeClient
import KubeModel
import KustomizeBuild
import ManifestTree
import SafeFiles
import SluiceAPI
import SystemPackage

/// `sluice build kustomization NAME`: prints the objects that the controller would apply, from local files.
struct BuildKustomization: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kustomization",
        abstract: "Build a Kustomization from local files and print what the controller would apply.",
        discussion: """
            The Kustomization is read from the cluster, or from --kustomization-file. With --dry-run no cluster is \
            asked for anything: variables of ConfigMaps and Secrets are left out, and those of \
            spec.postBuild.substitute are taken.
            """,
        aliases: ["ks"]
    )

    @Argument(help: "The Kustomization's name.")
    var name: String

    @Option(help: "The directory that spec.path stands for.")
    var path: String?

    @Option(help: "A file with the Kustomization, in place of the one in the cluster.")
    var kustomizationFile: String?

    @Flag(help: "Ask no cluster for anything; needs --kustomization-file.")
    var dryRun = false

    @Flag(help: "Fail for a variable that is not set and has no default.")
    var strictSubstitute = false

    @Option(help: "Patterns to leave out, as in .gitignore, separated by commas.")
    var ignorePaths: [String] = []

    @Flag(
        name: .shortAndLong,
        help: "Build the Kustomizations among the objects too, where --local-sources has their source."
    )
    var recursive = false

    @Option(help: "Where sources lie, as KIND/NAMESPACE/NAME=PATH, separated by commas.")
    var localSources: [String] = []

    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let context = try ToolContext.required()
        guard let path else { throw ToolError(.usage, "--path is missing; name the directory to build") }
        guard !dryRun || kustomizationFile != nil else {
            throw ToolError(.usage, "--dry-run asks no cluster, so it needs --kustomization-file; name that file")
        }
        let session = dryRun ? nil : try cluster.session(context)
        let kustomization = try await kustomization(session)
        var lookup: PostBuildVariables.Lookup?
        if let client = session?.client { lookup = { try await client.get($0, $1) } }
        let variables = PostBuildVariables(isStrict: strictSubstitute, lookup: lookup)
        let build = LocalBuild(
            variables: variables,
            ignored: ignorePaths.isEmpty ? nil : IgnoreRules(lines: ignorePaths.commaSeparated),
            sources: recursive ? try LocalSources(localSources.commaSeparated) : nil,
            context: context
        )
        context.standardOutput(try await build.yaml(of: kustomization, in: LocalPath(path)))
    }

    private func kustomization(_ session: ClusterSession?) async throws -> Kustomization {
        guard let kustomizationFile else {
            guard let session else { throw ToolError(.usage, "--kustomization-file is missing; name that file") }
            let key = ObjectKey(namespace: session.namespace, name: name)
            return Kustomization(try await session.object(.kustomization, key))
        }
        let bytes = try await BlockingPool.shared.run {
            try LocalPath(kustomizationFile).file().file.readAll(limit: 16 << 20)
        }
        let documents = try YAMLReader.documents(bytes, source: kustomizationFile)
        let found = documents.compactMap { Self.kustomization($0.tree, name: name) }
            .filter { cluster.namespace == nil || ["", cluster.namespace].contains($0.object.namespace) }
        guard found.count == 1, let only = found.first else {
            let reason = found.isEmpty ? "has no Kustomization '\(name)'" : "has several Kustomizations '\(name)'"
            throw ToolError(.notFound, "The file '\(kustomizationFile)' \(reason); name one of its own, and -n with it")
        }
        return only.inNamespace(cluster.namespace ?? "flux-system")
    }

    private static func kustomization(_ document: Tree, name: String) -> Kustomization? {
        guard let object = try? KubeObject(document), object.isKustomization, object.name == name else { return nil }
        return Kustomization(object)
    }
}

/// The build of one Kustomization, and where wanted of those among its objects.
private struct LocalBuild: Sendable {
    let variables: PostBuildVariables
    let ignored: IgnoreRules?
    let sources: LocalSources?
    let context: ToolContext

    func yaml(of kustomization: Kustomization, in path: LocalPath) async throws -> [UInt8] {
        var (bytes, seen) = ([UInt8](), Set<ObjectKey>())
        var waiting = [(kustomization: kustomization, path: path)]
        while let next = waiting.popLast() {
            guard seen.insert(next.kustomization.object.key).inserted else { continue }
            let objects = try await objects(of: next.kustomization, in: next.path)
            for object in objects {
                if !bytes.isEmpty { bytes += Array("---\n".utf8) }
                bytes += object.tree.yamlBytes(sortedKeys: true)
            }
            guard let sources else { continue }
            waiting += try objects.reversed().filter(\.isKustomization).compactMap { object in
                let nested = Kustomization(object)
                return try sources.path(of: nested.spec()).map { (nested, $0) }
            }
        }
        return bytes
    }

    private func objects(of kustomization: Kustomization, in path: LocalPath) async throws -> [KubeObject] {
        let (place, files) = try await BlockingPool.shared.run {
            // Bases may lie beside and above the directory, so the tree is the whole file system.
            (try path.absolute(), DirectoryFiles(try Directory.open("/")))
        }
        let visible: any SourceFiles = ignored.map { VisibleFiles(files: files, root: place, ignored: $0) } ?? files
        let (desired, warnings) = try await KustomizationObjects(kustomization, kustomization.spec())
            .built(from: visible, at: place, variables)
        for warning in warnings { context.failure("Warning: \(warning)") }
        return desired.objects
    }
}

/// The files below a directory but for those that are left out, and everything elsewhere.
private struct VisibleFiles: SourceFiles {
    let files: DirectoryFiles
    let root: String
    let ignored: IgnoreRules

    func read(_ path: String) throws -> [UInt8]? { isLeftOut(path, false) ? nil : try files.read(path) }

    func kind(_ path: String) throws -> SourceKind? {
        guard let kind = try files.kind(path), !isLeftOut(path, kind == .directory) else { return nil }
        return kind
    }

    func entries(_ directory: String) throws -> [SourceEntry]? {
        try files.entries(directory)?.filter { entry in
            !isLeftOut(directory.isEmpty ? entry.name : "\(directory)/\(entry.name)", entry.isDirectory)
        }
    }

    func location(_ path: String) throws -> String? { try files.location(path) }

    private func isLeftOut(_ path: String, _ isDirectory: Bool) -> Bool {
        guard path.hasPrefix("\(root)/") else { return false }
        return ignored.ignores(String(path.dropFirst(root.count + 1)), isDirectory: isDirectory)
    }
}

/// Where the files of sources lie on this machine.
private struct LocalSources: Sendable {
    private var paths: [String: String] = [:]

    /// - Throws: `ToolError` for what is not `KIND/NAMESPACE/NAME=PATH`.
    init(_ texts: [String]) throws {
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, parts[0].split(separator: "/").count == 3 else {
                throw ToolError(
                    .usage,
                    "--local-sources has \"\(text)\"; write KIND/NAMESPACE/NAME=PATH, such as "
                        + "OCIRepository/flux-system/app=./deploy"
                )
            }
            paths[parts[0]] = parts[1]
        }
    }

    func path(of spec: Kustomization.Spec) throws -> LocalPath? {
        let source = spec.source
        guard let root = paths["\(source.kind)/\(source.key.namespace)/\(source.key.name)"] else { return nil }
        return LocalPath(spec.path.isEmpty ? root : "\(root)/\(spec.path)")
    }
}

extension KubeObject {
    fileprivate var isKustomization: Bool {
        apiVersion.hasPrefix("\(Kustomization.group)/") && kind == Kustomization.kind
    }
}

extension Kustomization {
    /// With a namespace where the file gives none.
    fileprivate func inNamespace(_ namespace: String) -> Kustomization {
        guard object.namespace.isEmpty else { return self }
        var tree = object.tree
        tree["metadata"]?["namespace"] = .string(namespace)
        return (try? KubeObject(tree)).map(Kustomization.init) ?? self
    }
}
