import ArgumentParser
import ManifestTree

/// The forms that scripts read.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
    case json, yaml

    /// The document, with a line feed at its end.
    func render(_ tree: Tree) -> [UInt8] {
        switch self {
        case .json: tree.prettyJSONBytes()
        case .yaml: tree.yamlBytes(sortedKeys: false)
        }
    }
}
