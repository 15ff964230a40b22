extension Tree {
    /// The value as one YAML document, byte for byte as kustomize and sigs.k8s.io/yaml write it.
    ///
    /// Two spaces a level, lists at the column of their key, go-yaml's quoting and folding at column 80. `sortedKeys`
    /// gives go-yaml's natural order (`a2` before `a10`); without it keys keep theirs.
    package func yamlBytes(sortedKeys: Bool = true) -> [UInt8] {
        var writer = YAMLWriter(sortedKeys: sortedKeys)
        writer.write(self)
        return writer.output
    }

    /// `yamlBytes` as text.
    package func yamlString(sortedKeys: Bool = true) -> String {
        String(decoding: yamlBytes(sortedKeys: sortedKeys), as: UTF8.self)
    }

    /// The value as it was written: keys keep their order, and numbers how they were spelled.
    package func yamlStringAsWritten() -> String {
        var writer = YAMLWriter(sortedKeys: false)
        writer.scalars.keepsSpellings = true
        writer.write(self)
        return String(decoding: writer.output, as: UTF8.self)
    }
}

/// Appends YAML documents to a buffer, with `---` between them.
package struct YAMLWriter {
    private let sortedKeys: Bool
    fileprivate var scalars = YAMLScalarWriter()
    /// Whether nothing stands before the next document.
    private var isAtStart: Bool

    package init(sortedKeys: Bool = true) { self.init(sortedKeys: sortedKeys, isAtStart: true) }

    private init(sortedKeys: Bool, isAtStart: Bool) { (self.sortedKeys, self.isAtStart) = (sortedKeys, isAtStart) }

    /// The documents as one stream, in pieces that follow each other: where there are many, each core writes its share.
    package static func pieces(of documents: [Tree], sortedKeys: Bool = true) async -> [[UInt8]] {
        // So many, so that the cores end together. What takes milliseconds is left to one.
        let size = max(4_096, (documents.count + 7) / 8)
        let starts = Array(stride(from: 0, to: documents.count, by: size))
        return await withTaskGroup(of: (Int, [UInt8]).self) { group in
            for (place, start) in starts.enumerated() {
                let share = documents[start..<min(start + size, documents.count)]
                group.addTask {
                    var writer = YAMLWriter(sortedKeys: sortedKeys, isAtStart: start == 0)
                    for document in share { writer.write(document) }
                    return (place, writer.output)
                }
            }
            var pieces = [[UInt8]](repeating: [], count: starts.count)
            for await (place, piece) in group { pieces[place] = piece }
            return pieces
        }
    }

    /// All documents so far.
    package var output: [UInt8] { scalars.output }

    /// Appends one document.
    package mutating func write(_ document: Tree) {
        if !isAtStart { scalars.append("---\n") }
        isAtStart = false
        switch document {
        case .map(let map) where !map.isEmpty: write(map, indent: 0, inline: true)
        case .list(let list) where !list.isEmpty: write(list, indent: 0, inline: true)
        default: writeLeaf(document, indent: 2)
        }
    }

    /// `inline` means that the first entry goes on where the line stands.
    private mutating func write(_ map: borrowing TreeMap, indent: Int, inline: Bool) {
        var startsLine = !inline
        let order = sortedKeys ? map.naturalOrder() : nil
        let entries = map.entries
        for index in 0..<entries.count {
            write(entries, order?[index] ?? index, indent: indent, spaces: startsLine ? indent : 0)
            startsLine = true
        }
    }

    /// Looked at where it is: a copy of each entry would cost more than its text.
    private mutating func write(_ entries: [TreeMap.Entry], _ position: Int, indent: Int, spaces: Int) {
        guard scalars.writeSimpleKey(entries[position].key, indent: spaces) else {
            scalars.put("?", " ")
            scalars.write(entries[position].key, indent: indent + 2)
            scalars.endLine()
            scalars.indent(indent)
            writeItem(entries[position].value, after: ":", indent: indent)
            return
        }
        switch entries[position].value {
        case .map(let child):
            guard !child.isEmpty else { return scalars.append(" {}\n") }
            scalars.endLine()
            write(child, indent: indent + 2, inline: false)
        case .list(let child):
            guard !child.isEmpty else { return scalars.append(" []\n") }
            scalars.endLine()
            write(child, indent: indent, inline: false)
        case .string(let text): scalars.writeValue(text, indent: indent + 2)
        case .null, .bool, .number:
            scalars.put(" ")
            writeLeaf(entries[position].value, indent: indent + 2)
        }
    }

    private mutating func write(_ list: [Tree], indent: Int, inline: Bool) {
        var startsLine = !inline
        for position in 0..<list.count {
            if startsLine { scalars.indent(indent) }
            startsLine = true
            writeItem(list[position], after: "-", indent: indent)
        }
    }

    /// Writes what stands after an indicator that opens a level of its own.
    private mutating func writeItem(_ tree: borrowing Tree, after indicator: Unicode.Scalar, indent: Int) {
        scalars.put(indicator, " ")
        switch tree {
        case .map(let child) where !child.isEmpty: write(child, indent: indent + 2, inline: true)
        case .list(let child) where !child.isEmpty: write(child, indent: indent + 2, inline: true)
        default: writeLeaf(tree, indent: indent + 2)
        }
    }

    /// Writes a scalar or an empty collection and ends the line.
    private mutating func writeLeaf(_ tree: borrowing Tree, indent: Int) {
        switch tree {
        case .null: scalars.append("null")
        case .bool(let value): scalars.append(value ? "true" : "false")
        case .number(let number): scalars.write(number)
        case .string(let text): scalars.write(text, indent: indent)
        case .list: scalars.append("[]")
        case .map: scalars.append("{}")
        }
        scalars.endLine()
    }
}
