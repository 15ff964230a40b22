import ManifestTree

/// What a build remembers of scalars of one object that their values do not tell. Places are steps of keys and indexes.
struct ScalarNotes: Sendable {
    /// Scalars that replacements have made, with the text that was put there: they have no type of their own until
    /// somebody else writes them.
    private var untyped: [[String]: String] = [:]
    /// Nulls that replacements have given empty text. They are printed as that, and still count as null.
    private var emptied: Set<[String]> = []

    var hasUntyped: Bool { !untyped.isEmpty }

    func isUntyped(_ steps: [String], in tree: Tree) -> Bool {
        guard let text = untyped[steps], let value = Self.value(at: steps, in: tree) else { return false }
        return Self.reads(text, as: value)
    }

    /// - Parameter text: What was written there, if that was all of it: the value itself no longer knows `True` from
    ///   `true`.
    mutating func noteUntyped(_ steps: [String], in tree: Tree, _ text: String?) {
        guard let value = Self.value(at: steps, in: tree) else { return untyped[steps] = nil }
        untyped[steps] = text.flatMap { Self.reads($0, as: value) ? $0 : nil } ?? value.nodeText
    }

    /// Makes text of untyped scalars that a merge passes by and that read as something else, as kustomize does.
    mutating func settle(in tree: inout Tree, by merge: StrategicMerge) {
        for (steps, text) in untyped {
            let place = LookupPath(text: "", steps: steps)
            guard let value = try? place.value(in: tree), value.string == nil, Self.reads(text, as: value),
                merge.reaches(steps, in: tree)
            else { continue }
            untyped[steps] = nil
            _ = try? place.apply(to: &tree, creating: nil) { field, _ in field = .string(text) }
        }
    }

    /// To be called before empty text is written.
    mutating func noteEmptied(_ path: LookupPath, in tree: Tree) {
        for place in (try? path.places(in: tree)) ?? [] where (try? place.value(in: tree))?.isNull == true {
            emptied.insert(place.steps)
        }
    }

    /// Whether the first place of a path is a null that was given empty text.
    func isEmptied(_ path: LookupPath, in tree: Tree) -> Bool {
        guard !emptied.isEmpty, let steps = (try? path.places(in: tree))?.first?.steps else { return false }
        return emptied.contains(steps) && Self.value(at: steps, in: tree)?.nodeText.isEmpty == true
    }

    private static func value(at steps: [String], in tree: Tree) -> Tree? {
        try? LookupPath(text: "", steps: steps).value(in: tree)
    }

    private static func reads(_ text: String, as value: Tree) -> Bool {
        value.nodeText == text || PlainScalar.value(of: text) == value
    }
}
