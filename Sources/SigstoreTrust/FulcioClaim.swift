/// What Fulcio writes into a certificate about the token that it was issued for (fulcio, docs/oid-info.md).
package enum FulcioClaim: String, Hashable, Sendable, CaseIterable {
    case githubWorkflowTrigger, githubWorkflowSHA, githubWorkflowName, githubWorkflowRepository, githubWorkflowRef
    case buildSignerURI, buildSignerDigest, runnerEnvironment
    case sourceRepositoryURI, sourceRepositoryDigest, sourceRepositoryRef, sourceRepositoryIdentifier
    case sourceRepositoryOwnerURI, sourceRepositoryOwnerIdentifier
    case buildConfigURI, buildConfigDigest, buildTrigger, runInvocationURI, sourceRepositoryVisibility
    case deploymentEnvironment

    static let arc = "1.3.6.1.4.1.57264.1"
    /// The token's issuer as the bytes of its text.
    static let oldIssuer = "\(arc).1"
    /// The subject where it is neither an address nor a URI, as a form of alternative name.
    static let otherName = "\(arc).7"
    /// The token's issuer as a string of DER.
    static let issuer = "\(arc).8"

    /// The extension that holds the claim.
    var identifier: String { "\(Self.arc).\(number)" }

    /// The first five are the bytes of their text, the others strings of DER.
    var isRawText: Bool { number < 8 }

    private var number: Int {
        switch self {
        case .githubWorkflowTrigger: 2
        case .githubWorkflowSHA: 3
        case .githubWorkflowName: 4
        case .githubWorkflowRepository: 5
        case .githubWorkflowRef: 6
        case .buildSignerURI: 9
        case .buildSignerDigest: 10
        case .runnerEnvironment: 11
        case .sourceRepositoryURI: 12
        case .sourceRepositoryDigest: 13
        case .sourceRepositoryRef: 14
        case .sourceRepositoryIdentifier: 15
        case .sourceRepositoryOwnerURI: 16
        case .sourceRepositoryOwnerIdentifier: 17
        case .buildConfigURI: 18
        case .buildConfigDigest: 19
        case .buildTrigger: 20
        case .runInvocationURI: 21
        case .sourceRepositoryVisibility: 22
        case .deploymentEnvironment: 23
        }
    }
}
