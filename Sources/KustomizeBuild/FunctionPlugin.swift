import ManifestTree

/// A KRM function: a program that reads a `ResourceList` and writes one.
struct FunctionPlugin: Transformer {
    private let configuration: BuildObject
    private let program: String
    private let directory: String
    private let runner: any FunctionRunner

    private static let annotations = ["config.kubernetes.io/function", "config.k8s.io/function"]
    private static let idKey = "kustomize.config.k8s.io/id"
    private static let hashKey = "kustomize.config.k8s.io/needs-hash"
    private static let behaviorKey = "kustomize.config.k8s.io/behavior"
    private static let marks: Set<String> = [
        idKey, hashKey, behaviorKey, "config.kubernetes.io/index", "config.kubernetes.io/path", "config.k8s.io/id",
    ]

    /// - Throws: `BuildError.refused` where such functions may not run, `.unsupported` for containers.
    init(_ configuration: BuildObject, directory: String, _ permissions: BuildPermissions) throws {
        self.configuration = configuration
        self.directory = directory
        guard permissions.allowsPlugins else {
            throw Self.failure(
                configuration,
                .refused,
                "external plugins disabled; unable to load external plugin '\(configuration.kind)'. Build with "
                    + "--enable-alpha-plugins, if its source is trusted"
            )
        }
        guard let text = Self.annotations.lazy.compactMap({ configuration.metadataStrings("annotations")[$0] }).first
        else {
            throw Self.failure(
                configuration,
                .unsupported,
                "unable to find plugin '\(configuration.kind)': plugins that are looked up by their kind are not "
                    + "loaded. "
                    + "Name its program in the annotation config.kubernetes.io/function"
            )
        }
        program = try Self.program(text, configuration)
        guard let functions = permissions.functions else {
            throw Self.failure(
                configuration,
                .refused,
                "must enable exec functions with --enable-exec to run '\(program)', if its source is trusted"
            )
        }
        runner = functions
    }

    private static func program(_ text: String, _ configuration: BuildObject) throws -> String {
        let spec = (try? YAMLReader.document(Array(text.utf8))) ?? .null
        if let path = spec["exec"]?["path"]?.string, !path.isEmpty { return path }
        if let image = spec["container"]?["image"]?.string ?? spec["image"]?.string {
            throw failure(
                configuration,
                .unsupported,
                "is a container function (\(image)), and containers are not run. Use an exec function, or run it "
                    + "beforehand and list the result under resources"
            )
        }
        throw failure(
            configuration,
            .invalid,
            "names no program to run: exec.path is missing in its function annotation"
        )
    }

    private static func failure(
        _ plugin: BuildObject,
        _ code: BuildError.Code,
        _ reason: String,
        cause: (any Error)? = nil
    ) -> BuildError {
        BuildError(
            code,
            "\(plugin.origin): plugin \(plugin.id): \(reason)",
            at: .init(file: plugin.origin, object: plugin.id.description),
            cause: cause
        )
    }

    // MARK: Running

    /// What the function makes of nothing.
    func generate() throws -> [BuildObject] {
        try run([]).map { tree in
            var tree = tree
            let annotations = BuildObject(tree, origin: "").metadataStrings("annotations")
            Self.removeMarks(&tree)
            var object = BuildObject(tree, origin: configuration.origin)
            object.needsHash = annotations[Self.hashKey] == "true"
            let behavior = annotations[Self.behaviorKey] ?? ""
            guard let parsed = behavior.isEmpty ? .create : GeneratorBehavior(rawValue: behavior) else {
                throw Self.failure(configuration, .invalid, "made \(object.id) with the unknown behavior '\(behavior)'")
            }
            object.behavior = parsed
            return object
        }
    }

    /// Gives every object to the function, and takes what it returns in place of them.
    func transform(_ objects: inout ObjectSet) throws {
        let input = objects.objects.enumerated().map { position, object in
            var tree = object.tree
            tree[path: ["metadata", "annotations", Self.idKey]] = .string(String(position))
            return tree
        }
        var kept: Set<Int> = []
        var added: [BuildObject] = []
        for var tree in try run(input) {
            let position = tree[path: ["metadata", "annotations", Self.idKey]]?.scalarText.flatMap { Int($0) }
            Self.removeMarks(&tree)
            guard let position, objects.objects.indices.contains(position), kept.insert(position).inserted else {
                added.append(BuildObject(tree, origin: configuration.origin))
                continue
            }
            objects.update(position) { $0.tree = tree }
        }
        for position in objects.objects.indices where !kept.contains(position) { objects.remove(position) }
        objects.compact()
        for object in added { try objects.append(object) }
    }

    /// Takes out what the function and its libraries noted for themselves.
    private static func removeMarks(_ tree: inout Tree) {
        for key in tree["metadata"]?["annotations"]?.map?.keys ?? []
        where marks.contains(key) || key.hasPrefix("internal.config.kubernetes.io/") {
            tree.removeAnnotation(key)
        }
    }

    private func run(_ items: [Tree]) throws -> [Tree] {
        var list: Tree = ["apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList"]
        list["items"] = .list(items)
        list["functionConfig"] = configuration.tree
        let output: [UInt8]
        do {
            output = try runner.run(program, in: directory, input: list.yamlBytes(sortedKeys: false))
        } catch {
            throw Self.failure(configuration, .invalid, "'\(program)' failed", cause: error)
        }
        let documents = try SourceReader.parse(output, source: "the output of \(program)")
        guard let answer = documents.first?.tree, documents.count == 1 else {
            throw Self.failure(configuration, .invalid, "'\(program)' has to write one ResourceList")
        }
        try check(answer)
        let found = (answer["items"]?.list ?? []).map { YAMLDocument(tree: $0, line: 1) }
        return try ManifestObjects.objects(in: found, source: "the output of \(program)")
    }

    /// A result of severity error fails the build, also where the program ended with 0.
    private func check(_ answer: Tree) throws {
        guard answer["kind"]?.string == "ResourceList" else {
            throw Self.failure(configuration, .invalid, "'\(program)' has to write a ResourceList")
        }
        let errors = (answer["results"]?.list ?? []).filter { $0["severity"]?.string == "error" }
        guard errors.isEmpty else {
            let texts = errors.map { $0["message"]?.string ?? "no message" }
            throw Self.failure(configuration, .invalid, "'\(program)' reports: \(texts.joined(separator: "; "))")
        }
    }
}

extension Tree {
    /// Takes an annotation out, and the map of annotations with the last one.
    fileprivate mutating func removeAnnotation(_ key: String) {
        self[path: ["metadata", "annotations", key]] = nil
        if self["metadata"]?["annotations"]?.map?.isEmpty == true { self[path: ["metadata", "annotations"]] = nil }
    }
}
