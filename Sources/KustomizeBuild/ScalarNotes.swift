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
        untyped[steps].map { $0 == Self.text(at: steps, in: tree) } ?? false
    }

    mutating func noteUntyped(_ steps: [String], in tree: Tree) { untyped[steps] = Self.text(at: steps, in: tree) }

    /// Makes text of untyped scalars that a merge passes by and that read as something else, as kustomize does.
    mutating func settle(in tree: inout Tree, by merge: StrategicMerge) {
        for (steps, text) in untyped {
            let place = LookupPath(text: "", steps: steps)
            guard let value = try? place.value(in: tree), value.string == nil, value.nodeText == text,
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
        return emptied.contains(steps) && Self.text(at: steps, in: tree)?.isEmpty == true
    }

    private static func text(at steps: [String], in tree: Tree) -> String? {
        (try? LookupPath(text: "", steps: steps).value(in: tree))?.nodeText
    }
}
