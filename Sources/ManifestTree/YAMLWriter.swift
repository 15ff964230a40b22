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
}

/// Appends YAML documents to a buffer, with `---` between them.
package struct YAMLWriter {
    private let sortedKeys: Bool
    private var scalars = YAMLScalarWriter()

    package init(sortedKeys: Bool = true) { self.sortedKeys = sortedKeys }

    /// All documents so far.
    package var output: [UInt8] { scalars.output }

    /// Appends one document.
    package mutating func write(_ document: Tree) {
        if !scalars.output.isEmpty { scalars.append("---\n") }
        switch document {
        case .map(let map) where !map.isEmpty: write(map, indent: 0, inline: true)
        case .list(let list) where !list.isEmpty: write(list, indent: 0, inline: true)
        default: writeLeaf(document, indent: 2)
        }
    }

    /// `inline` means that the first entry goes on where the line stands.
    private mutating func write(_ map: TreeMap, indent: Int, inline: Bool) {
        var startsLine = !inline
        let order = sortedKeys ? map.naturalOrder() : nil
        for position in 0..<map.count {
            if startsLine { scalars.indent(indent) }
            startsLine = true
            let (key, value) = map.entry(at: order?[position] ?? position)
            write(key, value, indent: indent)
        }
    }

    private mutating func write(_ key: String, _ value: Tree, indent: Int) {
        guard scalars.writeSimpleKey(key) else {
            scalars.put("?", " ")
            scalars.write(key, indent: indent + 2, isKey: false)
            scalars.endLine()
            scalars.indent(indent)
            writeItem(value, after: ":", indent: indent)
            return
        }
        switch value {
        case .map(let child) where !child.isEmpty:
            scalars.endLine()
            write(child, indent: indent + 2, inline: false)
        case .list(let child) where !child.isEmpty:
            scalars.endLine()
            write(child, indent: indent, inline: false)
        default:
            scalars.put(" ")
            writeLeaf(value, indent: indent + 2)
        }
    }

    private mutating func write(_ list: [Tree], indent: Int, inline: Bool) {
        var startsLine = !inline
        for element in list {
            if startsLine { scalars.indent(indent) }
            startsLine = true
            writeItem(element, after: "-", indent: indent)
        }
    }

    /// Writes what stands after an indicator that opens a level of its own.
    private mutating func writeItem(_ tree: Tree, after indicator: Unicode.Scalar, indent: Int) {
        scalars.put(indicator, " ")
        switch tree {
        case .map(let child) where !child.isEmpty: write(child, indent: indent + 2, inline: true)
        case .list(let child) where !child.isEmpty: write(child, indent: indent + 2, inline: true)
        default: writeLeaf(tree, indent: indent + 2)
        }
    }

    /// Writes a scalar or an empty collection and ends the line.
    private mutating func writeLeaf(_ tree: Tree, indent: Int) {
        switch tree {
        case .null: scalars.append("null")
        case .bool(let value): scalars.append(value ? "true" : "false")
        case .number(let number): scalars.write(number)
        case .string(let text): scalars.write(text, indent: indent, isKey: false)
        case .list: scalars.append("[]")
        case .map: scalars.append("{}")
        }
        scalars.endLine()
    }
}
