package import ArchiveIO
package import SafeFiles

/// Which files of a tree do not become part of an artifact: gitignore patterns, the last one that matches decides.
///
/// As in Flux, and unlike in git, a pattern with `!` also takes back what lies in an ignored directory, so that
/// `/*` followed by `!/deploy/app` keeps that one directory.
package struct IgnoreRules: Sendable {
    /// The name of ignore files in trees; each is about its own directory and what is below it.
    package static let fileName = ".sourceignore"
    /// What version control systems leave in a tree.
    package static let versionControl = [".git/", ".gitignore", ".gitmodules", ".gitattributes"]
    /// Pictures, films and archives.
    package static let extensions = [
        "*.jpg", "*.jpeg", "*.gif", "*.png", "*.wmv", "*.flv", "*.tar.gz", "*.zip",
    ]
    /// What other tools keep in a repository.
    package static let tools = [
        ".github/", ".circleci/", ".travis.yml", ".gitlab-ci.yml", "appveyor.yml", ".drone.yml", "cloudbuild.yaml",
        "codeship-services.yml", "codeship-steps.yml", "**/.goreleaser.yml", "**/.sops.yaml", "**/.flux.yaml",
    ]

    /// The most patterns of one tree: each costs time for each file.
    private static let maximumCount = 5000
    private static let maximumFileSize = 1 << 20

    private var patterns: [IgnorePattern]
    private let hasNegations: Bool

    /// Rules from lines as an ignore file has them; comments and empty lines do not count.
    package init(lines: some Sequence<some StringProtocol>) {
        self.init(lines.compactMap { IgnorePattern($0) })
    }

    private init(_ patterns: [IgnorePattern]) {
        self.patterns = patterns
        hasNegations = patterns.contains(where: \.isNegated)
    }

    /// The rules for a source. Without any pattern of the user's own, all defaults hold; with one, only those for
    /// version control are left of them. Patterns of `.sourceignore` files come first, then the object's.
    /// - Parameter specification: `spec.ignore`.
    /// - Throws: `StoreError.tooLarge` for more than 5,000 patterns; `FileError`.
    package init(source tree: Directory, specification: String?) throws {
        var own: [IgnorePattern] = []
        try Self.collect(from: tree, base: [], into: &own)
        if let specification { own += Self.parse(specification, base: []) }
        try Self.check(own)
        let defaults = Self.versionControl + (own.isEmpty ? Self.extensions + Self.tools : [])
        self.init(defaults.compactMap { IgnorePattern($0) } + own)
    }

    /// Whether a path below the tree is ignored, by itself or because a directory above it is.
    package func ignores(_ path: String, isDirectory: Bool) -> Bool {
        let components = path.unicodeScalars.split(separator: "/").map(Array.init)
        guard let last = patterns.last(where: { $0.matches(components, isDirectory: isDirectory) }) else {
            return false
        }
        return !last.isNegated
    }

    /// The same for the packer.
    package func choice(_ path: String, isDirectory: Bool) -> PackingChoice {
        guard ignores(path, isDirectory: isDirectory) else { return .include }
        return hasNegations ? .leaveOut : .prune
    }

    private static func collect(
        from directory: Directory,
        base: [[Unicode.Scalar]],
        into patterns: inout [IgnorePattern]
    ) throws {
        let entries = try directory.entries()
        if entries.contains(where: { $0.name == fileName && $0.kind == .file }) {
            let bytes = try directory.read(fileName, limit: maximumFileSize)
            patterns += parse(String(decoding: bytes, as: UTF8.self), base: base)
            try check(patterns)
        }
        for entry in entries where entry.kind == .directory && entry.name != ".git" {
            let below = base + [Array(entry.name.unicodeScalars)]
            try collect(from: directory.directory(entry.name), base: below, into: &patterns)
        }
    }

    private static func parse(_ text: String, base: [[Unicode.Scalar]]) -> [IgnorePattern] {
        text.unicodeScalars.split(separator: "\n").compactMap { IgnorePattern(String($0), base: base) }
    }

    private static func check(_ patterns: [IgnorePattern]) throws {
        guard patterns.count <= maximumCount else {
            throw StoreError(
                .tooLarge,
                "The source has more than \(maximumCount) ignore patterns: use fewer, with wildcards"
            )
        }
    }
}
