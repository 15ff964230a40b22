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
    private mutating func write(_ map: borrowing TreeMap, indent: Int, inline: Bool) {
        var startsLine = !inline
        let order = sortedKeys ? map.naturalOrder() : nil
        // Looked at where they are: a copy of each entry would cost more than its text.
        let entries = map.entries.span
        for position in entries.indices {
            if startsLine { scalars.indent(indent) }
            startsLine = true
            write(entries[order?[position] ?? position], indent: indent)
        }
    }

    private mutating func write(_ entry: borrowing TreeMap.Entry, indent: Int) {
        guard scalars.writeSimpleKey(entry.key) else {
            scalars.put("?", " ")
            scalars.write(entry.key, indent: indent + 2, isKey: false)
            scalars.endLine()
            scalars.indent(indent)
            writeItem(entry.value, after: ":", indent: indent)
            return
        }
        switch entry.value {
        case .map(let child):
            guard !child.isEmpty else { return scalars.append(" {}\n") }
            scalars.endLine()
            write(child, indent: indent + 2, inline: false)
        case .list(let child):
            guard !child.isEmpty else { return scalars.append(" []\n") }
            scalars.endLine()
            write(child, indent: indent, inline: false)
        case .string(let text):
            scalars.put(" ")
            scalars.write(text, indent: indent + 2, isKey: false)
            scalars.endLine()
        case .null, .bool, .number:
            scalars.put(" ")
            writeLeaf(entry.value, indent: indent + 2)
        }
    }

    private mutating func write(_ list: borrowing [Tree], indent: Int, inline: Bool) {
        var startsLine = !inline
        let elements = list.span
        for position in elements.indices {
            if startsLine { scalars.indent(indent) }
            startsLine = true
            writeItem(elements[position], after: "-", indent: indent)
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
        case .string(let text): scalars.write(text, indent: indent, isKey: false)
        case .list: scalars.append("[]")
        case .map: scalars.append("{}")
        }
        scalars.endLine()
    }
}
