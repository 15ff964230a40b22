import CoreModel
import OCIDistribution
import SluiceAPI

/// Finds the reference that a spec means: its digest, its tag, or the highest tag in its range.
struct ReferenceSelection: Sendable {
    /// Nothing in the registry fits the spec.
    struct NoMatch: ModuleError {
        let message: String
        var cause: (any Error)? { nil }
        var kind: FailureKind { .transient }
    }

    /// The repository that the URL names.
    /// - Throws: `SpecError` for a URL that is not one, or that has a tag.
    static func repository(_ spec: OCIRepository.Spec) throws -> Repository {
        let reference: OCIReference
        do {
            reference = try OCIReference(spec.url)
        } catch {
            throw SpecError(field: "spec.url", "cannot be used: \(error)")
        }
        if let tag = reference.tag {
            throw SpecError(field: "spec.url", "must not contain a tag; remove ':\(tag)' and set spec.ref.tag")
        }
        if reference.digest != nil {
            throw SpecError(field: "spec.url", "must not contain a digest; remove it and set spec.ref.digest")
        }
        return reference.repository
    }

    /// The highest version in the range among the tags that pass the filter.
    /// - Throws: `NoMatch` where there is none.
    static func highest(
        of tags: [String],
        in range: VersionConstraint,
        filter: String?,
        repository: Repository
    ) throws -> String {
        let pattern = try filter.map { text in
            guard let pattern = LinearPattern(text) else {
                throw SpecError(field: "spec.ref.semverFilter", "is \"\(text)\", which is not a regular expression")
            }
            return pattern
        }
        var best: SemanticVersion?
        for tag in tags {
            try Task.checkCancellation()
            guard let version = SemanticVersion(tag), range.allows(version) else { continue }
            if let pattern, !pattern.isFound(in: tag) { continue }
            // Versions that differ in build metadata alone are equal; the later name is taken, so that the order in
            // which a registry lists its tags decides nothing.
            if let best, version < best || (!(best < version) && tag < best.original) { continue }
            best = version
        }
        guard let best else {
            let filtered = filter.map { " and spec.ref.semverFilter '\($0)'" } ?? ""
            throw NoMatch(
                message:
                    "No tag of \(repository) matches spec.ref.semver '\(range)'\(filtered) among its "
                    + "\(tags.count) tags; "
                    + "push one or change the range"
            )
        }
        return best.original
    }
}
