package import CoreModel

/// A field of an object that cannot be worked with until somebody changes it.
package struct SpecError: ModuleError {
    /// Where, as in `spec.ref.semver`.
    package let field: String
    /// A whole sentence that names the field.
    package let message: String
    package var cause: (any Error)? { nil }
    package var kind: FailureKind { .terminal }

    package init(field: String, _ problem: String) {
        self.field = field
        message = "\(field) \(problem)"
    }
}
