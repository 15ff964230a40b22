import ManifestTree

/// The built-in plugins that read files or make objects.
extension BuiltinPlugin {
    static func generator(_ object: BuildObject, _ fields: inout FieldReader, isSecret: Bool) throws
        -> Kustomization.GeneratorEntry
    {
        var entry = try Kustomization.generator(fields, .init(), isSecret: isSecret, isStrict: false)
        // The configuration's own name and namespace stand in for those of the object.
        if entry.name.isEmpty { entry.name = object.name }
        if (entry.namespace ?? "").isEmpty { entry.namespace = object.namespace }
        return entry
    }

    /// An IAM policy: a service account that may act as one of the cloud's.
    static func serviceAccount(_ fields: inout FieldReader, _ origin: String) throws -> BuildObject {
        let cloud = try fields.string("cloud") ?? ""
        guard cloud == "gke" else {
            throw fields.problem("cloud", "cloud provider '\(cloud)' is not supported; use gke")
        }
        var service = try fields.map("kubernetesService")
        var account = try fields.map("serviceAccount")
        let email = "\(try account?.string("name") ?? "")@\(try account?.string("projectId") ?? "")"
        var tree: Tree = ["apiVersion": "v1", "kind": "ServiceAccount"]
        tree[path: ["metadata", "annotations", "iam.gke.io/gcp-service-account"]] =
            .string("\(email).iam.gserviceaccount.com")
        tree[path: ["metadata", "name"]] = .string(try service?.string("name") ?? "")
        let namespace = try service?.string("namespace") ?? ""
        if !namespace.isEmpty { tree[path: ["metadata", "namespace"]] = .string(namespace) }
        return BuildObject(tree, origin: origin)
    }

    static func patch(_ fields: inout FieldReader, _ context: Context, _ reader: inout SourceReader) throws
        -> any Transformer
    {
        var patch = Kustomization.PatchEntry(place: .init(file: fields.file, field: "patch"))
        patch.path = try fields.string("path")
        patch.text = try fields.string("patch")
        patch.target = try fields.map("target")
        for (option, value) in try fields.map("options").map(Kustomization.patchOptions) ?? [] {
            if option == "allowNameChange" { patch.allowsNameChange = value } else { patch.allowsKindChange = value }
        }
        return try context.chain.patch(patch, &reader)
    }

    static func exactPatch(_ fields: inout FieldReader, _ context: Context, _ reader: inout SourceReader) throws
        -> any Transformer
    {
        var patch = Kustomization.PatchEntry(place: .init(file: fields.file, field: "jsonOp"))
        patch.path = try fields.string("path")
        patch.text = try fields.string("jsonOp")
        patch.target = try fields.map("target")
        return try context.chain.exactPatch(patch, &reader)
    }

    static func merges(_ fields: inout FieldReader, _ context: Context, _ reader: inout SourceReader) throws
        -> any Transformer
    {
        var texts = try fields.strings("paths")
        if let inline = try fields.string("patches"), !inline.isEmpty { texts.append(inline) }
        guard !texts.isEmpty else { throw fields.problem("paths", "empty file path and empty patch content") }
        return TransformerSequence(
            try texts.map { try context.chain.strategicMerge($0, field: "paths", &reader) }
        )
    }
}
