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
    private let rules: YAMLReader.Rules
    private var anchors: [String: Anchored?] = [:]
    /// Values so far, aliases expanded; long text counts as more than one.
    private var weight = 0
    private var aliasWeight = 0
    /// The deepest level reached since the last anchor.
    private var deepest = 0
    /// The entries of every open map, so that each map is made at once with room for just its own, and where its keys
    /// stand.
    private var keyLines: [ManifestError.Position] = []
    private var openEntries: [TreeMap.Entry] = []

    init(events: YAMLEvents, limits: DocumentLimits, rules: YAMLReader.Rules) {
        self.events = events
        self.limits = limits
        self.rules = rules
    }

    mutating func documents() throws(YAMLProblem) -> [YAMLDocument] {
        var documents: [YAMLDocument] = []
        while true {
            switch try events.next() {
            case .documentStart:
                anchors.removeAll(keepingCapacity: true)
                let rule = events.line
                let kind = try events.next()
                let line = events.line
                if rules.annotations != .typed, !documents.isEmpty, line == rule, kind != .scalar || events.length > 0 {
                    throw problem(.syntax, "invalid document separator: content stands behind ---; start a new line")
                }
                let tree = try node(kind, depth: 0, YAMLPlace(isManifest: rules.annotations != .typed))
                if rules.annotations != .typed, tree.map?.contains(where: { $0.key.hasPrefix("---") }) == true {
                    throw problem(.syntax, "invalid document separator: a key starts with ---; start a new line")
                }
                if !tree.isNull { documents.append(YAMLDocument(tree: tree, line: line)) }
            case .streamEnd: return documents
            default: continue
            }
        }
    }

    private mutating func node(_ kind: YAMLEvents.Kind, depth: Int, _ place: YAMLPlace) throws(YAMLProblem) -> Tree {
        switch kind {
        case .scalar: return try scalar(place)
        case .mappingStart:
            let anchor = events.mappingAnchor
            let place = place.entered(isFlow: events.isFlowCollection)
            return try collection(anchor, depth: depth + 1) { (composer) throws(YAMLProblem) in
                try composer.map(depth: depth + 1, place)
            }
        case .sequenceStart:
            let anchor = events.sequenceAnchor
            let place = place.entered(isFlow: events.isFlowCollection)
            return try collection(anchor, depth: depth + 1) { (composer) throws(YAMLProblem) in
                try composer.list(depth: depth + 1, place)
            }
        default: return try alias(depth: depth)
        }
    }

    private mutating func scalar(_ place: YAMLPlace) throws(YAMLProblem) -> Tree {
        let before = weight
        try add(1 + events.length / 64)
        let anchor = events.scalarAnchor
        let tree = try value(place)
        if let anchor { anchors[anchor] = Anchored(tree: tree, weight: weight - before, height: 0) }
        return tree
    }

    /// The value of the current scalar, in manifests as kustomize has it after it wrote and read it again.
    private func value(_ place: YAMLPlace) throws(YAMLProblem) -> Tree {
        guard place.isManifest else { return try YAMLScalar.tree(of: events, words: rules.words) }
        if place.isAnnotation, rules.annotations == .text || !YAMLScalar.isNull(events) { return .string(events.text) }
        // A null without any text in brackets or braces is written as '', which is text when it is read again.
        if place.isFlow, !place.isMetadata, events.length == 0, events.isPlain, events.scalarTag == nil {
            return .string("")
        }
        let tree = try YAMLScalar.tree(of: events)
        guard events.isFolded, case .string(let text) = tree else { return tree }
        return .string(try FoldedText(text, indent: place.indent).rewritten())
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
        // An anchor of the same name further down holds from there on.
        if case .some(.none) = anchors[anchor] {
            anchors[anchor] = Anchored(tree: tree, weight: weight - before, height: deepest - depth + 1)
        }
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

    private mutating func list(depth: Int, _ place: YAMLPlace) throws(YAMLProblem) -> Tree {
        var elements: [Tree] = []
        let inside = place.element
        while true {
            let kind = try events.next()
            if kind == .sequenceEnd { return .list(elements) }
            elements.append(try node(kind, depth: depth, inside))
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
    private mutating func map(depth: Int, _ place: YAMLPlace) throws(YAMLProblem) -> Tree {
        let first = keyLines.count
        defer {
            keyLines.removeSubrange(first...)
            openEntries.removeSubrange(first...)
        }
        var merged: [TreeMap]?
        while true {
            let kind = try events.next()
            if kind == .mappingEnd { break }
            let position = events.position
            let isMerge = kind == .scalar && events.isMergeKey
            let name = isMerge ? "<<" : try key(kind, depth: depth, place)
            let value = try node(try events.next(), depth: depth, place.child(name))
            if isMerge {
                guard merged == nil else {
                    throw YAMLProblem(code: .duplicateKey, position: position, problem: "key \"<<\" is already set")
                }
                merged = try mergeSources(value, at: position)
                continue
            }
            keyLines.append(position)
            openEntries.append(.init(key: name, value: value))
        }
        guard var entries = TreeMap(Array(openEntries[first...])) ?? lastEntries(from: first)
        else {
            throw repeatedKey(from: first)
        }
        for source in merged ?? [] {
            for (key, value) in source where entries[key] == nil { entries.append(key, value) }
        }
        return .map(entries)
    }

    /// The entries of an open map with a key that is there twice, where the last one counts.
    private func lastEntries(from first: Int) -> TreeMap? {
        guard rules.repeatedKeys == .lastWins else { return nil }
        return TreeMap(openEntries[first...].lazy.map { ($0.key, $0.value) })
    }

    /// The first key of an open map that is there twice.
    private func repeatedKey(from first: Int) -> YAMLProblem {
        var seen: [String: Int] = [:]
        for (index, entry) in openEntries.enumerated().dropFirst(first) {
            // `String` takes two spellings of one character for equal; the map that refused does not.
            guard let other = seen[entry.key], openEntries[other].key.hasSameBytes(as: entry.key) else {
                seen[entry.key] = index
                continue
            }
            return YAMLProblem(
                code: .duplicateKey,
                position: keyLines[index],
                problem:
                    "key \(Tree.string(entry.key).jsonString()) is already set at line \(keyLines[other].line)"
            )
        }
        return YAMLProblem(code: .duplicateKey, position: events.position, problem: "a key is set twice")
    }

    private mutating func key(_ kind: YAMLEvents.Kind, depth: Int, _ place: YAMLPlace) throws(YAMLProblem) -> String {
        let position = events.position
        if place.hasTextKeys, kind == .scalar { return events.text }
        if place.isManifest, depth > 1, kind == .scalar, YAMLScalar.isTyped(events) {
            throw YAMLProblem(
                code: .unsupported,
                position: position,
                problem: "the key \(events.text) is no text; put it in quotes"
            )
        }
        switch try node(kind, depth: depth, YAMLPlace(isManifest: false)) {
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
