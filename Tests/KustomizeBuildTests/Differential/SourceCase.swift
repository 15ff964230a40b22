import KustomizeBuild
import ManifestTree
import SafeFiles

/// A source tree as a value that can be made smaller.
struct SourceCase: Sendable {
    enum Content: Sendable {
        case documents([Tree])
        case text([UInt8])
    }

    var files: [String: Content] = [:]
    /// The directory to build.
    var top = ""

    var bytes: [String: [UInt8]] {
        files.mapValues { content in
            switch content {
            case .text(let bytes): bytes
            case .documents(let trees):
                Array(trees.map { $0.yamlBytes(sortedKeys: false) }.joined(separator: Self.rule))
            }
        }
    }

    private static let rule = Array("---\n".utf8)

    /// What this build makes of it.
    var ours: BuildOutcome {
        do {
            return .built(try KustomizeBuilder(files: MemoryFiles(bytes)).build(top).yaml)
        } catch {
            return .refused("\(error)")
        }
    }

    /// Writes all files below a directory.
    func write(into directory: Directory) throws {
        for (path, bytes) in bytes {
            let parts = path.split(separator: "/").map(String.init)
            var place = directory
            for part in parts.dropLast() { place = try place.directory(part, creating: true) }
            try place.createFile(parts.last ?? path, mode: 0o644).write(bytes)
        }
    }

    /// All files as one text, to show.
    var shown: String {
        bytes.sorted { $0.key < $1.key }.map { "=== \($0)\n\(String(decoding: $1, as: UTF8.self))" }.joined()
            + "=== builds '\(top)'"
    }
}

extension SourceCase {
    /// Whether values are copied, which in kustomize may lose their type or gain one (kustomization-fields.md, "Values
    /// without a type").
    private var copiesValues: Bool {
        bytes.values.contains { text in
            let text = String(decoding: text, as: UTF8.self)
            return text.contains("replacements") || text.contains("ValueAddTransformer")
        }
    }

    /// In what way the outcomes differ, beyond the types of values that were copied; nil when they do not.
    func difference(ours: BuildOutcome, theirs: BuildOutcome) -> BuildOutcome.Difference? {
        guard let found = BuildOutcome.difference(ours: ours, theirs: theirs) else { return nil }
        guard found == .output, copiesValues, ours.unquoted == theirs.unquoted else { return found }
        return nil
    }
}

/// What a build came to.
enum BuildOutcome: Sendable {
    case built([UInt8])
    case refused(String)
    /// Kustomize itself broke, so there is nothing to compare with.
    case crashed

    /// In what way two outcomes differ; nil when they do not.
    static func difference(ours: BuildOutcome, theirs: BuildOutcome) -> Difference? {
        switch (ours, theirs) {
        case (.built(let ours), .built(let theirs)): ours == theirs ? nil : .output
        case (.refused, .refused), (.crashed, _), (_, .crashed): nil
        case (.refused, .built): .onlyWeRefuse
        case (.built, .refused): .onlyTheyRefuse
        }
    }

    /// The output without quotes, and with nothing for null.
    fileprivate var unquoted: String? {
        guard case .built(let bytes) = self else { return nil }
        return String(decoding: bytes.filter { !"\"'".utf8.contains($0) }, as: UTF8.self).replacing("null", with: "")
    }

    enum Difference: String, Sendable { case output, onlyWeRefuse, onlyTheyRefuse }

    var shown: String {
        switch self {
        case .built(let bytes): String(decoding: bytes, as: UTF8.self)
        case .refused(let reason): "refused: \(reason)\n"
        case .crashed: "crashed\n"
        }
    }
}
