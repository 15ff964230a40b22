import CoreModel
import ManifestTree

/// Makes the objects of `configMapGenerator` and `secretGenerator` and puts them among the others.
struct ObjectGenerator {
    let entry: Kustomization.GeneratorEntry
    let isSecret: Bool
    let pairs: [(key: String, value: [UInt8])]

    func generate() -> BuildObject {
        var tree: Tree = ["apiVersion": "v1", "kind": isSecret ? "Secret" : "ConfigMap"]
        tree[path: ["metadata", "name"]] = .string(entry.name)
        if let namespace = entry.namespace, !namespace.isEmpty {
            tree[path: ["metadata", "namespace"]] = .string(namespace)
        }
        setStrings(&tree, ["metadata", "labels"], entry.options.labels)
        setStrings(&tree, ["metadata", "annotations"], entry.options.annotations)
        if isSecret {
            let type = entry.secretType ?? ""
            tree["type"] = .string(type.isEmpty ? "Opaque" : type)
            tree["data"] = [:]
        }
        for (key, value) in pairs {
            if !isSecret, let text = String(validating: value, as: UTF8.self) {
                tree[path: ["data", key]] = .string(text)
            } else {
                tree[path: [isSecret ? "data" : "binaryData", key]] = .string(Self.wrappedBase64(value))
            }
        }
        if entry.options.isImmutable { tree["immutable"] = true }
        var object = BuildObject(tree, origin: entry.place.file ?? "")
        object.isGenerated = true
        object.needsHash = !entry.options.disablesNameSuffixHash
        object.behavior = entry.behavior
        return object
    }

    private func setStrings(_ tree: inout Tree, _ path: [String], _ values: [String: String]) {
        guard !values.isEmpty else { return }
        let sorted = values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        tree[path: path] = .map(TreeMap(sorted.map { ($0.key, .string($0.value)) }))
    }

    /// Base64 in lines of 70; a value that fits into less than one has no line break.
    static func wrappedBase64(_ bytes: [UInt8]) -> String {
        let width = 70
        let text = Array(Base64.encode(bytes).utf8)
        guard text.count >= width else { return String(decoding: text, as: UTF8.self) }
        var lines: [UInt8] = []
        for start in stride(from: 0, to: text.count, by: width) {
            lines += text[start..<min(start + width, text.count)]
            lines.append(0x0A)
        }
        return String(decoding: lines, as: UTF8.self)
    }
}

extension ObjectSet {
    /// Adds a generated object, or lays it over the one it merges with or replaces.
    /// - Throws: `BuildError`: `.conflict` or `.missing`.
    mutating func absorb(_ object: BuildObject, at place: BuildError.Place) throws {
        let found = positions(object.id)
        let subject = "\(place.file ?? ""): \(place.field ?? ""): \(object.id)"
        guard let position = found.first else {
            guard object.behavior == .create else {
                throw BuildError(
                    .missing,
                    "\(subject) does not exist; cannot merge or replace (behavior: \(object.behavior.rawValue)). "
                        + "Set behavior: create or correct the name",
                    at: place
                )
            }
            return try append(object)
        }
        guard found.count == 1 else {
            throw BuildError(.conflict, "\(subject) could be any of \(found.count) objects of the build", at: place)
        }
        guard object.behavior != .create else {
            throw BuildError(
                .conflict,
                "\(subject) exists; behavior must be merge or replace. Set it, or another name",
                at: place
            )
        }
        update(position) { old in
            var new = object
            new.tree["metadata"] = Self.mergedMetadata(old.tree, object.tree)
            if object.behavior == .merge {
                for field in ["data", "binaryData"] {
                    new.tree[field] = Self.mergedMap(old.tree[field], object.tree[field]) { $0.scalarText ?? "" }
                }
            }
            new.inherit(old)
            // Who comes later may take the hash away, but gives none to what had none.
            new.needsHash = old.needsHash && object.needsHash
            if object.behavior == .replace, let origin = object.provenance?.origin { new.provenance?.origin = origin }
            old = new
        }
    }

    private static func mergedMetadata(_ old: Tree, _ new: Tree) -> Tree? {
        var metadata = new["metadata"] ?? .map(TreeMap())
        for field in ["labels", "annotations"] {
            metadata[field] = mergedMap(old["metadata"]?[field], new["metadata"]?[field], \.annotationText)
        }
        for field in ["name", "namespace"] {
            let text = old["metadata"]?[field]?.scalarText ?? ""
            metadata[field] = text.isEmpty ? nil : .string(text)
        }
        return metadata
    }

    /// All of it is text afterwards. What comes out without entries is left out, as kustomize does it.
    private static func mergedMap(_ old: Tree?, _ new: Tree?, _ text: (Tree) -> String) -> Tree? {
        var merged = TreeMap((old?.map ?? TreeMap()).map { ($0.key, .string(text($0.value))) })
        for (key, value) in new?.map ?? TreeMap() { merged[key] = value }
        return merged.isEmpty ? nil : .map(merged)
    }
}
