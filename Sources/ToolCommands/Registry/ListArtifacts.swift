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

    @Argument(help: "oci://registry/repository")
    var url: String

    @Option(help: "Only tags that are versions in this range, such as '>=1.0.0 <2.0.0'.")
    var filterSemver: String?

    @Option(help: "Only tags in which this regular expression is found.")
    var filterRegex: String?

    @Option(name: .shortAndLong, help: "json or yaml.")
    var output: OutputFormat?

    @OptionGroup var registry: RegistryOptions

    @OptionGroup var provider: ProviderOptions

    /// Manifests that are asked for at the same time.
    private static let parallelism = 8

    struct Entry: Sendable {
        let reference: OCIReference
        let digest: Digest
        let annotations: [String: String]
    }

    func run() async throws {
        let context = try ToolContext.required()
        let repository = try ArtifactURL(url).reference.repository
        let filter = try TagFilter(semver: filterSemver, regex: filterRegex)
        let session = try registry.session(for: repository, context)
        let tags = try await session.client.tags(repository, session.access).filter(filter.takes)
        let entries = try await Self.entries(tags.sorted(by: >), repository, session)
        if let output {
            context.standardOutput(output.render(.list(entries.map(\.tree))))
        } else {
            var table = TextTable(["artifact", "digest", "source", "revision"])
            for entry in entries { table.add(entry.row) }
            context.write(table.text)
        }
    }

    /// One request for each tag, a few at a time; in the order of the tags.
    private static func entries(
        _ tags: [String],
        _ repository: Repository,
        _ session: RegistrySession
    ) async throws -> [Entry] {
        try await withThrowingTaskGroup(of: (Int, Entry?).self) { group in
            var found: [Int: Entry] = [:]
            for (index, tag) in tags.enumerated() {
                if index >= parallelism, let (index, entry) = try await group.next() { found[index] = entry }
                let reference = try OCIReference(repository: repository, tag: tag)
                group.addTask { (index, try await entry(reference, session)) }
            }
            for try await (index, entry) in group { found[index] = entry }
            return tags.indices.compactMap { found[$0] }
        }
    }

    /// Nil for a tag that went away meanwhile.
    private static func entry(_ reference: OCIReference, _ session: RegistrySession) async throws -> Entry? {
        do {
            let fetched = try await session.manifest(reference)
            return Entry(reference: reference, digest: fetched.digest, annotations: fetched.document.annotations)
        } catch let error as RegistryError where error.code == .notFound {
            return nil
        }
    }
}

extension ListArtifacts.Entry {
    fileprivate var source: String { annotations[FluxArtifact.source] ?? "" }
    fileprivate var revision: String { annotations[FluxArtifact.revision] ?? "" }

    fileprivate var row: [String] { [reference.description, digest.description, source, revision] }

    fileprivate var tree: Tree {
        [
            "artifact": .string(reference.description), "digest": .string(digest.description),
            "source": .string(source), "revision": .string(revision),
        ]
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
