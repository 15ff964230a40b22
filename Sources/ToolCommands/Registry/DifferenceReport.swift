import ManifestTree
import SafeFiles

/// How people and scripts are shown what differs.
struct DifferenceReport {
    let comparison: TreeComparison
    let differences: [TreeDifference]
    /// What the artifact is called, as a URL.
    let artifact: String
    /// The local path, as the user wrote it.
    let local: String

    /// The most bytes of a file of which single lines are shown.
    private static let fileLimit = 1 << 20
    /// The most lines that are shown of one file, and of all.
    private static let (fileLines, allLines) = (1000, 10_000)

    /// Readable text, piece by piece, as `diff -ru` would write it.
    /// - Throws: `FileError`, and what `write` throws.
    func writeText(_ write: (String) throws -> Void) throws {
        var linesLeft = Self.allLines
        var reported: Set<String> = []
        for difference in differences {
            // What is in a directory that is only there once goes without saying.
            let parent = difference.path.lastIndex(of: "/").map { String(difference.path[..<$0]) }
            if let parent, reported.contains(parent), difference.isOnSideOnly {
                reported.insert(difference.path)
                continue
            }
            if difference.isOnSideOnly || difference.kind == .type { reported.insert(difference.path) }
            let text = try text(difference, lines: min(linesLeft, Self.fileLines))
            linesLeft -= text.utf8.count { $0 == 0x0A }
            try write(text)
            if linesLeft <= 0 { return try write("… and more\n") }
        }
    }

    /// The same for scripts: every path by what is the matter with it.
    func tree(digest: String) -> Tree {
        func paths(_ fits: (TreeDifference.Kind) -> Bool) -> Tree {
            .list(differences.filter { fits($0.kind) }.map { .string($0.path) })
        }
        return [
            "artifact": .string(artifact), "digest": .string(digest), "path": .string(local),
            "differs": .bool(!differences.isEmpty),
            "onlyInArtifact": paths { $0 == .onlyInArtifact },
            "onlyLocal": paths { $0 == .onlyLocal },
            "typeChanged": paths { $0 == .type },
            "contentChanged": paths { if case .file(true, _) = $0 { true } else { false } },
            "modeChanged": paths { if case .file(_, true) = $0 { true } else { false } },
        ]
    }

    private func text(_ difference: TreeDifference, lines: Int) throws -> String {
        let path = PlainText.printable(difference.path.replacing("\n", with: "\\n"))
        switch difference.kind {
        case .onlyInArtifact: return "Only in \(artifact): \(path)\n"
        case .onlyLocal: return "Only in \(local): \(path)\n"
        case .type:
            let kinds = [comparison.artifact, comparison.local].map { $0.entries[difference.path]?.name ?? "" }
            return "\(path) is a \(kinds[0]) in \(artifact) and a \(kinds[1]) in \(local)\n"
        case .file(let content, let mode):
            let modes = mode ? "\(path) is executable \(try executableSide(difference.path)) only\n" : ""
            return modes + (content ? try contentText(difference.path, path, lines) : "")
        }
    }

    private func executableSide(_ path: String) throws -> String {
        guard case .file(_, true) = comparison.artifact.entries[path] else { return "in \(local)" }
        return "in \(artifact)"
    }

    private func contentText(_ path: String, _ shown: String, _ lines: Int) throws -> String {
        let files = [try comparison.artifact.root.openFile(path), try comparison.local.root.openFile(path)]
        guard files.allSatisfy({ $0.size <= Int64(Self.fileLimit) }) else {
            return "Files \(shown) differ, and are too large to show how\n"
        }
        let bytes = try files.map { try $0.readAll(limit: Self.fileLimit) }
        guard bytes.allSatisfy({ !$0.contains(0) && String(validating: $0, as: UTF8.self) != nil }) else {
            return "Binary files \(shown) differ\n"
        }
        let diff = UnifiedDiff(from: bytes[0], to: bytes[1])
        return "--- \(artifact)/\(shown)\n+++ \(local)/\(shown)\n" + diff.text(limit: lines)
    }
}

extension TreeDifference {
    fileprivate var isOnSideOnly: Bool { kind == .onlyInArtifact || kind == .onlyLocal }
}
