import ManifestTree

/// A kustomization file, checked field by field.
struct Kustomization {
    /// The file, relative to the root of the tree.
    let file: String
    /// The directory that its references start from.
    let directory: String
    var isComponent = false
    var resources: [String] = []
    var components: [String] = []
    var namespace = ""
    var namePrefix = ""
    var nameSuffix = ""
    var labels: [LabelEntry] = []
    var commonLabels: [(key: String, value: String)] = []
    var commonAnnotations: [(key: String, value: String)] = []
    var patches: [PatchEntry] = []
    var patchesStrategicMerge: [String] = []
    var patchesJSON6902: [PatchEntry] = []
    var images: [ImageEntry] = []
    var replicas: [(name: String, count: Int64)] = []
    var configMapGenerators: [GeneratorEntry] = []
    var secretGenerators: [GeneratorEntry] = []
    var replacements: [FieldReader] = []
    var variables: [BuildVariable] = []
    var configurations: [String] = []
    var customTypes: [String] = []
    var openAPI: OpenAPIChoice?
    /// Files, directories, or configurations as they are.
    var generators: [String] = []
    var transformers: [String] = []
    var validators: [String] = []
    var metadataAnnotations: Set<MetadataAnnotation> = []
    var order: OutputOrder?
    var warnings: [String] = []
    /// Components whose directory is missing are left out.
    var ignoresMissingComponents = false

    static let fileNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"]

    struct LabelEntry {
        var pairs: [(key: String, value: String)]
        var includesSelectors: Bool
        var includesTemplates: Bool
        var fields: [FieldSpec]
        var place: BuildError.Place
    }

    /// What `buildMetadata` may ask for; kustomize ignores other words.
    enum MetadataAnnotation: String { case originAnnotations, transformerAnnotations, managedByLabel }

    /// What `openapi` says: a document, or the version of the tables that are built in.
    struct OpenAPIChoice {
        let path: String?
        let version: String?

        /// Why it cannot be followed, for choices that count.
        var problem: String? {
            guard let version else { return nil }
            guard path == nil else { return "builtin version and custom schema provided, cannot use both" }
            guard version != KubernetesSchema.version else { return nil }
            return "the specified OpenAPI version is not built in: \(version); \(KubernetesSchema.version) is"
        }
    }

    struct PatchEntry {
        var path: String?
        var text: String?
        var target: FieldReader?
        var allowsNameChange = false
        var allowsKindChange = false
        /// The file and field, for messages.
        var place: BuildError.Place
    }

    struct ImageEntry {
        var name: String
        var newName: String?
        var newTag: String?
        var digest: String?
        var tagSuffix: String?
        var place: BuildError.Place
    }

    struct GeneratorOptions {
        var labels: [String: String] = [:]
        var annotations: [String: String] = [:]
        var disablesNameSuffixHash = false
        var isImmutable = false
    }

    struct GeneratorEntry {
        var name: String
        var namespace: String?
        var behavior: GeneratorBehavior
        var literals: [String]
        var files: [String]
        var envs: [String]
        var options: GeneratorOptions
        /// Of a Secret.
        var secretType: String?
        var place: BuildError.Place
    }

    /// A kustomization without any content.
    init(file: String, directory: String) {
        self.file = file
        self.directory = directory
    }
}
