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
        try objects.updateContent { object in
            let type = object.type
            // Both walks see every container of a pod, in this order, as in kustomize.
            if type.kind != "CustomResourceDefinition" { try updateContainers(&object.tree) }
            for field in fields where type.isSelected(by: field.type) {
                try field.apply(to: &object.tree, update)
            }
        }
    }

    /// Updates every `containers` and `initContainers` list wherever it stands.
    private func updateContainers(_ tree: inout Tree) throws {
        switch tree {
        case .map(var entries):
            tree = .null
            defer { tree = .map(entries) }
            for key in Array(entries.keys) {
                try entries.update(key, default: .null) { value in
                    if key == "containers" || key == "initContainers" {
                        try updateList(&value)
                    } else if value.map != nil || value.list != nil {
                        try updateContainers(&value)
                    }
                }
            }
        case .list(var items):
            tree = .null
            defer { tree = .list(items) }
            for index in items.indices where items[index].map != nil || items[index].list != nil {
                try updateContainers(&items[index])
            }
        default: return
        }
    }

    private func updateList(_ tree: inout Tree) throws {
        guard case .list(var items) = tree else { return }
        tree = .null
        for index in items.indices {
            guard var image = items[index]["image"], !image.isNull else { continue }
            update(&image)
            items[index]["image"] = image
        }
        tree = .list(items)
    }

    private func update(_ tree: inout Tree) {
        guard let text = tree.scalarText, pattern.matchesWhole(text) else { return }
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
        tree = .string(name)
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
