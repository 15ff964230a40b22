import ManifestTree

/// Makes random source trees: bases, components and overlays over them.
struct RandomCase {
    private var random: SeededRandom
    private var source = SourceCase()
    private var focus: RandomFocus = []
    /// The objects that each directory builds, as they were written.
    private var objects: [String: [Tree]] = [:]

    static func make(seed: UInt64) throws -> SourceCase {
        var maker = RandomCase(random: SeededRandom(seed: seed))
        return try maker.make()
    }

    private init(random: SeededRandom) { self.random = random }

    private mutating func make() throws -> SourceCase {
        focus = RandomFocus.random(&random)
        var bases = ["base"]
        if random.chance(30) { bases.append("other") }
        for base in bases { try directory(base, over: []) }
        var components: [String] = []
        if random.chance(25) {
            components = ["component"]
            try directory("component", over: [], isComponent: true, knowing: bases)
            if random.chance(20) {
                components.append("more")
                try directory("more", over: [], isComponent: true, knowing: bases)
            }
        }
        source.top = try overlays(over: bases, components)
        if random.chance(15) { try trackOrigins() }
        return source
    }

    /// The directories over the bases; returns the one to build.
    private mutating func overlays(over bases: [String], _ components: [String]) throws -> String {
        if random.chance(15) {
            // The same bases by two ways, told apart by what each way adds. Each variable would be there twice.
            try forgetVariables()
            for (name, prefix) in [("left", "left-"), ("right", "right-")] {
                try directory(name, over: bases, components: random.chance(40) ? components : [], adding: prefix)
            }
            try directory("top", over: ["left", "right"])
            return "top"
        }
        guard random.chance(80) || bases.count > 1 || !components.isEmpty else { return bases[0] }
        try directory("overlay", over: bases, components: random.chance(70) ? components : [])
        guard random.chance(30) else { return "overlay" }
        try directory("top", over: ["overlay"], components: random.chance(50) ? components : [])
        return "top"
    }

    private mutating func forgetVariables() throws {
        for (file, content) in source.files where file.hasSuffix("/kustomization.yaml") {
            guard case .documents(var trees) = content else { continue }
            trees[0]["vars"] = nil
            source.files[file] = .documents(trees)
        }
    }

    private mutating func trackOrigins() throws {
        let file = "\(source.top)/kustomization.yaml"
        guard case .documents(var trees)? = source.files[file] else { return }
        trees[0]["buildMetadata"] = try RandomPatches.parse(
            random.pick([
                "[originAnnotations]", "[transformerAnnotations]", "[originAnnotations, transformerAnnotations]",
            ])
        )
        source.files[file] = .documents(trees)
    }

    private mutating func directory(
        _ name: String,
        over bases: [String],
        components: [String] = [],
        isComponent: Bool = false,
        knowing: [String] = [],
        adding prefix: String? = nil
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
        var fields = RandomKustomization(random: random, focus: focus, directory: name, objects: known)
        try fields.add(to: &kustomization)
        random = fields.random
        objects[name, default: []] += fields.generated
        source.files.merge(fields.files) { $1 }
        if let prefix { kustomization["namePrefix"] = .string(prefix) }
        if kustomization.isEmpty { kustomization["namePrefix"] = "only-" }
        source.files["\(name)/kustomization.yaml"] = .documents([.map(kustomization)])
    }

    private mutating func distinctObject(_ others: [Tree]) throws -> Tree {
        var object = try RandomObjects.object(&random)
        for _ in 0..<10 {
            let isTaken = others.contains {
                $0["kind"] == object["kind"] && $0["metadata"]?["name"] == object["metadata"]?["name"]
            }
            if !isTaken || focus.contains(.mistakes) && random.chance(5) { break }
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
