extension Tree {
    /// Applies a JSON merge patch (RFC 7386): maps merge, null removes, anything else replaces.
    package mutating func mergePatch(_ patch: Tree) {
        guard case .map(let changes) = patch else {
            self = patch
            return
        }
        var entries = TreeMap()
        if case .map(let held) = self { entries = held }
        // Taken out before it is changed, so that the map is not copied.
        self = .null
        for (key, change) in changes {
            if change.isNull {
                entries[key] = nil
            } else {
                var value = entries[key] ?? .null
                if entries[key] != nil { entries[key] = .null }
                value.mergePatch(change)
                entries[key] = value
            }
        }
        self = .map(entries)
    }
}
