import CoreModel
import ManifestTree

/// One entry of `images`.
struct ImageTransformer: Transformer {
    let newName: String?
    let newTag: String?
    let digest: String?
    let tagSuffix: String?
    var fields = DefaultFieldSpecs.images
    private let pattern: LinearPattern

    /// - Throws: `PatternProblem` when the name is no regular expression, which is what kustomize takes it for.
    init(name: String, newName: String?, newTag: String?, digest: String?, tagSuffix: String?) throws(PatternProblem) {
        self.newName = newName
        self.newTag = newTag
        self.digest = digest
        self.tagSuffix = tagSuffix
        pattern = try LinearPattern(
            parsing: Self.anchored(name) + "(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?"
        )
    }

    /// The name as it reads behind the `^` that kustomize puts before it: `*` and `?` make that optional, `+` changes
    /// nothing.
    private static func anchored(_ name: String) -> String {
        switch name.first {
        case "*", "?": ".*" + name.dropFirst()
        case "+": String(name.dropFirst())
        default: name
        }
    }

    func transform(_ objects: inout ObjectSet) throws {
        let index = FieldSpecIndex(fields)
        try objects.updateContent { object in
            let type = object.type
            guard type.kind != "CustomResourceDefinition" else { return }
            do {
                // Both walks see every container of a pod, in this order, as in kustomize.
                if let updated = try updatedContainers(object.tree) { object.tree = updated }
                for field in index.fields(of: type) {
                    try field.apply(to: &object.tree) { if let new = try updatedImage($0) { $0 = new } }
                }
            } catch let mismatch as Mismatch {
                throw BuildError(
                    .invalid,
                    "\(object.id) in \(object.origin): \(mismatch.phrase). Correct it",
                    at: .init(file: object.origin, object: object.id.description)
                )
            }
        }
    }

    private struct Mismatch: Error {
        let phrase: String
    }

    /// The tree with every `containers` and `initContainers` list updated, wherever it stands; nil when that changes
    /// nothing.
    private func updatedContainers(_ tree: Tree) throws -> Tree? {
        switch tree {
        case .map(let entries):
            var changed: TreeMap?
            for (position, (key, value)) in entries.enumerated() {
                var new = try updatedContainers(value)
                if key == "containers" || key == "initContainers" { new = try updatedList(new ?? value, key) ?? new }
                guard let new else { continue }
                changed = changed ?? entries
                changed?.update(at: position) { $0 = new }
            }
            return changed.map { .map($0) }
        case .list(let items):
            var changed: [Tree]?
            for (index, item) in items.enumerated() {
                guard let new = try updatedContainers(item) else { continue }
                changed = changed ?? items
                changed?[index] = new
            }
            return changed.map { .list($0) }
        default: return nil
        }
    }

    private func updatedList(_ tree: Tree, _ field: String) throws -> Tree? {
        guard case .list(var items) = tree else { return nil }
        var isChanged = false
        for index in items.indices where !items[index].isNull {
            guard items[index].map != nil else {
                let found = items[index].kindName
                throw Mismatch(phrase: "\(field)[\(index)] is \(found): wrong node kind: expected MappingNode")
            }
            guard let image = items[index]["image"], let new = try updatedImage(image) else { continue }
            items[index]["image"] = new
            isChanged = true
        }
        return isChanged ? .list(items) : nil
    }

    private func updatedImage(_ tree: Tree) throws -> Tree? {
        if tree.isNull { return nil }
        guard let text = tree.scalarText else {
            throw Mismatch(phrase: "an image is \(tree.kindName): wrong node kind: expected ScalarNode")
        }
        return updated(text).map { .string($0) }
    }

    /// The image with its new name and tag; nil for another image.
    private func updated(_ text: String) -> String? {
        guard pattern.matchesWhole(text) else { return nil }
        var (name, tag, digest) = Self.split(text)
        if let newName, !newName.isEmpty { name = newName }
        let wantedTag = newTag ?? ""
        let wantedDigest = self.digest ?? ""
        if !wantedTag.isEmpty || !wantedDigest.isEmpty {
            tag = wantedTag
            digest = wantedDigest
        } else if let tagSuffix, !tagSuffix.isEmpty {
            tag += tagSuffix
            digest = ""
        }
        if !tag.isEmpty { name += ":\(tag)" }
        if !digest.isEmpty { name += "@\(digest)" }
        return name
    }

    /// Name, tag and digest; a port in the registry's name is no tag.
    private static func split(_ image: String) -> (name: String, tag: String, digest: String) {
        var name = image[...]
        var tag = ""
        var digest = ""
        let path = image.firstIndex(of: "/").map { $0 > image.startIndex ? image[$0...] : image[...] } ?? image[...]
        let colon = path.firstIndex(of: ":")
        let at = path.firstIndex(of: "@")
        if let at, colon.map({ at < $0 }) ?? true {
            digest = String(image[image.index(after: at)...])
            name = image[..<at]
        } else if let colon {
            let end = at ?? image.endIndex
            tag = String(image[image.index(after: colon)..<end])
            if let at { digest = String(image[image.index(after: at)...]) }
            name = image[..<colon]
        }
        return (String(name), tag, digest)
    }
}
