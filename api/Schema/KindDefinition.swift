package import ManifestTree

/// Everything the API server has to know about one kind.
package struct KindDefinition: Sendable {
    package let group: String
    package let kind: String
    package let plural: String
    package let shortNames: [String]
    package let categories: [String]
    /// The first one is stored; all are served, with the same schema.
    package let versions: [String]
    /// One paragraph that begins with the kind's name.
    package let summary: String
    package let spec: [SchemaField]
    package let status: [SchemaField]
    package let columns: [PrinterColumn]
    /// Objects of the kind lie in namespaces.
    package var isNamespaced = true
    /// The API server keeps fields of the spec that the schema does not know, so that they are refused.
    package var isStrict = false
    /// Sections for the reference page, in Markdown, after the tables.
    package var guide = ""

    /// A column of `kubectl get`.
    package struct PrinterColumn: Sendable {
        let name: String
        let type: String
        let path: String
    }

    /// `plural.group`, the name of the CRD.
    package var crdName: String { "\(plural).\(group)" }

    /// The `CustomResourceDefinition` to install.
    package var customResourceDefinition: Tree {
        let names: Tree = [
            "kind": .string(kind), "listKind": .string(kind + "List"), "plural": .string(plural),
            "singular": .string(kind.lowercased()), "shortNames": .list(shortNames.map(Tree.string)),
            "categories": .list(categories.map(Tree.string)),
        ]
        return [
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": [
                "name": .string(crdName),
                "annotations": ["kustomize.toolkit.fluxcd.io/substitute": "disabled"],
                "labels": ["app.kubernetes.io/part-of": "sluice", "app.kubernetes.io/component": "crd"],
            ],
            "spec": [
                "group": .string(group), "names": names, "scope": isNamespaced ? "Namespaced" : "Cluster",
                "versions": .list(versions.enumerated().map { version($1, isStored: $0 == 0) }),
            ],
        ]
    }

    private func version(_ name: String, isStored: Bool) -> Tree {
        var schema = OpenAPISchema.object([
            SchemaField("apiVersion", .string, "The API group and version."),
            SchemaField("kind", .string, "The kind."),
        ])
        schema["description"] = .string(summary)
        schema[path: ["properties", "metadata"]] = ["type": "object"]
        schema[path: ["properties", "spec"]] = isStrict ? OpenAPISchema.strict(spec) : OpenAPISchema.object(spec)
        var status = OpenAPISchema.object(status)
        status["default"] = ["observedGeneration": -1]
        schema[path: ["properties", "status"]] = status
        var version: Tree = [
            "name": .string(name), "served": true, "storage": .bool(isStored), "schema": ["openAPIV3Schema": schema],
            "subresources": ["status": [:]],
            "additionalPrinterColumns": .list(
                columns.map { column in
                    ["name": .string(column.name), "type": .string(column.type), "jsonPath": .string(column.path)]
                }
            ),
        ]
        if !isStored {
            version["deprecated"] = true
            version["deprecationWarning"] = .string("\(name) \(kind) is deprecated, upgrade to \(versions[0])")
        }
        return version
    }
}

extension KindDefinition {
    /// Every kind that Sluice brings with it.
    package static let all: [KindDefinition] = [
        OCIRepository.definition, Kustomization.definition, VerificationPolicy.definition,
        ClusterVerificationPolicy.definition,
    ]
}
