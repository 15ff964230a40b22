/// Reads the YAML that nearly all manifests are written in: block maps and lists, scalars of one line, literal blocks,
/// flow collections of one line and comments.
///
/// It understands each construct in full or not at all, so whatever it reads is what libyaml and `YAMLComposer` make of
/// it, several times faster. Everything else, mistakes included, is theirs.
struct SimpleYAML {
    /// The text needs the full reader.
    struct Beyond: Error {}

    /// Where the next content is.
    enum Place { case content, marker, end }

    let lines: SimpleYAMLText
    private let limits: DocumentLimits
    let rules: YAMLReader.Rules
    /// The next byte to read.
    var at = 0
    /// The number of the line that holds it, from one, and where that line starts.
    var line = 1
    private(set) var lineStart = 0
    private var next = Place.end
    /// The column of the first content in the line, where there is some.
    private var indent = 0
    private var weight = 0
    /// The entries and elements of everything open, so that each collection is made at once with room for just its own.
    private var openEntries: [TreeMap.Entry] = []
    private var openElements: [Tree] = []
    var texts = RepeatedTexts()
    /// The text of a literal block or of a scalar with escapes, while it is put together.
    var scratch: [UInt8] = []

    /// - Returns: nil when the text needs the full reader.
    static func documents(_ bytes: [UInt8], _ limits: DocumentLimits, _ rules: YAMLReader.Rules) -> [YAMLDocument]? {
        // Words of YAML 1.1 are for the full reader; what is read so is small.
        guard rules.words == .version3, let lines = SimpleYAMLText(bytes) else { return nil }
        var reader = SimpleYAML(lines: lines, limits: limits, rules: rules)
        return try? reader.documents()
    }

    private init(lines: SimpleYAMLText, limits: DocumentLimits, rules: YAMLReader.Rules) {
        self.lines = lines
        self.limits = limits
        self.rules = rules
    }

    private mutating func documents() throws(Beyond) -> [YAMLDocument] {
        var documents: [YAMLDocument] = []
        let root = YAMLPlace(isManifest: rules.annotations != .typed)
        try findContent()
        while next != .end {
            if next == .content {
                let line = line
                documents.append(YAMLDocument(tree: try block(depth: 1, root), line: line))
                guard next != .content else { throw Beyond() }
            } else {
                try endLine()
            }
        }
        return documents
    }

    // MARK: Lines

    /// Goes on to the first content from the beginning of a line on, past empty lines and comments.
    private mutating func findContent() throws(Beyond) {
        let text = lines.bytes
        let bytes = text.span
        while at < bytes.count {
            lineStart = at
            while bytes[at] == UInt8(ascii: " ") { at += 1 }
            switch bytes[at] {
            case UInt8(ascii: "\n"): at += 1
            case UInt8(ascii: "#"):
                while bytes[at] != UInt8(ascii: "\n") { at += 1 }
                at += 1
            default:
                indent = at - lineStart
                next = .content
                if indent == 0 { try findMarker() }
                return
            }
            line += 1
        }
        (next, indent) = (.end, -1)
    }

    private mutating func findMarker() throws(Beyond) {
        switch lines.bytes[at] {
        case UInt8(ascii: "-") where lines.isMarker(at):
            at += 3
            next = .marker
            indent = -1
        case UInt8(ascii: "-") where lines.bytes[at...].starts(with: "---".utf8): throw Beyond()
        case UInt8(ascii: "%"): throw Beyond()
        case UInt8(ascii: ".") where lines.isMarker(at): throw Beyond()
        default: return
        }
    }

    /// Expects nothing more in the line but perhaps a comment, and goes on to the next content.
    mutating func endLine() throws(Beyond) {
        guard let end = lines.end(ofBlankLine: at) else { throw Beyond() }
        at = end + 1
        line += 1
        try findContent()
    }

    // MARK: Blocks

    /// The collection that starts at the content.
    private mutating func block(depth: Int, _ place: YAMLPlace) throws(Beyond) -> Tree {
        try collection(column: at - lineStart, depth: depth, place)
    }

    private mutating func collection(column: Int, depth: Int, _ place: YAMLPlace) throws(Beyond) -> Tree {
        try open(depth)
        return lines.isDash(at)
            ? .list(try list(column: column, depth: depth, place)) : try map(column: column, depth: depth, place)
    }

    private mutating func map(column: Int, depth: Int, _ place: YAMLPlace) throws(Beyond) -> Tree {
        let first = openEntries.count
        repeat {
            guard !lines.isDash(at) else { throw Beyond() }
            let key = try key(place)
            let value = try value(column: column, depth: depth, place.child(key))
            openEntries.append(.init(key: key, value: value))
        } while next == .content && indent == column
        guard indent < column else { throw Beyond() }
        return try closeMap(from: first)
    }

    private mutating func list(column: Int, depth: Int, _ place: YAMLPlace) throws(Beyond) -> [Tree] {
        let first = openElements.count
        let inside = place.element
        repeat {
            at += 1
            openElements.append(try element(column: column, depth: depth, inside))
        } while next == .content && indent == column && lines.isDash(at)
        guard indent <= column else { throw Beyond() }
        return closeList(from: first)
    }

    /// What stands behind the colon of a key, or below it.
    private mutating func value(column: Int, depth: Int, _ place: YAMLPlace) throws(Beyond) -> Tree {
        skipSpaces()
        guard lines.isLineEnd(at) else { return try inline(column: column, depth: depth, place) }
        try endLine()
        if next == .content {
            if indent > column { return try block(depth: depth + 1, place) }
            // The dashes of a list may stand in the column of its key.
            if indent == column, lines.isDash(at) {
                return try collection(column: column, depth: depth + 1, place)
            }
        }
        return try nothing(place)
    }

    /// What stands behind a dash, or below it.
    private mutating func element(column: Int, depth: Int, _ place: YAMLPlace) throws(Beyond) -> Tree {
        skipSpaces()
        guard lines.isLineEnd(at) else {
            guard lines.isDash(at) || lines.isKey(at) else { return try inline(column: column, depth: depth, place) }
            return try block(depth: depth + 1, place)
        }
        try endLine()
        return next == .content && indent > column ? try block(depth: depth + 1, place) : try nothing(place)
    }

    private mutating func nothing(_ place: YAMLPlace) throws(Beyond) -> Tree {
        try add(1)
        return place.isAnnotation && rules.annotations == .text ? .string("") : .null
    }

    /// A value that starts in the middle of a line; `column` is that of the collection which holds it.
    private mutating func inline(column: Int, depth: Int, _ place: YAMLPlace) throws(Beyond) -> Tree {
        let value: Tree
        switch lines.bytes[at] {
        case UInt8(ascii: "|"):
            value = .string(try literal(below: column))
            try findContent()
            return value
        case UInt8(ascii: "["), UInt8(ascii: "{"): value = try flow(depth: depth, place)
        default: value = try scalar(place)
        }
        try endLine()
        return value
    }

    mutating func skipSpaces() {
        let text = lines.bytes
        let bytes = text.span
        while bytes[at] == UInt8(ascii: " ") { at += 1 }
    }

    // MARK: Bounds

    /// Counts as the full reader does, or higher.
    mutating func add(_ amount: Int) throws(Beyond) {
        weight += amount
        guard weight <= limits.nodes else { throw Beyond() }
    }

    private mutating func open(_ depth: Int) throws(Beyond) {
        guard depth <= limits.depth else { throw Beyond() }
        try add(1)
    }
}

// MARK: Collections

extension SimpleYAML {
    private mutating func closeMap(from first: Int) throws(Beyond) -> Tree {
        let entries = Array(openEntries[first...])
        openEntries.removeLast(entries.count)
        guard let map = TreeMap(entries) else { throw Beyond() }
        return .map(map)
    }

    private mutating func closeList(from first: Int) -> [Tree] {
        let elements = Array(openElements[first...])
        openElements.removeLast(elements.count)
        return elements
    }

    /// A collection in brackets or braces, or what stands in one.
    private mutating func flow(depth: Int, _ place: YAMLPlace) throws(Beyond) -> Tree {
        switch lines.bytes[at] {
        case UInt8(ascii: "["):
            try open(depth + 1)
            return .list(try flowList(depth: depth + 1, place.entered(isFlow: true)))
        case UInt8(ascii: "{"):
            try open(depth + 1)
            return try flowMap(depth: depth + 1, place.entered(isFlow: true))
        default: return try flowScalar(place)
        }
    }

    private mutating func flowList(depth: Int, _ place: YAMLPlace) throws(Beyond) -> [Tree] {
        let first = openElements.count
        let inside = place.element
        at += 1
        skipSpaces()
        guard !take("]") else { return [] }
        repeat {
            skipSpaces()
            openElements.append(try flow(depth: depth, inside))
            skipSpaces()
        } while take(",")
        guard take("]") else { throw Beyond() }
        return closeList(from: first)
    }

    private mutating func flowMap(depth: Int, _ place: YAMLPlace) throws(Beyond) -> Tree {
        let first = openEntries.count
        at += 1
        skipSpaces()
        guard !take("}") else { return .map(TreeMap()) }
        repeat {
            skipSpaces()
            let key = try flowKey(place)
            guard take(":"), take(" ") else { throw Beyond() }
            skipSpaces()
            openEntries.append(.init(key: key, value: try flow(depth: depth, place.child(key))))
            skipSpaces()
        } while take(",")
        guard take("}") else { throw Beyond() }
        return try closeMap(from: first)
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard lines.bytes[at] == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }
}
