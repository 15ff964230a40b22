import ArgumentParser
import ManifestTree
import SafeFiles
import SluiceAPI

/// `sluice generate DIR`: writes what the repository keeps of the kinds' definitions.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Write the CRDs and the reference pages into the source tree.",
        shouldDisplay: false
    )

    @Argument(help: "The root of the source tree.")
    var directory: String

    func run() throws {
        let context = try ToolContext.required()
        let root = try LocalPath(directory).directory()
        for page in Self.pages() {
            let folder = page.path.split(separator: "/").dropLast().joined(separator: "/")
            _ = try root.directory(folder, creating: true, mode: 0o755)
            try root.writeAtomically(page.path, Array(page.text.utf8), mode: 0o644)
            context.success(page.path)
        }
    }

    struct Page {
        let path: String
        let text: String
    }

    private static let notice = "# Made from api/ by hack/generate; do not edit.\n"

    /// Every generated file.
    static func pages() -> [Page] {
        let definitions = KindDefinition.all
        var pages: [Page] = []
        for definition in definitions {
            let crd = definition.customResourceDefinition.yamlString(sortedKeys: false)
            pages.append(Page(path: "config/crd/\(definition.crdFile)", text: notice + crd))
            let folder = definition.group.prefix { $0 != "." }
            let name = definition.kind.lowercased()
            pages.append(Page(path: "api/\(folder)/\(name).md", text: definition.referencePage))
        }
        let list: Tree = [
            "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
            "resources": .list(definitions.map { .string($0.crdFile) }),
        ]
        pages.append(Page(path: "config/crd/kustomization.yaml", text: notice + list.yamlString(sortedKeys: false)))
        return pages
    }
}

extension KindDefinition {
    fileprivate var crdFile: String { "\(crdName).yaml" }
}
