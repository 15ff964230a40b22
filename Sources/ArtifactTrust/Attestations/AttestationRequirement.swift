internal import CoreModel
package import ExpressionLanguage
internal import ManifestTree
internal import SignatureCrypto

/// A statement that an authority has to have signed about an artifact: an in-toto statement with a predicate of some
/// type, and what has to be true of that.
package struct AttestationRequirement: Hashable, Sendable {
    /// The predicate type of a plain signature, for authorities that have to sign and to attest.
    package static let signature = InTotoStatement.signaturePredicate
    /// What expressions can speak of.
    package static let variables: Set<String> = ["predicate", "predicateType"]

    /// As it stands in the statement, byte for byte.
    package let predicateType: String
    /// What a SLSA provenance has to say of where the artifact was built, and from what; nil asks nothing.
    package let provenance: ProvenanceRequirement?
    /// Each has to be true.
    package let expressions: [Expression]

    /// - Throws: `TrustError.invalidPolicy` for a requirement that no statement of the type can meet.
    package init(
        predicateType: String,
        provenance: ProvenanceRequirement? = nil,
        expressions: [Expression] = []
    ) throws {
        func invalid(_ problem: String) -> TrustError {
            TrustError(.invalidPolicy, "The attestation \(predicateType.quotedForMessage) \(problem)")
        }
        guard !predicateType.isEmpty else { throw invalid("has no predicate type") }
        if provenance != nil, SLSAProvenance.Version(predicateType) == nil {
            throw invalid("is no SLSA provenance of version 0.2 or 1, and has neither builder nor source")
        }
        for expression in expressions {
            let unknown = expression.variables.subtracting(Self.variables)
            guard let name = unknown.min() else { continue }
            throw invalid("has an expression about \(name.quotedForMessage); there are: predicate, predicateType")
        }
        self.predicateType = predicateType
        self.provenance = provenance
        self.expressions = expressions
    }

    /// A plain signature.
    static let plain = AttestationRequirement(signing: signature)

    private init(signing type: String) {
        predicateType = type
        provenance = nil
        expressions = []
    }

    /// In lines of which no other requirement has the same.
    var fingerprint: String {
        let parts = [predicateType, provenance?.builder?.text ?? "", provenance?.source?.text ?? ""]
        return Tree.list((parts + expressions.map(\.text).sorted()).map { .string($0) }).jsonString()
    }

    /// Whether a statement is of this type at all.
    func concerns(_ statement: SignedStatement) -> Bool {
        predicateType.utf8.elementsEqual(statement.predicateType.utf8)
    }

    /// Why a statement of this type is not enough; nil where it is.
    func refusal(of statement: SignedStatement) -> String? {
        if let reason = provenance?.refusal(of: statement) { return reason }
        let variables: [String: Tree] = [
            "predicate": statement.predicate, "predicateType": .string(statement.predicateType),
        ]
        for expression in expressions {
            do {
                if try expression.holds(variables: variables) { continue }
                return "\(expression.text.quotedForMessage) is not true of its predicate"
            } catch {
                let problem = error.message.quotedForMessage
                return "\(expression.text.quotedForMessage) has no value for its predicate: \(problem)"
            }
        }
        return nil
    }
}

/// What a SLSA provenance has to say.
package struct ProvenanceRequirement: Hashable, Sendable {
    /// The builder's identifier.
    let builder: GlobPattern?
    let source: SourcePattern?

    /// `builder` is the identifier of a builder, in which `*` stands for anything in one segment and `**` for any
    /// segments: `https://github.com/slsa-framework/slsa-github-generator/**`. `source` is where the sources are, with
    /// a reference and a commit where those matter, in the same way: `github.com/acme/app@refs/tags/v*#0123…`.
    /// - Throws: `TrustError.invalidPolicy`.
    package init(builder: String?, source: String?) throws {
        func read<Value>(_ what: String, _ text: String?, _ make: (String) throws(StrictMap.Problem) -> Value) throws
            -> Value?
        {
            guard let text else { return nil }
            do throws(StrictMap.Problem) {
                return try make(text)
            } catch {
                throw TrustError(.invalidPolicy, "The \(what) \(text.quotedForMessage) \(error.reason)")
            }
        }
        self.builder = try read("builder", builder) { text throws(StrictMap.Problem) in try GlobPattern(text) }
        self.source = try read("source", source) { text throws(StrictMap.Problem) in try SourcePattern(text) }
    }

    func refusal(of statement: SignedStatement) -> String? {
        let provenance: SLSAProvenance
        do {
            provenance = try SLSAProvenance(statement)
        } catch {
            return "its provenance is not valid: \(error.reason)"
        }
        if let builder, !builder.matches(provenance.builder) {
            return "it was built by \(provenance.builder.quotedForMessage), and the policy asks for "
                + builder.text.quotedForMessage
        }
        guard let source else { return nil }
        guard let origin = provenance.source else { return "its provenance names no single source" }
        return source.mismatch(origin)
    }
}
