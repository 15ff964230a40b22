import ArgumentParser
import CoreModel
import ManifestTree
import OCIDistribution

/// `sluice list artifacts`
struct ListArtifacts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifacts",
        abstract: "List the artifacts of a repository.",
        aliases: ["artifact"]
    )

    @Argument(help: "oci://registry/repository or oci-layout:PATH")
    var url: String

    @Option(help: "Only tags that are versions in this range, such as '>=1.0.0 <2.0.0'.")
    var filterSemver: String?

    @Option(help: "Only tags in which this regular expression is found.")
    var filterRegex: String?

    @Option(name: .shortAndLong, help: "json or yaml.")
    var output: OutputFormat?

    @OptionGroup var registry: RegistryOptions

    /// Manifests that are asked for at the same time: enough to hide how far the registry is, few enough to be polite.
    private static let parallelism = 32

    struct Entry: Sendable {
        let location: ArtifactLocation
        let digest: Digest
        let annotations: [String: String]
    }

    func run() async throws {
        let context = try ToolContext.required()
        let location = try ArtifactLocation(url)
        let filter = try TagFilter(semver: filterSemver, regex: filterRegex)
        let repository = try location.repository(registry, context)
        let entries = try await registry.withinTimeout {
            let tags = try await repository.tags().filter(filter.takes)
            return try await Self.entries(TagOrder.sorted(tags).map { try location.tagged($0) }, repository)
        }
        if let output {
            context.standardOutput(output.render(.list(entries.map(\.tree))))
        } else {
            var table = TextTable(["artifact", "digest", "source", "revision"])
            for entry in entries { table.add(entry.row) }
            context.write(table.text)
        }
    }

    /// One request for each tag, many at a time; in the order of the tags.
    private static func entries(
        _ locations: [ArtifactLocation],
        _ repository: any ArtifactRepository
    ) async throws -> [Entry] {
        try await withThrowingTaskGroup(of: (Int, Entry?).self) { group in
            var found: [Int: Entry] = [:]
            for (index, location) in locations.enumerated() {
                if index >= parallelism, let (index, entry) = try await group.next() { found[index] = entry }
                group.addTask { (index, try await entry(location, repository)) }
            }
            for try await (index, entry) in group { found[index] = entry }
            return locations.indices.compactMap { found[$0] }
        }
    }

    /// Nil for a tag that went away meanwhile.
    private static func entry(
        _ location: ArtifactLocation,
        _ repository: any ArtifactRepository
    ) async throws -> Entry? {
        do {
            let fetched = try await repository.manifest(location.target)
            return Entry(location: location, digest: fetched.digest, annotations: fetched.document.annotations)
        } catch let error as RegistryError where error.code == .notFound {
            return nil
        }
    }
}

extension ListArtifacts.Entry {
    fileprivate var source: String { annotations[FluxArtifact.source] ?? "" }
    fileprivate var revision: String { annotations[FluxArtifact.revision] ?? "" }

    fileprivate var row: [String] { [location.description, digest.description, source, revision] }

    fileprivate var tree: Tree {
        [
            "artifact": .string(location.description), "digest": .string(digest.description),
            "source": .string(source), "revision": .string(revision),
        ]
    }
}

/// The order in which tags are shown.
enum TagOrder {
    /// Versions first, the highest on top; then all others by name.
    static func sorted(_ tags: [String]) -> [String] {
        let read = tags.map { (tag: $0, version: SemanticVersion($0)) }
        return read.sorted { first, second in
            switch (first.version, second.version) {
            case (let left?, let right?) where left < right || right < left: right < left
            case (.some, nil): true
            case (nil, .some): false
            default: first.tag < second.tag
            }
        }
        .map(\.tag)
    }
}

/// Which tags are shown.
struct TagFilter {
    private let constraint: VersionConstraint?
    private let pattern: LinearPattern?

    /// What belongs to other artifacts: signatures, attestations, bills of materials.
    private static let companions = [".sig", ".att", ".sbom"]

    /// - Throws: `ToolError` for a range or an expression that cannot be read.
    init(semver: String?, regex: String?) throws {
        constraint = try semver.map { text in
            guard let constraint = VersionConstraint(text) else {
                throw ToolError(
                    .usage,
                    "The version range '\(text)' cannot be read; write one such as '>=1.0.0 <2.0.0'"
                )
            }
            return constraint
        }
        pattern = try regex.map { text in
            guard let pattern = LinearPattern(text) else {
                throw ToolError(
                    .usage,
                    "The regular expression '\(text)' cannot be read; write one in RE2's syntax, such as '^v1\\.'"
                )
            }
            return pattern
        }
    }

    func takes(_ tag: String) -> Bool {
        if Self.companions.contains(where: tag.hasSuffix) { return false }
        if let constraint {
            guard let version = SemanticVersion(tag), constraint.allows(version) else { return false }
        }
        guard let pattern else { return true }
        return pattern.isFound(in: tag)
    }
}
