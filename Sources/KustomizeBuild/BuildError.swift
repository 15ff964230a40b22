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

    package var kind: FailureKind { cause.map { FailureKind(of: $0) } ?? .terminal }

    init(_ code: Code, _ message: String, at place: Place = Place(), cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        file = place.file
        line = place.line
        field = place.field
        object = place.object
        self.cause = cause
    }

    /// Where an error belongs; every part is optional.
    struct Place: Sendable {
        var file: String?
        var line: Int?
        var field: String?
        var object: String?
    }
}
