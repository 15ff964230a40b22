import KustomizeBuild
import ManifestTree

/// Random `replacements` and `vars` over objects that are known.
enum RandomReplacements {
    private static let names = RandomPods.names

    /// - Parameter focus: beside variables, only text goes into new fields: kustomize makes text of everything there.
    static func replacement(_ objects: [Tree], _ focus: RandomFocus, _ random: inout SeededRandom) -> Tree {
        let from = random.pick(objects)
        var entry: Tree = [:]
        var value = Tree.string("given")
        if random.chance(10) {
            let odd = focus.contains(.variables) ? [] : ["7", "true"]
            value = .string(random.pick(["given", "a: b", "x.y.z", "two words"] + odd))
            entry["sourceValue"] = value
        } else {
            var source = object(from, &random)
            if random.chance(85) {
                let (path, found) = RandomLookups.path(in: from, wildcards: false, &random)
                source["fieldPath"] = .string(path)
                value = found
                if let text = found.string, random.chance(text.count > 3 ? 25 : 5) {
                    source["options"] = part(of: text, &random)
                }
            } else {
                value = from["metadata"]?["name"] ?? .null
            }
            entry["source"] = source
        }
        // Copied into its own object, a map or list would hold itself.
        var others = objects
        if value.map != nil || value.list != nil {
            others = objects.filter { $0 != from }
            if others.isEmpty { (value, entry, others) = ("given", ["sourceValue": "given"], objects) }
        }
        let creates = isText(value) || !focus.contains(.variables)
        entry["targets"] = .list(
            (0..<random.number(1...2)).map { _ in
                target(others, value, creates && random.chance(35), &random)
            }
        )
        return entry
    }

    /// The names of an object, as a source has to give them.
    private static func object(_ object: Tree, _ random: inout SeededRandom) -> Tree {
        var names: Tree = [
            "kind": object["kind"] ?? .null, "name": object["metadata"]?["name"] ?? .null,
        ]
        if let namespace = object["metadata"]?["namespace"], random.chance(60) { names["namespace"] = namespace }
        let parts = (object["apiVersion"]?.string ?? "").split(separator: "/").map(String.init)
        if random.chance(20) { names["version"] = .string(parts.last ?? "v1") }
        if random.chance(20), parts.count > 1 { names["group"] = .string(parts[0]) }
        if random.chance(4) { names["name"] = nil }
        return names
    }

    private static func part(of text: String, _ random: inout SeededRandom) -> Tree {
        let marks: [String] = [".", "/", ":", "-", " "].filter { text.contains($0) }
        return [
            "delimiter": .string(marks.isEmpty || random.chance(10) ? "e" : random.pick(marks)),
            "index": .number(.init(random.pick([0, 0, 1, 1, 2, -1]))),
        ]
    }

    private static func target(
        _ objects: [Tree],
        _ value: Tree,
        _ creates: Bool,
        _ random: inout SeededRandom
    ) -> Tree {
        let object = random.pick(objects)
        let kind = object["kind"] ?? .null
        var select: Tree = ["kind": kind]
        var target: Tree = [:]
        if random.chance(value.map == nil && value.list == nil ? 85 : 100) {
            select["name"] = object["metadata"]?["name"]
        }
        if value.map == nil, value.list == nil, random.chance(10) {
            select = ["name": .string(random.pick(["web|api", ".*", "w.*"])), "kind": kind]
        }
        if random.chance(8) { select["labelSelector"] = .string("app=\(random.pick(names))") }
        if random.chance(8) { select["annotationSelector"] = "note" }
        if random.chance(8), let namespace = object["metadata"]?["namespace"] { select["namespace"] = namespace }
        target["select"] = select
        if random.chance(15) {
            let name = Tree.string(random.pick(names))
            target["reject"] = random.pick([
                [["name": name]], [["kind": kind, "name": name]],
                [["labelSelector": .string("app=\(random.pick(names))")]],
                [["name": name], ["kind": "Service"]], [["namespace": "prod"]], [[:]],
            ])
        }
        if !isName(value) || random.chance(95) {
            target["fieldPaths"] = .list(
                (0..<random.number(1...2)).map { _ in .string(path(object, like: value, creates: creates, &random)) }
            )
        }
        var options: Tree = [:]
        if creates { options["create"] = true }
        if value.map == nil, value.list == nil, random.chance(15) {
            options["delimiter"] = .string(random.pick([".", "/", ":", "-"]))
            if random.chance(80) { options["index"] = .number(.init(random.pick([0, 1, 2, -1, 7]))) }
        }
        if options.map?.isEmpty == false || random.chance(3) { target["options"] = options }
        return target
    }

    /// A path whose field is of the value's kind, mostly: what does not fit is refused by both.
    private static func path(_ object: Tree, like value: Tree, creates: Bool, _ random: inout SeededRandom) -> String {
        if creates, random.chance(70) { return RandomLookups.newField(&random) }
        var found = RandomLookups.path(in: object, wildcards: true, &random)
        for _ in 0..<12 where found.value.kindName != value.kindName {
            found = RandomLookups.path(in: object, wildcards: true, &random)
        }
        // Names that transformers wrote have no type in kustomize: what looks like a number would be one from there on.
        let named = ["metadata.name", "metadata.namespace"]
        return named.contains(found.text) && !isName(value) ? "metadata.annotations.note" : found.text
    }

    private static func isName(_ value: Tree) -> Bool { value.string?.first?.isLetter == true && isText(value) }

    /// Text, and nothing that reads like another value.
    private static func isText(_ value: Tree) -> Bool {
        guard let text = value.string else { return false }
        return Double(text) == nil && !["true", "false", "null", "~", "", "yes", "on"].contains(text)
    }

    // MARK: Variables

    static func variable(_ name: String, _ objects: [Tree], _ random: inout SeededRandom) -> Tree {
        let object = random.pick(objects)
        var reference: Tree = [
            "apiVersion": object["apiVersion"] ?? .null, "kind": object["kind"] ?? .null,
            "name": object["metadata"]?["name"] ?? .null,
        ]
        let isCluster = BuildResult.isClusterScoped(object)
        if !isCluster, let namespace = object["metadata"]?["namespace"], random.chance(60) {
            reference["namespace"] = namespace
        }
        var entry: Tree = ["name": .string(name), "objref": reference]
        if random.chance(60) {
            entry[path: ["fieldref", "fieldpath"]] = .string(fieldPath(object, &random))
        }
        return entry
    }

    private static func fieldPath(_ object: Tree, _ random: inout SeededRandom) -> String {
        var text = ""
        var tree = object
        while true {
            switch tree {
            case .map(let map) where !map.isEmpty:
                if !text.isEmpty, random.chance(4) { return text }
                let key = random.pick(Array(map.keys))
                text += text.isEmpty ? key : ".\(key)"
                tree = map[key] ?? .null
            case .list(let items) where !items.isEmpty:
                let index = random.number(0...(items.count - 1))
                text += random.chance(80) ? "[\(index)]" : ".\(index)"
                tree = items[index]
            default: return text
            }
        }
    }
}
