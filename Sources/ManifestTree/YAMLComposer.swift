/// Builds trees from libyaml's events, with every limit checked before anything grows.
struct YAMLComposer {
    /// The content of an anchor, and what an alias to it costs.
    private struct Anchored {
        let tree: Tree
        let weight: Int
        let height: Int
    }

    private let events: YAMLEvents
    private let limits: DocumentLimits
    private let repeatedKeys: YAMLReader.RepeatedKeys
    private var anchors: [String: Anchored?] = [:]
    /// Values so far, aliases expanded; long text counts as more than one.
    private var weight = 0
    private var aliasWeight = 0
    /// The deepest level reached since the last anchor.
    private var deepest = 0
    /// The lines of the keys of every open map, so that a second one can name the first.
    private var keyLines: [Int] = []

    init(events: YAMLEvents, limits: DocumentLimits, repeatedKeys: YAMLReader.RepeatedKeys) {
        self.events = events
        self.limits = limits
        self.repeatedKeys = repeatedKeys
    }

    mutating func documents() throws(YAMLProblem) -> [YAMLDocument] {
        var documents: [YAMLDocument] = []
        while true {
            switch try events.next() {
            case .documentStart:
                anchors.removeAll(keepingCapacity: true)
                let kind = try events.next()
                let line = events.line
                let tree = try node(kind, depth: 0)
                if !tree.isNull { documents.append(YAMLDocument(tree: tree, line: line)) }
            case .streamEnd: return documents
            default: continue
            }
        }
    }

    private mutating func node(_ kind: YAMLEvents.Kind, depth: Int) throws(YAMLProblem) -> Tree {
        switch kind {
        case .scalar: return try scalar()
        case .mappingStart:
            let anchor = events.mappingAnchor
            return try collection(anchor, depth: depth + 1) { (composer) throws(YAMLProblem) in
                try composer.map(depth: depth + 1)
            }
        case .sequenceStart:
            let anchor = events.sequenceAnchor
            return try collection(anchor, depth: depth + 1) { (composer) throws(YAMLProblem) in
                try composer.list(depth: depth + 1)
            }
        default: return try alias(depth: depth)
        }
    }

    private mutating func scalar() throws(YAMLProblem) -> Tree {
        let before = weight
        try add(1 + events.length / 64)
        let anchor = events.scalarAnchor
        let tree = try YAMLScalar.tree(of: events)
        if let anchor { anchors[anchor] = Anchored(tree: tree, weight: weight - before, height: 0) }
        return tree
    }

    private mutating func collection(
        _ anchor: String?,
        depth: Int,
        _ build: (inout YAMLComposer) throws(YAMLProblem) -> Tree
    ) throws(YAMLProblem) -> Tree {
        try add(1)
        guard depth <= limits.depth else {
            throw problem(.limit, "the document is nested deeper than the \(limits.depth) levels allowed")
        }
        guard let anchor else {
            deepest = max(deepest, depth)
            return try build(&self)
        }
        let (before, outer) = (weight - 1, deepest)
        deepest = depth
        anchors[anchor] = .some(nil)
        let tree = try build(&self)
        anchors[anchor] = Anchored(tree: tree, weight: weight - before, height: deepest - depth + 1)
        deepest = max(outer, deepest)
        return tree
    }

    private mutating func alias(depth: Int) throws(YAMLProblem) -> Tree {
        let name = events.aliasName
        guard let entry = anchors[name] else {
            throw problem(.syntax, "there is no anchor \"\(name)\" before this alias")
        }
        guard let anchored = entry else {
            throw problem(.syntax, "anchor \"\(name)\" contains an alias to itself")
        }
        try add(anchored.weight)
        aliasWeight += anchored.weight
        guard aliasWeight <= limits.aliasNodes else {
            throw problem(.limit, "aliases expand to more than the \(limits.aliasNodes) values allowed")
        }
        deepest = max(deepest, depth + anchored.height)
        guard depth + anchored.height <= limits.depth else {
            throw problem(.limit, "the document is nested deeper than the \(limits.depth) levels allowed")
        }
        return anchored.tree
    }

    private mutating func list(depth: Int) throws(YAMLProblem) -> Tree {
        var elements: [Tree] = []
        while true {
            let kind = try events.next()
            if kind == .sequenceEnd { return .list(elements) }
            elements.append(try node(kind, depth: depth))
        }
    }

    private mutating func add(_ amount: Int) throws(YAMLProblem) {
        weight += amount
        guard weight <= limits.nodes else {
            throw problem(.limit, "there are more than the \(limits.nodes) values allowed")
        }
    }

    private func problem(_ code: ManifestError.Code, _ text: String) -> YAMLProblem {
        YAMLProblem(code: code, position: events.position, problem: text)
    }
}

// MARK: Maps

extension YAMLComposer {
    private mutating func map(depth: Int) throws(YAMLProblem) -> Tree {
        let firstLine = keyLines.count
        defer { keyLines.removeSubrange(firstLine...) }
        var entries = TreeMap()
        var merged: [TreeMap]?
        while true {
            let kind = try events.next()
            if kind == .mappingEnd { break }
            let position = events.position
            let isMerge = kind == .scalar && events.isMergeKey
            let name = isMerge ? "<<" : try key(kind, depth: depth)
            let value = try node(try events.next(), depth: depth)
            if isMerge {
                guard merged == nil else {
                    throw YAMLProblem(code: .duplicateKey, position: position, problem: "key \"<<\" is already set")
                }
                merged = try mergeSources(value, at: position)
                continue
            }
            keyLines.append(position.line)
            guard entries.append(name, value) || repeatedKeys == .lastWins else {
                let first = entries.keys.firstIndex(of: name).map { keyLines[firstLine + $0] } ?? position.line
                throw YAMLProblem(
                    code: .duplicateKey,
                    position: position,
                    problem: "key \(Tree.string(name).jsonString()) is already set at line \(first)"
                )
            }
        }
        for source in merged ?? [] {
            for (key, value) in source where entries[key] == nil { entries.append(key, value) }
        }
        return .map(entries)
    }

    private mutating func key(_ kind: YAMLEvents.Kind, depth: Int) throws(YAMLProblem) -> String {
        let position = events.position
        switch try node(kind, depth: depth) {
        case .string(let text): return text
        case .number(let number): return number.goText
        case .bool(let value): return value ? "true" : "false"
        case .null:
            throw YAMLProblem(
                code: .unsupported,
                position: position,
                problem: "a key is null; put it in quotes if it is text"
            )
        case .list, .map:
            throw YAMLProblem(
                code: .unsupported,
                position: position,
                problem: "a key is a map or a list; only text can be a key"
            )
        }
    }

    private func mergeSources(
        _ value: Tree,
        at position: ManifestError.Position
    ) throws(YAMLProblem) -> [TreeMap] {
        if let map = value.map { return [map] }
        if let list = value.list {
            let maps = list.compactMap(\.map)
            if maps.count == list.count { return maps }
        }
        throw YAMLProblem(
            code: .syntax,
            position: position,
            problem: "a merge key (<<) needs a map or a list of maps as its value"
        )
    }
}

extension YAMLEvents {
    /// Whether the current scalar is a plain `<<` (the YAML 1.1 merge type).
    fileprivate var isMergeKey: Bool { firstByte == UInt8(ascii: "<") && length == 2 && isPlain && text == "<<" }
}
