import KustomizeBuild
import ManifestTree
import SafeFiles

/// A file for each object, named as kustomize names them.
struct ObjectFiles {
    private let files: [(name: String, bytes: [UInt8])]

    init(_ objects: [Tree]) {
        let namespaces = Set(objects.filter { !BuildResult.isClusterScoped($0) }.map(Self.namespace))
        files = objects.map { object in
            let isPrefixed = namespaces.count > 1 && !BuildResult.isClusterScoped(object)
            let prefix = isPrefixed ? "\(Self.namespace(object))_" : ""
            return (Self.fileName(prefix + Self.name(object)), object.yamlBytes(sortedKeys: true))
        }
    }

    /// - Throws: `ToolError` when two objects have one file, `FileError`.
    func write(to directory: Directory) throws {
        var written: Set<String> = []
        for (name, bytes) in files {
            guard written.insert(name).inserted else {
                throw ToolError(.file, "The output has two objects for the file '\(name)'; name a file instead")
            }
            try directory.writeAtomically(name, bytes, mode: 0o644)
        }
    }

    private static func namespace(_ object: Tree) -> String {
        let namespace = object["metadata"]?["namespace"]?.string ?? ""
        return (namespace.isEmpty ? "default" : namespace).lowercased()
    }

    /// Group, version, kind and name, without what is empty.
    private static func name(_ object: Tree) -> String {
        let apiVersion = (object["apiVersion"]?.string ?? "").split(separator: "/").map(String.init)
        let parts = apiVersion + [object["kind"]?.string ?? ""]
        let type = parts.filter { !$0.isEmpty }.joined(separator: "_")
        return "\(type)_\(object["metadata"]?["name"]?.string ?? "")".lowercased()
    }

    /// A slash in a name would lead elsewhere.
    private static func fileName(_ name: String) -> String {
        "\(String(name.map { $0 == "/" || $0 == "\0" ? "_" : $0 })).yaml"
    }
}
