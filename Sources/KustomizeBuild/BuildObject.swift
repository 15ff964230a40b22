import ManifestTree

/// One object on its way through a build, with what it was called before.
struct BuildObject: Sendable {
    var tree: Tree
    /// What it was called before each change of name, namespace or kind, oldest first.
    private(set) var previousIDs: [ObjectID] = []
    /// Whether it was to be remembered without a name, which kustomize cannot.
    private var wasNameless = false
    /// The prefixes and suffixes that were added, innermost first.
    var prefixes: [String] = []
    var suffixes: [String] = []
    /// Whether its name ends in a hash of its content; added last of all.
    var needsHash = false
    var behavior = GeneratorBehavior.create
    /// Whether a generator made it, and not only changed it.
    var isGenerated = false
    /// Whether kustomize has lost the type of its name, as when it merges a patch or adds a prefix.
    private var hasUntypedName = false
    /// Whether its name stands in quotes, and so is text in any case; nil until that matters.
    private var hasQuotedName: Bool?
    /// Whether a replacement has put other text into its name, which may read as something else.
    private var hasReplacedName = false
    /// Scalars that a replacement has given text which is none of their type. kustomize refuses them where it writes
    /// the object; until then they may be replaced once more.
    var mistyped: [MistypedField] = []
    /// What its scalars do not tell of themselves.
    var notes = ScalarNotes()
    /// The names of the `vars` that mean it.
    var variables: [String] = []
    /// Kept only where `buildMetadata` asks for it.
    var provenance: Provenance?
    /// Whether it was read in flow style, as JSON is, which new fields take on. A JSON patch ends that.
    private(set) var isFlow: Bool
    /// The file or generator that it comes from, for messages.
    let origin: String

    init(_ tree: Tree, origin: String, isFlow: Bool = false) {
        self.tree = tree
        self.origin = origin
        self.isFlow = isFlow
    }

    var type: ObjectType { ObjectType(apiVersion: tree["apiVersion"]?.string ?? "", kind: kind) }

    var kind: String {
        get { tree["kind"]?.scalarText ?? "" }
        set { tree["kind"] = .string(newValue) }
    }

    var name: String {
        get { tree["metadata"]?["name"]?.scalarText ?? "" }
        set { tree[path: ["metadata", "name"]] = .string(newValue) }
    }

    /// The namespace as it is written; nil where none is.
    var namespace: String? {
        get { tree["metadata"]?["namespace"]?.scalarText }
        set { tree[path: ["metadata", "namespace"]] = newValue.map { .string($0) } }
    }

    var id: ObjectID { ObjectID(type: type, name: name, namespace: namespace ?? "") }

    /// What the object was called where it was read.
    var originalID: ObjectID { previousIDs.first ?? id }

    /// What the object was where it was read.
    var originalType: ObjectType { previousIDs.first?.type ?? type }

    /// Every identity that it ever had, the current one last.
    var allIDs: [ObjectID] { previousIDs + [id] }

    /// Every name that it had before the current one, each once.
    var previousNames: Set<String> { Set(previousIDs.map(\.name)) }

    /// Whether kustomize holds notes of its own in the annotations, so that there are annotations for a JSON patch.
    var hasInternalAnnotations: Bool { !previousIDs.isEmpty || wasNameless || isGenerated || provenance != nil }

    /// To be called before each change of name, namespace or kind.
    mutating func rememberID() {
        let id = id
        if id.name.isEmpty { wasNameless = true } else { previousIDs.append(id) }
    }

    /// - Throws: when kustomize could not tell any more what the object was called: it keeps names, namespaces and
    ///   kinds in lists of their own, and one of them is shorter.
    func checkHistory() throws {
        guard wasNameless, !previousIDs.isEmpty else { return }
        throw BuildError(
            .invalid,
            "metadata.name of \(originalID) from \(origin) was empty when it got a prefix, a suffix or a namespace. "
                + "Look for replacements and patches of that field",
            at: .init(file: origin, field: "metadata.name", object: originalID.description)
        )
    }

    /// A map of strings below `metadata`.
    func metadataStrings(_ field: String) -> [String: String] {
        var strings: [String: String] = [:]
        if let map = tree["metadata"]?[field]?.map {
            for (key, value) in map { strings[key] = value.scalarText }
        }
        return strings
    }

    /// What the name reads as, where that is what kustomize prints.
    var typedName: Tree? {
        hasUntypedName && hasReplacedName && hasQuotedName != true ? PlainScalar.value(of: name) : nil
    }

    /// To be called before a new name is written where the old one's type is lost.
    mutating func loseNameType() {
        noteNameQuotes()
        hasUntypedName = true
    }

    /// To be called before a replacement writes the name.
    mutating func noteReplacedName() {
        noteNameQuotes()
        hasReplacedName = true
    }

    /// In JSON all texts are in quotes, and in YAML those that would be something else without.
    private mutating func noteNameQuotes() {
        if hasQuotedName == nil { hasQuotedName = isFlow || !PlainScalar.isText(name) }
    }

    /// - Throws: what is wrong with the first scalar that is still mistyped.
    func checkTypes() throws {
        for field in mistyped where field.isThere(in: tree) { throw field.error }
    }

    /// The mistyped fields that are still there, by their positions.
    var openFields: [Int] { mistyped.indices.filter { mistyped[$0].isThere(in: tree) } }

    /// Keeps account of fields that were mistyped and whose text may have changed once more.
    mutating func retype(_ fields: [Int]) {
        for index in fields.reversed() {
            let place = mistyped[index].places(in: tree).first
            guard let text = place.flatMap({ try? $0.value(in: tree) })?.scalarText else { continue }
            if PlainScalar.value(of: text, typedAs: mistyped[index].type) == nil {
                mistyped[index].text = text
            } else {
                mistyped.remove(at: index)
            }
        }
    }

    /// What kustomize forgets of an object that has lost all of its annotations, among them the notes of kustomize.
    mutating func forgetNotes() {
        previousIDs = []
        wasNameless = false
        prefixes = []
        suffixes = []
        needsHash = false
        behavior = .create
        isGenerated = false
        if provenance != nil { provenance = .lost }
    }

    /// Runs a JSON patch, which leaves kustomize's notes alone, but for those of where the object comes from.
    mutating func patchAnnotated(_ patch: (inout Tree) throws -> Void) rethrows {
        let mark = ["metadata", "annotations", Provenance.originKey]
        if hasInternalAnnotations, tree["metadata"]?["annotations"] == nil {
            // Nothing comes of these if they stay empty.
            tree[path: ["metadata", "annotations"]] = .map(TreeMap())
        }
        isFlow = false
        hasQuotedName = nil
        notes = ScalarNotes()
        tree.dropSpellings()
        guard provenance != nil else { return try patch(&tree) }
        tree[path: mark] = .string("")
        try patch(&tree)
        if tree["metadata"]?["annotations"]?.map?[Provenance.originKey] != nil {
            tree[path: mark] = nil
        } else {
            provenance = .lost
        }
    }

    /// Takes over history and place of the object that this one replaces.
    mutating func inherit(_ old: BuildObject) {
        previousIDs = old.previousIDs
        wasNameless = old.wasNameless
        prefixes = old.prefixes
        suffixes = old.suffixes
        needsHash = old.needsHash
        behavior = old.behavior
        isGenerated = old.isGenerated
        hasUntypedName = old.hasUntypedName
        hasQuotedName = old.hasQuotedName
        hasReplacedName = old.hasReplacedName
        mistyped = old.mistyped
        notes = old.notes
        variables = old.variables
        provenance = old.provenance
    }
}

/// A scalar whose text is none of its type.
struct MistypedField: Sendable {
    let path: LookupPath
    /// A value of the type.
    let type: Tree
    var text: String
    let error: BuildError
    /// Where it was when it was written. What the path looks for there may have changed since.
    let written: [LookupPath]

    fileprivate func isThere(in tree: Tree) -> Bool {
        places(in: tree).contains { (try? $0.value(in: tree)) == .string(text) }
    }

    fileprivate func places(in tree: Tree) -> [LookupPath] { ((try? path.places(in: tree)) ?? []) + written }
}

/// What a generator does when the object it makes exists already.
enum GeneratorBehavior: String, Sendable { case create, merge, replace }

extension Tree {
    /// The text of a scalar as YAML holds it, whatever its type; nil for lists, maps and null.
    var scalarText: String? {
        switch self {
        case .string(let text): text
        case .number(let number): number.written
        case .bool(let value): value ? "true" : "false"
        case .null, .list, .map: nil
        }
    }

    /// Takes the place of a scalar, whose quotes stay, as in kustomize: what had to have them stays text.
    mutating func replaceScalar(by new: Tree) {
        guard let text = string, new.string == nil, !PlainScalar.isText(text), let newText = new.scalarText else {
            self = new
            return
        }
        self = .string(newText)
    }

    /// Null or a map without entries: what kustomize drops from the lists that it merges.
    var isVacant: Bool { isNull || map?.isEmpty == true }

    /// The text of any value, as kustomize compares it: that of lists and maps is empty.
    var nodeText: String { isNull ? "null" : scalarText ?? "" }
}

extension BuildObject {
    /// A list or a map that stands where one value belongs.
    private struct Misplaced: Error { let held: Tree }

    /// Calls `change` on the values at a field that holds one value, as `FieldSpec.apply` does.
    /// - Throws: `BuildError.invalid` for a list or a map there, and whatever `change` throws.
    mutating func updateScalars(
        at field: FieldSpec,
        creating empty: Tree,
        leading: String = "",
        _ change: (inout Tree) throws -> Void
    ) throws {
        do {
            try field.apply(to: &tree, creating: empty) { held in
                guard held.map == nil, held.list == nil else { throw Misplaced(held: held) }
                try change(&held)
            }
        } catch let misplaced as Misplaced {
            // Only now is the object's name put together.
            throw self.misplaced(misplaced.held, at: field.path, leading: leading)
        }
    }

    /// The error for a list or a map that stands where one value belongs.
    func misplaced(_ held: Tree, at path: String, leading: String = "") -> BuildError {
        BuildError(
            .invalid,
            "\(leading)considering field '\(path)' of object \(id.kustomizeText): \(held.kindName) stands there: wrong "
                + "node kind: expected ScalarNode. Put one value there",
            at: .init(field: path, object: id.description)
        )
    }
}
