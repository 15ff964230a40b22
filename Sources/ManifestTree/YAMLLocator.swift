/// Finds the line at which a field stands. Reads the text once more, so it is for messages, not for every day.
package enum YAMLLocator {
    /// The line of the deepest part of the path that is there, from one; nil when the text has no such field at all.
    ///
    /// Keys match without regard to case, as kustomize matches those of its own files.
    package static func line(of path: FieldPath, in bytes: [UInt8]) -> Int? {
        guard bytes.count <= DocumentLimits.standard.bytes, let events = try? YAMLEvents(bytes) else { return nil }
        var walk = LocatorWalk(events: events, steps: path.steps[...])
        return try? walk.run()
    }
}

/// One pass over the events, down the path and past everything else.
private struct LocatorWalk {
    let events: YAMLEvents
    var steps: ArraySlice<FieldPath.Step>
    private var found: Int?

    init(events: YAMLEvents, steps: ArraySlice<FieldPath.Step>) {
        self.events = events
        self.steps = steps
    }

    mutating func run() throws(YAMLProblem) -> Int? {
        while true {
            switch try events.next() {
            case .streamStart, .documentStart: continue
            case let kind:
                try enter(kind)
                return found
            }
        }
    }

    /// Goes on in the value whose first event was just read.
    private mutating func enter(_ kind: YAMLEvents.Kind) throws(YAMLProblem) {
        guard let step = steps.popFirst() else { return }
        switch (kind, step) {
        case (.mappingStart, .key(let key)): try enter(key: key)
        case (.sequenceStart, .index(let index)): try enter(index: index)
        default: return
        }
    }

    private mutating func enter(key: String) throws(YAMLProblem) {
        while true {
            let kind = try events.next()
            guard kind != .mappingEnd, kind != .streamEnd else { return }
            let isWanted = kind == .scalar && events.text.lowercased() == key.lowercased()
            let line = events.line
            try skip(kind)
            let value = try events.next()
            if isWanted {
                found = line
                return try enter(value)
            }
            try skip(value)
        }
    }

    private mutating func enter(index: Int) throws(YAMLProblem) {
        var left = index
        while true {
            let kind = try events.next()
            guard kind != .sequenceEnd, kind != .streamEnd else { return }
            if left == 0 {
                found = events.line
                return try enter(kind)
            }
            left -= 1
            try skip(kind)
        }
    }

    /// Reads to the end of the value whose first event was just read.
    private mutating func skip(_ kind: YAMLEvents.Kind) throws(YAMLProblem) {
        var depth = 0
        var kind = kind
        while true {
            switch kind {
            case .mappingStart, .sequenceStart: depth += 1
            case .mappingEnd, .sequenceEnd: depth -= 1
            case .streamEnd: return
            default: break
            }
            guard depth > 0 else { return }
            kind = try events.next()
        }
    }
}
