import ManifestTree

extension SourceCase {
    /// The smallest tree found that still differs in the same way, by taking away one part after the other.
    func shrunk(keeping difference: BuildOutcome.Difference, with peer: KustomizePeer) throws -> SourceCase {
        var smallest = self
        var attempts = 150
        var changed = true
        while changed, attempts > 0 {
            changed = false
            for step in smallest.steps() {
                guard attempts > 0 else { break }
                guard let candidate = smallest.without(step), candidate.mayDiffer(as: difference) else { continue }
                attempts -= 1
                guard try peer.difference(candidate) == difference else { continue }
                smallest = candidate
                changed = true
            }
        }
        return smallest
    }

    /// Our own build is asked first, since it takes a hundredth of the time.
    private func mayDiffer(as difference: BuildOutcome.Difference) -> Bool {
        if case .built = ours { difference != .onlyWeRefuse } else { difference == .onlyWeRefuse }
    }

    /// A part that may be taken away.
    private enum Step {
        case file(String)
        case document(String, Int)
        case node(String, Int, [FieldPath.Step])
    }

    /// All parts, large ones first, the last of each list first so that positions stay valid.
    private func steps() -> [Step] {
        var byDepth: [Int: [Step]] = [:]
        for (path, content) in files.sorted(by: { $0.key < $1.key }) {
            byDepth[0, default: []].append(.file(path))
            guard case .documents(let trees) = content else { continue }
            for (index, tree) in trees.enumerated().reversed() {
                if trees.count > 1 { byDepth[1, default: []].append(.document(path, index)) }
                Self.visit(tree, []) { place in
                    byDepth[place.count + 1, default: []].append(.node(path, index, place))
                }
            }
        }
        return byDepth.sorted { $0.key < $1.key }.flatMap(\.value)
    }

    private static func visit(_ tree: Tree, _ place: [FieldPath.Step], _ found: ([FieldPath.Step]) -> Void) {
        switch tree {
        case .map(let map):
            for (key, value) in map {
                found(place + [.key(key)])
                visit(value, place + [.key(key)], found)
            }
        case .list(let items):
            for (index, item) in items.enumerated().reversed() {
                found(place + [.index(index)])
                visit(item, place + [.index(index)], found)
            }
        default: return
        }
    }

    private func without(_ step: Step) -> SourceCase? {
        var smaller = self
        switch step {
        case .file(let path):
            guard smaller.files.removeValue(forKey: path) != nil else { return nil }
        case .document(let path, let index):
            guard case .documents(var trees)? = files[path], trees.indices.contains(index) else { return nil }
            trees.remove(at: index)
            smaller.files[path] = .documents(trees)
        case .node(let path, let index, let place):
            guard case .documents(var trees)? = files[path], trees.indices.contains(index),
                Self.remove(place[...], from: &trees[index])
            else { return nil }
            smaller.files[path] = .documents(trees)
        }
        return smaller
    }

    private static func remove(_ place: ArraySlice<FieldPath.Step>, from tree: inout Tree) -> Bool {
        guard let first = place.first else { return false }
        let rest = place.dropFirst()
        switch (first, tree) {
        case (.key(let key), .map(var map)):
            guard var child = map[key] else { return false }
            if rest.isEmpty {
                map[key] = nil
            } else if remove(rest, from: &child) {
                map[key] = child
            } else {
                return false
            }
            tree = .map(map)
        case (.index(let index), .list(var items)):
            guard items.indices.contains(index) else { return false }
            if rest.isEmpty { items.remove(at: index) } else if !remove(rest, from: &items[index]) { return false }
            tree = .list(items)
        default: return false
        }
        return true
    }
}
