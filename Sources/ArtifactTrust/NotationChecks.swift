internal import ManifestTree
package import NotationTrust

/// What a statement of a trust policy made of one signature, validation by validation.
package struct NotationChecks: Hashable, Sendable {
    /// The authority that goes by the trust policy; nil for what is wrong whoever looks at it.
    package internal(set) var authority: String?
    /// The name of the statement; nil likewise.
    package let statement: String?
    package let level: VerificationLevel
    package let validations: [Validation]

    init(_ statement: TrustPolicyStatement, _ result: NotationResult) {
        self.statement = statement.name
        level = result.level
        validations = result.validations
    }

    /// Of what is no sound signature under any policy: integrity is always enforced, and nothing else takes place then.
    init(unsound reason: String) {
        statement = nil
        level = VerificationLevel(.strict)
        validations = [Validation(kind: .integrity, outcome: .failed(reason: reason))]
    }

    /// As scripts see it.
    var tree: Tree {
        var tree: Tree = [:]
        tree["authority"] = authority.map { .string($0) }
        if let statement {
            tree["statement"] = .string(statement)
            tree["level"] = .string(level.name.rawValue)
        }
        tree["results"] = Self.tree(validations, level)
        return tree
    }

    /// What a statement does not look at.
    static func skipped() -> Tree {
        tree(ValidationKind.allCases.map { Validation(kind: $0, outcome: .skipped) }, VerificationLevel(.skip))
    }

    private static func tree(_ validations: [Validation], _ level: VerificationLevel) -> Tree {
        .list(
            validations.map { validation in
                var tree: Tree = [
                    "type": .string(validation.kind.rawValue),
                    "action": .string(level.action(validation.kind).rawValue),
                ]
                switch validation.outcome {
                case .passed: tree["outcome"] = "passed"
                case .skipped: tree["outcome"] = "skipped"
                case .failed(let reason), .logged(let reason):
                    tree["outcome"] = "failed"
                    tree["reason"] = .string(reason)
                }
                return tree
            }
        )
    }
}
