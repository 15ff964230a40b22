import ManifestTree

/// Makes random source trees: bases, components and overlays over them.
struct RandomCase {
    private var random: SeededRandom
    private var source = SourceCase()
    /// The objects that each directory builds, as they were written.
    private var objects: [String: [Tree]] = [:]

    static func make(seed: UInt64) throws -> SourceCase {
        var maker = RandomCase(random: SeededRandom(seed: seed))
        return try maker.make()
    }

    private init(random: SeededRandom) { self.random = random }

    private mutating func make() throws -> SourceCase {
        var bases = ["base"]
        if random.chance(30) { bases.append("other") }
        for base in bases { try directory(base, over: []) }
        var components: [String] = []
        if random.chance(25) {
            components = ["component"]
            try directory("component", over: [], isComponent: true, knowing: bases)
        }
        var top = bases
        if random.chance(80) {
            try directory("overlay", over: bases, components: random.chance(60) ? components : [])
            top = ["overlay"]
            if random.chance(30) {
                try directory("top", over: top, components: random.chance(50) ? components : [])
                top = ["top"]
            }
        } else if bases.count > 1 || !components.isEmpty {
            try directory("overlay", over: bases, components: components)
            top = ["overlay"]
        }
        source.top = top[0]
        return source
    }

    private mutating func directory(
        _ name: String,
        over bases: [String],
        components: [String] = [],
        isComponent: Bool = false,
        knowing: [String] = []
    ) throws {
        var known = (bases + knowing + components).flatMap { objects[$0] ?? [] }
        var own: [Tree] = []
        let count = bases.isEmpty && !isComponent ? random.number(1...6) : random.number(0...2)
        for _ in 0..<count { own.append(try distinctObject(known + own)) }
        var resources = bases.map { Tree.string("../\($0)") }
        resources += try write(own, in: name)
        known += own
        objects[name] = isComponent ? own : known
        var kustomization = TreeMap()
        if isComponent {
            kustomization["apiVersion"] = "kustomize.config.k8s.io/v1alpha1"
            kustomization["kind"] = "Component"
        }
        if !resources.isEmpty { kustomization["resources"] = .list(resources) }
        if !components.isEmpty { kustomization["components"] = .list(components.map { .string("../\($0)") }) }
        var fields = RandomKustomization(random: random, directory: name, objects: known)
        try fields.add(to: &kustomization)
        random = fields.random
        source.files.merge(fields.files) { $1 }
        if kustomization.isEmpty { kustomization["namePrefix"] = "only-" }
        source.files["\(name)/kustomization.yaml"] = .documents([.map(kustomization)])
    }

    private mutating func distinctObject(_ others: [Tree]) throws -> Tree {
        var object = try RandomObjects.object(&random)
        for _ in 0..<10 {
            let isTaken = others.contains {
                $0["kind"] == object["kind"] && $0["metadata"]?["name"] == object["metadata"]?["name"]
            }
            if !isTaken || random.chance(2) { break }
            object = try RandomObjects.object(&random)
        }
        return object
    }

    /// Puts objects into files of the directory and returns what a kustomization calls them.
    private mutating func write(_ trees: [Tree], in directory: String) throws -> [Tree] {
        var rest = trees[...]
        var names: [Tree] = []
        while !rest.isEmpty {
            let taken = Array(rest.prefix(random.number(1...3)))
            rest = rest.dropFirst(taken.count)
            let name = "file\(names.count).\(random.pick(["yaml", "yml", "json"]))"
            if name.hasSuffix("json"), taken.count == 1 {
                source.files["\(directory)/\(name)"] = .text(taken[0].prettyJSONBytes(sortedKeys: false))
            } else if random.chance(8) {
                source.files["\(directory)/\(name)"] = .documents([
                    ["apiVersion": "v1", "kind": "List", "items": .list(taken)]
                ])
            } else {
                source.files["\(directory)/\(name)"] = .documents(taken)
            }
            names.append(.string(name))
        }
        return names
    }
}
