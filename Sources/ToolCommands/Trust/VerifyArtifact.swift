import ArgumentParser
import ArtifactTrust
import CoreModel
import OCIDistribution

/// `sluice verify artifact`
struct VerifyArtifact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact",
        abstract: "Check who signed artifacts; the exit status is 0 only when each is verified.",
        discussion: """
            By cosign's keys:       --key cosign.pub (several: one match is enough)
            Without keys, by name:  --certificate-identity NAME --certificate-oidc-issuer URL --trusted-root FILE
            By notation:            --provider notation --trust-policy FILE --ca-cert FILE
            By policies:            --policy FILE (VerificationPolicy objects and the Secrets that they name)

            Nothing is fetched but the artifact's signatures, and the TUF repository that --tuf-mirror names.
            """
    )

    @OptionGroup var arguments: ReferenceArguments

    @OptionGroup(title: "Trust") var trust: TrustOptions

    @OptionGroup(title: "Sigstore's trusted root") var root: TrustedRootOptions

    @OptionGroup var annotations: AnnotationOptions

    @Option(name: .shortAndLong, help: "json or yaml, with a reason for each authority; a list for several artifacts.")
    var output: OutputFormat?

    @OptionGroup(title: "Registry") var registry: RegistryOptions

    @OptionGroup var debugging: DebugOptions

    /// Artifacts that are looked at at the same time.
    private static let parallelism = 32

    func run() async throws {
        let context = try debugging.applied(to: ToolContext.required())
        // `--provider cosign` says how it was signed, `--provider aws` how to log in.
        let (registry, providers) = registry.separatingSignatureProviders()
        let way = try trust.way(providers, hasRoot: root.isGiven)
        let firstSeen = try FirstSeenTimes(trust.firstSeen)
        let locations = try await arguments.locations(context)
        let policy = try await trust.policies(way, root: root, annotations: annotations.pairs(), context)
        let repositories = try RepositoryAccess(locations, registry, context)
        let check = ArtifactCheck(policy: policy, firstSeen: firstSeen, repositories: repositories, context: context)
        if let location = locations.first, locations.count == 1 {
            try await verifyAlone(location, check, context)
        } else {
            try await verify(locations, check, context)
        }
    }

    private func verifyAlone(_ location: ArtifactLocation, _ check: ArtifactCheck, _ context: ToolContext) async throws
    {
        let verdict = try await check.verdict(location)
        if let output { context.standardOutput(output.render(verdict.tree)) }
        guard verdict.isVerified else { throw ToolError(.notVerified, "\(location): \(verdict)") }
        if output == nil { context.success(verdict.description) }
    }

    /// Many at a time, told in their order. What goes wrong with one keeps nobody from the others.
    private func verify(_ locations: [ArtifactLocation], _ check: ArtifactCheck, _ context: ToolContext) async throws {
        var report = VerificationReport(output: output, context)
        try await withThrowingTaskGroup(of: (Int, VerificationOutcome).self) { group in
            for (index, location) in locations.enumerated() {
                if index >= Self.parallelism, let (index, outcome) = try await group.next() {
                    report.add(outcome, of: locations[index], at: index)
                }
                group.addTask { (index, try await check.outcome(location)) }
            }
            for try await (index, outcome) in group { report.add(outcome, of: locations[index], at: index) }
        }
        try report.finish()
    }
}

/// Holds artifacts against the policies that are about them.
struct ArtifactCheck: Sendable {
    let policy: ChosenPolicy
    let firstSeen: FirstSeenTimes
    let repositories: RepositoryAccess
    let context: ToolContext

    /// - Throws: whatever keeps the verdict from being found.
    func verdict(_ location: ArtifactLocation) async throws -> TrustVerdict {
        let policy = try await policy.policy(for: location)
        let repository = try repositories.repository(location)
        let digest = try await repository.resolve(location.target).digest
        let tag = location.digest == nil ? location.effectiveTag : nil
        return try await ArtifactVerifier(source: RepositorySignatureSource(repository))
            .verify(
                TrustSubject(digest, reference: "\(location)", repository: location.repository, tag: tag),
                policy: policy,
                at: TrustContext(now: context.clock.now(), firstSeen: firstSeen.time(of: digest))
            )
    }

    /// - Throws: only when the work was stopped.
    func outcome(_ location: ArtifactLocation) async throws -> VerificationOutcome {
        do {
            return .verdict(try await verdict(location))
        } catch let error as any ModuleError {
            if case .cancelled = error.kind { throw error }
            return .failure(error)
        }
    }
}
