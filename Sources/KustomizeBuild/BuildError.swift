package import CoreModel

/// Why a kustomization could not be built. Every case is the author's to fix, unless reading the files itself failed.
package struct BuildError: ModuleError {
    package enum Code: String, Hashable, Sendable {
        /// A file or directory that is named does not exist, is of the wrong kind or cannot be read.
        case unreadable
        /// A file is not what its place asks for: bad YAML, an unknown field, a value of the wrong type.
        case invalid
        /// A field or a kind of reference that kustomize knows and this build does not.
        case unsupported
        /// A reference leads outside of the allowed tree, into a circle, or too deep.
        case refused
        /// Two objects claim one identity, or a reference fits more than one.
        case conflict
        /// Something that is named (a patch target, a generator to merge with) is not in the build.
        case missing
        /// The build takes longer than it may.
        case overdue
    }

    package let code: Code
    package let message: String
    /// The file of the source tree, relative to its root.
    package let file: String?
    /// The line in the file, from 1, where known.
    package let line: Int?
    /// The field of the kustomization, where one is at fault.
    package let field: String?
    /// The object that is concerned, as `Kind/namespace/name`.
    package let object: String?
    package let cause: (any Error)?
    /// Further errors that have nothing to do with this one.
    package let others: [BuildError]
    /// What this error alone says, where `message` holds the others too.
    private let own: String

    package var kind: FailureKind {
        cause.map { FailureKind(of: $0) } ?? (code == .overdue ? .transient : .terminal)
    }

    init(_ code: Code, _ message: String, at place: Place = Place(), cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        file = place.file
        line = place.line
        field = place.field
        object = place.object
        self.cause = cause
        own = message
        others = []
    }

    /// Several errors as one; the first one's place is its own.
    init(gathered errors: [BuildError]) {
        var seen: Set<String> = []
        let parts = errors.flatMap(\.parts).filter { seen.insert($0.description).inserted }
        self.init(parts[0], others: parts.dropFirst().prefix(Self.gatheringLimit))
    }

    /// Several errors as one: its message holds all of theirs, everything else is the first one's.
    private init(_ first: BuildError, others: ArraySlice<BuildError>) {
        code = first.code
        let all = [first] + others
        message = all.count == 1 ? first.message : all.map(\.description).joined(separator: "\n")
        file = first.file
        line = first.line
        field = first.field
        object = first.object
        cause = others.isEmpty ? first.cause : nil
        own = first.own
        self.others = Array(others)
    }

    /// This error and those with it, each by itself.
    var parts: [BuildError] {
        guard !others.isEmpty else { return [self] }
        return [BuildError(code, own, at: .init(file: file, line: line, field: field, object: object))] + others
    }

    /// Where an error belongs; every part is optional.
    struct Place: Sendable {
        var file: String?
        var line: Int?
        var field: String?
        var object: String?
    }

    /// Runs parts that do not depend on each other, and throws what all of them have thrown.
    static func gathering<Element>(_ elements: some Sequence<Element>, _ body: (Element) throws -> Void) throws {
        var errors: [BuildError] = []
        for element in elements {
            do {
                try body(element)
            } catch let error as BuildError {
                errors.append(error)
                guard errors.count < gatheringLimit, !error.isBound else { break }
            }
        }
        guard let first = errors.first else { return }
        throw errors.count == 1 ? first : BuildError(gathered: errors)
    }

    /// Makes something of each element, and throws what all of them have thrown.
    static func mapping<Element, Result>(
        _ elements: some Sequence<Element>,
        _ body: (Element) throws -> Result
    ) throws -> [Result] {
        var results: [Result] = []
        try gathering(elements) { results.append(try body($0)) }
        return results
    }

    /// More would not be read.
    private static let gatheringLimit = 20

    /// Whether going on would only meet the same bound again.
    var isBound: Bool { code == .overdue || code == .refused && field == nil }
}

/// How long a build may still go on.
struct BuildPace: Sendable {
    let isOverdue: (@Sendable () -> Bool)?

    /// To be called between steps that take no more time than going through all objects once.
    /// - Throws: `BuildError.overdue`.
    func check() throws {
        guard isOverdue?() == true else { return }
        throw BuildError(.overdue, "The build takes longer than it may. Allow it more time, or divide it")
    }
}
