/// One line of an ignore file (gitignore, "PATTERN FORMAT"), compiled.
struct IgnorePattern: Sendable {
    /// Whether it takes back what an earlier pattern ignored (`!`).
    let isNegated: Bool
    private let directoriesOnly: Bool
    /// The directory of the ignore file.
    private let base: [[Unicode.Scalar]]
    /// Of a pattern with a slash: one element a component, from the base on. Nil: the name alone, at any depth.
    private let steps: [Step]?
    private let name: NamePattern

    private enum Step {
        case name(NamePattern)
        /// `**`: any number of directories.
        case anyDepth
    }

    /// - Returns: nil for a comment, an empty line and a pattern that can match nothing.
    init?(_ line: some StringProtocol, base: [[Unicode.Scalar]] = []) {
        var scalars = Array(line.unicodeScalars)
        if scalars.last == "\r" { scalars.removeLast() }
        guard scalars.first != "#" else { return nil }
        while scalars.last == " ", scalars.dropLast().last != "\\" { scalars.removeLast() }
        isNegated = scalars.first == "!"
        if isNegated { scalars.removeFirst() }
        directoriesOnly = scalars.last == "/"
        while scalars.last == "/" { scalars.removeLast() }
        guard !scalars.isEmpty else { return nil }
        self.base = base
        let parts = scalars.split(separator: "/", omittingEmptySubsequences: true)
        name = NamePattern(parts.last ?? [])
        guard scalars.contains("/") else {
            steps = nil
            return
        }
        var steps = parts.map { $0.elementsEqual(["*", "*"]) ? Step.anyDepth : .name(NamePattern($0)) }
        // "Everything inside": at least one more component.
        if case .anyDepth? = steps.last { steps.append(.name(NamePattern(["*"]))) }
        self.steps = steps
    }

    /// Whether the pattern names the path or a directory above it.
    func matches(_ path: [[Unicode.Scalar]], isDirectory: Bool) -> Bool {
        guard path.count > base.count, path.starts(with: base) else { return false }
        for end in (base.count + 1)...path.count {
            if directoriesOnly, end == path.count, !isDirectory { return false }
            guard let steps else {
                if name.matches(path[end - 1]) { return true }
                continue
            }
            if Self.match(steps[...], path[base.count..<end]) { return true }
        }
        return false
    }

    /// Whether all components are used up by all steps. Only the last `**` is ever tried again, so that no pattern
    /// takes more than the product of both lengths.
    private static func match(_ steps: ArraySlice<Step>, _ path: ArraySlice<[Unicode.Scalar]>) -> Bool {
        var step = steps.startIndex
        var component = path.startIndex
        var retry: (step: Int, component: Int)?
        while component < path.endIndex {
            if step < steps.endIndex, case .anyDepth = steps[step] {
                step += 1
                retry = (step, component)
            } else if step < steps.endIndex, case .name(let name) = steps[step], name.matches(path[component]) {
                step += 1
                component += 1
            } else if let last = retry {
                retry = (last.step, last.component + 1)
                (step, component) = (last.step, last.component + 1)
            } else {
                return false
            }
        }
        while step < steps.endIndex, case .anyDepth = steps[step] { step += 1 }
        return step == steps.endIndex
    }
}

/// A glob for one component: `*`, `?`, `[a-z]`, `[!a-z]`, and `\` before a character that is meant as it is.
struct NamePattern: Sendable {
    private enum Token {
        case literal(Unicode.Scalar)
        case one
        case any
        case oneOf([ClosedRange<Unicode.Scalar>], negated: Bool)
    }

    private let tokens: [Token]

    init(_ scalars: some Collection<Unicode.Scalar>) {
        var rest = Array(scalars)[...]
        var tokens: [Token] = []
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*": tokens.append(.any)
            case "?": tokens.append(.one)
            case "\\": tokens.append(.literal(rest.popFirst() ?? "\\"))
            case "[": tokens.append(Self.characterClass(&rest) ?? .literal("["))
            default: tokens.append(.literal(scalar))
            }
        }
        self.tokens = tokens
    }

    func matches(_ name: [Unicode.Scalar]) -> Bool {
        var token = 0
        var index = 0
        var retry: (token: Int, index: Int)?
        while index < name.count {
            if token < tokens.count, case .any = tokens[token] {
                token += 1
                retry = (token, index)
            } else if token < tokens.count, Self.accepts(tokens[token], name[index]) {
                token += 1
                index += 1
            } else if let last = retry {
                retry = (last.token, last.index + 1)
                (token, index) = (last.token, last.index + 1)
            } else {
                return false
            }
        }
        while token < tokens.count, case .any = tokens[token] { token += 1 }
        return token == tokens.count
    }

    private static func accepts(_ token: Token, _ scalar: Unicode.Scalar) -> Bool {
        switch token {
        case .literal(let wanted): scalar == wanted
        case .one, .any: true
        case .oneOf(let ranges, let negated): ranges.contains { $0.contains(scalar) } != negated
        }
    }

    /// The class after its `[`; nil, and nothing taken, when it never ends.
    private static func characterClass(_ rest: inout ArraySlice<Unicode.Scalar>) -> Token? {
        var inner = rest
        let negated = inner.first == "!" || inner.first == "^"
        if negated { inner.removeFirst() }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        var isFirst = true
        while let scalar = inner.popFirst() {
            if scalar == "]", !isFirst {
                rest = inner
                return .oneOf(ranges, negated: negated)
            }
            isFirst = false
            guard let low = scalar == "\\" ? inner.popFirst() : scalar else { return nil }
            guard inner.first == "-", let next = inner.dropFirst().first, next != "]" else {
                ranges.append(low...low)
                continue
            }
            inner.removeFirst(2)
            guard let high = next == "\\" ? inner.popFirst() : next else { return nil }
            if low <= high { ranges.append(low...high) }
        }
        return nil
    }
}
