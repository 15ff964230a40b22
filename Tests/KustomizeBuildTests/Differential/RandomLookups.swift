import ManifestTree

/// Random paths through objects, in the notation of replacements.
enum RandomLookups {
    /// A path to something that the object has, and what is there.
    static func path(in object: Tree, wildcards: Bool, _ random: inout SeededRandom) -> (text: String, value: Tree) {
        var steps: [String] = []
        var tree = object
        while true {
            switch tree {
            case .map(let map) where !map.isEmpty:
                // Whole metadata would have marks in it that kustomize makes for itself.
                if !steps.isEmpty, steps != ["metadata"], steps != ["metadata", "annotations"], random.chance(6) {
                    return (steps.joined(separator: "."), tree)
                }
                var keys = Array(map.keys)
                if steps.isEmpty, wildcards || random.chance(90) {
                    keys.removeAll { ["apiVersion", "kind"].contains($0) }
                }

                guard !keys.isEmpty else { return ("metadata.name", tree) }
                let key = random.pick(keys)
                steps.append(step(key, &random))
                tree = map[key] ?? .null
            case .list(let items) where !items.isEmpty:
                if random.chance(6) { return (steps.joined(separator: "."), tree) }
                let index = random.number(0...(items.count - 1))
                steps.append(element(index, items[index], wildcards: wildcards, &random))
                tree = items[index]
            default: return (steps.joined(separator: "."), tree)
            }
        }
    }

    private static func step(_ key: String, _ random: inout SeededRandom) -> String {
        guard key.contains(".") else { return key }
        return random.chance(50) ? "[\(key)]" : key.split(separator: ".").joined(separator: "\\.")
    }

    private static func element(
        _ index: Int,
        _ item: Tree,
        wildcards: Bool,
        _ random: inout SeededRandom
    ) -> String {
        if wildcards, random.chance(25) { return "*" }
        if random.chance(40) { return String(index) }
        if let text = item.string, matchesItself(text) { return "[=\(text)]" }
        let texts = (item.map ?? TreeMap()).filter { $1.string.map(matchesItself) == true }
        guard !texts.isEmpty else { return String(index) }
        let key = random.chance(60) && texts.contains { $0.key == "name" } ? "name" : random.pick(texts.map(\.key))
        return "[\(key)=\(item[key]?.string ?? "")]"
    }

    /// Kustomize adds elements without end for a pattern that does not.
    private static func matchesItself(_ text: String) -> Bool { !text.contains { "\\^$*+?()[]{}|".contains($0) } }

    /// A field that the object does not have, below one that it may have. What one replacement made, another should not
    /// find: in kustomize it has no type yet.
    static func newField(_ random: inout SeededRandom) -> String {
        let tag = random.number(0...999)
        return random.pick([
            "metadata.annotations.new\(tag)", "metadata.labels.added\(tag)",
            "metadata.annotations.[example.com/\(tag)]",
            "spec.added\(tag)", "spec.deep.er.still\(tag)", "spec.template.metadata.annotations.copied\(tag)",
            "data.copied\(tag)", "spec.items\(tag).0", "spec.template.spec.containers.[name=web].image",
            "spec.template.spec.containers.[name=made].image", "spec.template.spec.containers.*.added\(tag)",
            "spec.parts.[name=c].value\(tag)", "spec.list\(tag).-", "spec.parts.-.name",
        ])
    }
}
