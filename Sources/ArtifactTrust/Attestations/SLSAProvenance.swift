internal import CoreModel
internal import ManifestTree

/// What a SLSA provenance says of who built an artifact and from which source (slsa.dev/provenance, versions 0.2 and
/// 1). Only what the builder itself vouches for is read: a dependency is no source, however it is called.
struct SLSAProvenance {
    enum Version {
        case v02, v1

        init?(_ predicateType: String) {
            switch predicateType {
            case "https://slsa.dev/provenance/v0.2": self = .v02
            case "https://slsa.dev/provenance/v1": self = .v1
            default: return nil
            }
        }
    }

    /// The external parameters by which builders name the source of a build, in the order in which they decide.
    private static let parameters = ["sourceToBuild", "source", "workflow", "configSource", "buildConfigSource"]
    private static let commitAlgorithms = ["gitCommit", "sha1", "commit"]

    /// The builder's identifier.
    let builder: String
    /// Nil where the provenance names none, or more than one.
    let source: SourceLocation?

    init(_ statement: SignedStatement) throws(StrictMap.Problem) {
        let predicate = try StrictMap(statement.predicate, "predicate", required: [], optional: nil)
        switch Version(statement.predicateType) {
        case .v02:
            builder = try predicate.map("builder", required: ["id"], optional: nil).string("id")
            source = Self.source(v02: predicate.entries)
        case .v1:
            let details = try predicate.map("runDetails", required: ["builder"], optional: nil)
            builder = try details.map("builder", required: ["id"], optional: nil).string("id")
            let definition = try predicate.map("buildDefinition", required: [], optional: nil)
            source = Self.source(v1: definition.entries)
        case nil: throw .init(reason: "\(statement.predicateType.quotedForMessage) is no known version")
        }
    }

    private static func source(v02 predicate: TreeMap) -> SourceLocation? {
        guard let config = predicate["invocation"]?["configSource"], let uri = config["uri"]?.string else { return nil }
        return SourceLocation(uri, commits: commits(config["digest"]))
    }

    private static func source(v1 definition: TreeMap) -> SourceLocation? {
        let dependencies = definition["resolvedDependencies"]?.list ?? []
        let external = definition["externalParameters"]
        for name in parameters {
            guard let parameter = external?[name], !parameter.isNull else { continue }
            // What is named and cannot be read must not give way to another one.
            guard var location = location(parameter) else { return nil }
            if location.commits.isEmpty { location.commits = commits(of: location, in: dependencies) }
            return location
        }
        let repositories = dependencies.filter { $0["uri"]?.string?.hasPrefix("git+") ?? false }
        guard repositories.count == 1, let only = repositories.first, let uri = only["uri"]?.string else { return nil }
        return SourceLocation(uri, commits: commits(only["digest"]))
    }

    /// A parameter that is a location, or holds one as `uri` or as `repository` with `ref`.
    private static func location(_ parameter: Tree) -> SourceLocation? {
        if let text = parameter.string { return SourceLocation(text) }
        let reference = parameter["ref"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        guard let text = parameter["uri"]?.string ?? parameter["repository"]?.string else { return nil }
        return SourceLocation(text, reference: reference, commits: commits(parameter["digest"]))
    }

    /// The commits of the dependencies that are the source itself.
    private static func commits(of source: SourceLocation, in dependencies: [Tree]) -> [String] {
        dependencies.flatMap { dependency -> [String] in
            guard let uri = dependency["uri"]?.string, let location = SourceLocation(uri),
                location.repository == source.repository,
                location.reference == nil || source.reference == nil || location.reference == source.reference
            else { return [] }
            return commits(dependency["digest"])
        }
    }

    private static func commits(_ digest: Tree?) -> [String] {
        commitAlgorithms.compactMap { digest?[$0]?.string?.lowercased() }
    }
}
