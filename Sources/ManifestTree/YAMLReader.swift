/// One document of a YAML stream.
package struct YAMLDocument: Hashable, Sendable {
    package let tree: Tree
    /// The line its content starts at, counted from one.
    package let line: Int

    package init(tree: Tree, line: Int) {
        self.tree = tree
        self.line = line
    }
}

/// Reads YAML as kustomize 5 does, into what JSON can hold.
///
/// Plain scalars resolve as in go-yaml v3: `yes` and `on` are strings, `0777` is octal, timestamps become the text Go
/// gives them in JSON, numbers become the text Go's encoding/json gives them. Keys that are numbers or booleans become
/// strings. Refused with line and column: a key set twice, keys that are maps or lists, `.inf` and `.nan`, an alias
/// inside its own anchor, and whatever exceeds the limits.
package enum YAMLReader {
    /// How the values of `metadata.annotations` of objects, alone or in a list, are read.
    package enum AnnotationPolicy: Hashable, Sendable {
        /// As all others.
        case typed
        /// As the text that they are written with, so that `1.50`, `yes` and `2020-01-01` stay that.
        case text
        /// As text, but for nulls.
        case textOrNull
    }

    /// What a key means that a map has twice.
    package enum RepeatedKeys: Hashable, Sendable {
        case refused
        /// What sigs.k8s.io/yaml makes of it, with which kustomize reads its own files.
        case lastWins
    }

    /// What plain words stand for.
    package enum Words: Hashable, Sendable {
        /// As go-yaml v3: `yes` and `on` are text, timestamps become what Go makes of them.
        case version3
        /// As go-yaml v2: `yes`, `on` and `y` are true, timestamps are text as they stand.
        case version2
    }

    /// Where readers of YAML differ.
    package struct Rules: Hashable, Sendable {
        package var annotations: AnnotationPolicy
        package var repeatedKeys: RepeatedKeys
        package var words: Words

        package init(
            annotations: AnnotationPolicy = .typed,
            repeatedKeys: RepeatedKeys = .refused,
            words: Words = .version3
        ) {
            self.annotations = annotations
            self.repeatedKeys = repeatedKeys
            self.words = words
        }

        /// Those of sigs.k8s.io/yaml, with which kustomize reads its own files and JSON patches.
        package static let settings = Rules(repeatedKeys: .lastWins, words: .version2)
    }

    /// Every document that has content. Throws `ManifestError` whose message starts with `source:line:column:`.
    package static func documents(
        _ bytes: [UInt8],
        source: String = "YAML",
        limits: DocumentLimits = .standard,
        rules: Rules = Rules()
    ) throws(ManifestError) -> [YAMLDocument] {
        guard bytes.count <= limits.bytes else {
            throw ManifestError(
                .limit,
                "\(source) has \(bytes.count) bytes, more than the \(limits.bytes) allowed; split it"
            )
        }
        if let documents = SimpleYAML.documents(bytes, limits, rules) { return documents }
        do {
            return try compose(bytes, limits, rules)
        } catch {
            if let bytes = ByteOrderMark.removed(from: bytes), let documents = try? compose(bytes, limits, rules) {
                return documents
            }
            throw ManifestError(error.code, source: source, at: error.position, error.problem)
        }
    }

    private static func compose(
        _ bytes: [UInt8],
        _ limits: DocumentLimits,
        _ rules: Rules
    ) throws(YAMLProblem) -> [YAMLDocument] {
        var composer = YAMLComposer(events: try YAMLEvents(bytes), limits: limits, rules: rules)
        return try composer.documents()
    }

    /// Whether the first document is a list. What is no YAML is none.
    package static func startsWithList(_ bytes: [UInt8]) -> Bool {
        guard let events = try? YAMLEvents(bytes) else { return false }
        while let kind = try? events.next() {
            switch kind {
            case .streamStart, .documentStart: continue
            default: return kind == .sequenceStart
            }
        }
        return false
    }

    /// `documents` for text.
    package static func documents(_ text: String, source: String = "YAML") throws(ManifestError) -> [YAMLDocument] {
        try documents(Array(text.utf8), source: source)
    }

    /// The only document of a source; null when it is empty. More than one document is an error.
    package static func document(
        _ bytes: [UInt8],
        source: String = "YAML",
        limits: DocumentLimits = .standard
    ) throws(ManifestError) -> Tree {
        let all = try documents(bytes, source: source, limits: limits)
        guard all.count <= 1 else {
            throw ManifestError(
                .syntax,
                source: source,
                at: ManifestError.Position(line: all[1].line, column: 1),
                "a second document starts here; only one is expected"
            )
        }
        return all.first?.tree ?? .null
    }
}

/// A problem at a place; the reader adds the source.
struct YAMLProblem: Error {
    let code: ManifestError.Code
    let position: ManifestError.Position
    let problem: String
}
