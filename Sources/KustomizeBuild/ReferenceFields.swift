import ManifestTree

/// The fields of one kind that may name other objects, as one tree, so that all of them are looked for in one walk.
struct ReferenceFields {
    /// One step of the fields and what lies below it.
    private struct Node {
        var children: [(key: String, node: Int)] = []
        /// The positions of the entries whose field ends here.
        var entries: [Int] = []
    }

    private let entries: [NameReferenceTable.Entry]
    private var nodes = [Node()]
    /// Whether an update of one field may bring another into being: a reference by map may gain a namespace.
    private let mayGrow: Bool

    init(_ entries: [NameReferenceTable.Entry]) {
        self.entries = entries
        mayGrow = entries.contains { $0.field.steps.contains { $0.key == "namespace" } }
        for (position, entry) in entries.enumerated() {
            var node = 0
            for step in entry.field.steps { node = child(of: node, step.key) }
            nodes[node].entries.append(position)
        }
    }

    private mutating func child(of node: Int, _ key: String) -> Int {
        if let known = nodes[node].children.first(where: { $0.key == key }) { return known.node }
        nodes.append(Node())
        nodes[node].children.append((key, nodes.count - 1))
        return nodes.count - 1
    }

    /// The entries whose field an object has, in order, and those with a scalar on the way to it. Scalars that name
    /// nobody are passed over: nothing comes of them.
    func entries(in object: Tree, _ namesNobody: (String) -> Bool) -> [NameReferenceTable.Entry] {
        guard !entries.isEmpty, !mayGrow else { return entries }
        var found: [Int] = []
        collect(object, node: 0, namesNobody, &found)
        guard found.count > 1 else { return found.map { entries[$0] } }
        return Set(found).sorted().map { entries[$0] }
    }

    private func collect(_ tree: Tree, node: Int, _ namesNobody: (String) -> Bool, _ found: inout [Int]) {
        switch tree {
        case .null: return
        case .map(let entries):
            for child in nodes[node].children {
                if let value = entries[child.key] { collect(value, node: child.node, namesNobody, &found) }
            }
        // A list is entered without a step of its own.
        case .list(let items) where !nodes[node].children.isEmpty:
            for item in items { collect(item, node: node, namesNobody, &found) }
        case .bool, .number, .string:
            for child in nodes[node].children { collectAll(below: child.node, &found) }
            if nodes[node].entries.isEmpty || tree.scalarText.map(namesNobody) ?? false { return }
        case .list(let items):
            if items.allSatisfy({ $0.scalarText.map(namesNobody) ?? false }) { return }
        }
        found += nodes[node].entries
    }

    private func collectAll(below node: Int, _ found: inout [Int]) {
        found += nodes[node].entries
        for child in nodes[node].children { collectAll(below: child.node, &found) }
    }
}
