import CoreModel
import ManifestTree
import SignatureCrypto

/// The hash that kustomize appends to the names of generated objects.
enum ContentHash {
    /// - Throws: `CryptoError` when OpenSSL fails.
    static func suffix(of tree: Tree) throws -> String {
        let digest = try Digest.of(encoded(tree).jsonBytes(sortedKeys: true, htmlEscaped: true))
        return String(digest.hex.prefix(10).map { replaced[$0] ?? $0 })
    }

    /// Letters and digits that could spell something, or be mistaken for another, are exchanged.
    private static let replaced: [Character: Character] = ["0": "g", "1": "h", "3": "k", "a": "m", "e": "t"]

    private static func encoded(_ tree: Tree) -> Tree {
        var content = TreeMap()
        content["kind"] = tree["kind"]
        // Kustomize looks for the name where no object has it; so the hash does not depend on prefixes.
        content["name"] = counted(tree["name"])
        content["data"] = counted(tree["data"])
        switch (tree["apiVersion"]?.string, tree["kind"]?.string) {
        case ("v1", "ConfigMap"):
            if let binary = tree["binaryData"] { content["binaryData"] = counted(binary) }
        case ("v1", "Secret"):
            content["type"] = counted(tree["type"])
            if let strings = tree["stringData"] { content["stringData"] = counted(strings) }
        default: return tree
        }
        return .map(content)
    }

    /// A field as it counts: a scalar by its text.
    private static func counted(_ tree: Tree?) -> Tree {
        guard let tree, tree.map != nil || tree.list != nil else { return .string(tree?.nodeText ?? "") }
        return tree
    }
}
