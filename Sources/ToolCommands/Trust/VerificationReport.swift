import ArtifactTrust
import CoreModel
import ManifestTree

/// What became of one artifact of several.
enum VerificationOutcome: Sendable {
    case verdict(TrustVerdict)
    /// Nobody could tell.
    case failure(any ModuleError)

    var isVerified: Bool {
        if case .verdict(let verdict) = self { verdict.isVerified } else { false }
    }
}

/// Tells what was found, in the order in which it was asked for, as soon as it is known.
struct VerificationReport {
    let output: OutputFormat?
    let context: ToolContext
    private var waiting: [Int: (ArtifactLocation, VerificationOutcome)] = [:]
    private var next = 0
    private var entries: [Tree] = []
    private var refused = 0

    init(output: OutputFormat?, _ context: ToolContext) {
        self.output = output
        self.context = context
    }

    mutating func add(_ outcome: VerificationOutcome, of location: ArtifactLocation, at index: Int) {
        waiting[index] = (location, outcome)
        while let (location, outcome) = waiting.removeValue(forKey: next) {
            next += 1
            tell(outcome, of: location)
        }
    }

    /// - Throws: `ToolError.notVerified` when one of them is not verified.
    func finish() throws {
        if let output { context.standardOutput(output.render(.list(entries))) }
        guard refused == 0 else {
            throw ToolError(.notVerified, "\(refused) of \(next) artifacts are not verified")
        }
    }

    private mutating func tell(_ outcome: VerificationOutcome, of location: ArtifactLocation) {
        if !outcome.isVerified { refused += 1 }
        guard output == nil else { return entries.append(Self.tree(outcome, of: location)) }
        switch outcome {
        case .verdict(let verdict) where verdict.isVerified: context.success("\(location): \(verdict)")
        case .verdict(let verdict): context.failure("\(location): \(verdict)")
        case .failure(let error): context.failure("\(location): \(error.description)")
        }
    }

    private static func tree(_ outcome: VerificationOutcome, of location: ArtifactLocation) -> Tree {
        switch outcome {
        case .verdict(let verdict): verdict.tree
        case .failure(let error):
            ["reference": .string("\(location)"), "verified": false, "message": .string(error.description)]
        }
    }
}
