/// Which fields the transformers write, and which fields hold names and variables: what `configurations` and `crds` say
/// is added to kustomize's own tables.
enum TransformerConfiguration: Sendable {
    /// Nothing but kustomize's own tables, each of which is made when it is first asked for: a build needs few of them.
    case standard
    case tables(TransformerTables)

    var namePrefix: [FieldSpec] { fields(\.namePrefix) { [DefaultFieldSpecs.metadataName] } }
    var nameSuffix: [FieldSpec] { fields(\.nameSuffix) { [DefaultFieldSpecs.metadataName] } }
    var namespace: [FieldSpec] { fields(\.namespace) { StandardTables.namespace } }
    var commonLabels: [FieldSpec] { fields(\.commonLabels) { StandardTables.commonLabels } }
    var labels: [FieldSpec] { fields(\.labels) { [DefaultFieldSpecs.metadataLabels] } }
    var templateLabels: [FieldSpec] { fields(\.templateLabels) { StandardTables.templateLabels } }
    var commonAnnotations: [FieldSpec] { fields(\.commonAnnotations) { StandardTables.commonAnnotations } }
    var varReference: [FieldSpec] { fields(\.varReference) { StandardTables.varReference } }
    var images: [FieldSpec] { fields(\.images) { StandardTables.images } }
    var replicas: [FieldSpec] { fields(\.replicas) { StandardTables.replicas } }

    var nameReferences: NameReferenceTable {
        switch self {
        case .standard: .standard
        case .tables(let tables): NameReferenceTable(tables.nameReference)
        }
    }

    var isStandard: Bool {
        if case .standard = self { true } else { false }
    }

    private func fields(_ path: KeyPath<TransformerTables, [FieldSpec]>, _ standard: () -> [FieldSpec]) -> [FieldSpec] {
        switch self {
        case .standard: standard()
        case .tables(let tables): tables[keyPath: path]
        }
    }

    private var tables: TransformerTables {
        switch self {
        case .standard: StandardTables.all
        case .tables(let tables): tables
        }
    }

    /// Kustomize's own tables with what a kustomization adds.
    /// - Throws: `Conflict`.
    static func standard(and more: TransformerTables) throws(TransformerTables.Conflict) -> TransformerConfiguration {
        guard !more.isEmpty else { return .standard }
        var whole = StandardTables.all
        try whole.merge(more)
        return .tables(whole)
    }

    /// Adds what is not there yet.
    /// - Throws: `Conflict`.
    mutating func merge(_ other: TransformerConfiguration) throws(TransformerTables.Conflict) {
        switch (self, other) {
        case (.standard, .standard): return
        case (.tables(let held), .standard) where held.isEmpty: self = .standard
        default:
            let more = other.tables
            guard !more.isEmpty else { return }
            var held = tables
            try held.merge(more)
            self = .tables(held)
        }
    }
}

/// kustomize's own tables, as it goes through them.
private enum StandardTables {
    static let namespace = TransformerTables.sorted(DefaultFieldSpecs.namespace)
    static let commonLabels = TransformerTables.sorted(DefaultFieldSpecs.selectorLabels)
    static let templateLabels = TransformerTables.sorted(DefaultFieldSpecs.templateLabels)
    static let commonAnnotations = TransformerTables.sorted(DefaultFieldSpecs.annotations)
    static let varReference = TransformerTables.sorted(DefaultFieldSpecs.variables)
    static let images = DefaultFieldSpecs.images
    static let replicas = TransformerTables.sorted(DefaultFieldSpecs.replicas)

    static let all: TransformerTables = {
        let standard = TransformerConfiguration.standard
        var all = TransformerTables()
        all.namePrefix = standard.namePrefix
        all.nameSuffix = standard.nameSuffix
        all.namespace = standard.namespace
        all.commonLabels = standard.commonLabels
        all.labels = standard.labels
        all.templateLabels = standard.templateLabels
        all.commonAnnotations = standard.commonAnnotations
        all.varReference = standard.varReference
        all.images = standard.images
        all.replicas = standard.replicas
        all.nameReference = standard.nameReferences.entries
        return all
    }()
}
